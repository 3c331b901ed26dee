"""Where enrolled people are kept: the narrow interface that each kind of store has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from face2vec.errors import GalleryError
from face2vec.gallery.comparison import PLAIN, Comparison
from face2vec.records import Neighbour, Recipe
from face2vec.text import folded


@dataclass(frozen=True)
class Source:
    """The photo that an encoding is of: the digest of its bytes, and where it lay."""

    digest: str
    path: str


@dataclass(frozen=True)
class Person:
    """Somebody enrolled, and the photo of each encoding."""

    name: str
    photos: tuple[Source, ...]


@dataclass(frozen=True, eq=False)
class Removed:
    """What was removed of somebody: vectors, (n, d) float32, and the photo of each."""

    name: str
    vectors: np.ndarray
    photos: tuple[Source, ...]


class Store(Protocol):
    """What a gallery needs of a store: all methods see what other processes have committed.

    All vectors of a store are of one recipe, which the first `add` settles. Names are compared
    without regard to case.
    """

    url: str

    @property
    def recipe(self) -> Recipe | None:
        """The recipe of the vectors; None as long as there never was one."""

    @property
    def settings(self) -> dict[str, Any]:
        """Plain facts about the gallery, such as its threshold."""

    def set(self, name: str, value: object) -> None:
        """Keeps a setting; None removes it."""

    def add(self, name: str, vectors: np.ndarray, photos: Sequence[Source], recipe: Recipe) -> int:
        """Adds encodings of a person and returns how many were new.

        Args:
            vectors: (n, d) float32, finite.
            photos: the photo of each; one whose digest the person has already is left out.
            recipe: what made the vectors.

        Raises:
            GalleryError: NaN, a wrong length or another recipe; then nothing was added.
        """

    def remove(self, name: str) -> Removed:
        """Removes a person, for good.

        Raises:
            GalleryError: nobody of this name is there.
        """

    def people(self) -> list[Person]:
        """Returns the people, sorted by name."""

    def encodings(self, name: str) -> np.ndarray:
        """Returns a person's vectors, (n, d) float32.

        Raises:
            GalleryError: nobody of this name is there.
        """

    def nearest(
        self, queries: np.ndarray, count: int | None = None, comparison: Comparison = PLAIN
    ) -> list[list[Neighbour]]:
        """Returns the `count` people nearest to each query, nearest first; None for all.

        Args:
            queries: (m, d) float32.
            comparison: what they are near by.

        Raises:
            GalleryError: the queries are of a wrong length, or not finite.
        """

    def files(self) -> list[Path]:
        """Returns the files on this machine that hold the store."""

    def close(self) -> None:
        """Lets go of files and connections."""


def key_of(name: str) -> str:
    """Returns what names are compared by: without regard to case and to how accents are coded."""
    return folded(name)


def checked(vectors: np.ndarray) -> np.ndarray:
    """Returns vectors that a store can take: (n, d) float32, in one piece.

    Raises:
        GalleryError: another shape, or NaN or infinity.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2:
        raise GalleryError(f"expected vectors of shape (n, d), got {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise GalleryError("a vector holds NaN or infinity: such a face cannot be compared.")
    return vectors


class Compared:
    """A store whose people are near by one comparison.

    Args:
        store: where the people are.
        comparison: what they are near by.
    """

    def __init__(self, store: Store, comparison: Comparison) -> None:
        self.store = store
        self.comparison = comparison

    def nearest(self, queries: np.ndarray, count: int | None = None) -> list[list[Neighbour]]:
        """See `Store`."""
        return self.store.nearest(queries, count, self.comparison)
