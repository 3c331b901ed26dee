"""What is known of faces before any training: the mean shape, and how people differ and vary.

A prior is aggregate: it holds means and what makes covariances diagonal, over many photos of many
people, and no photo's and no person's shape. With it, a face is measured by how much likelier it is
as one person's face than as another's, so that plain Euclidean distance between two vectors means
something, and the exact ratio of likelihoods, `Prior.ratio`, still more.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.assets import own_data
from face2vec.detection.shapes import align, asymmetric_part, landmark_features, symmetric_part
from face2vec.encoders.archive import arrays_in
from face2vec.encoders.ratio import Ratio
from face2vec.errors import FolderError, ModelError
from face2vec.files import write_atomically
from face2vec.records import LANDMARKS
from face2vec.text import shown

VERSION = 3
LARGEST_WEIGHT = 10.0
SHIPPED = own_data("prior-landmarks-3.npz")
_NUMBERS = {"photos": int, "people": int, "odd_weight": float, "distance_weight": float}


@dataclass(frozen=True, eq=False)
class Prior:
    """How faces vary, for the `landmarks` encoder.

    The features are those that a face shares with its mirror image, and those in which it differs
    from it. Each kind has its own model of two covariances; see `encoders.ratio`.

    Attributes:
        template: the mean shape, symmetric and of unit size, (68, 2).
        mean: of the symmetric features, (s,).
        matrix: brings these, less their mean, to where one person varies by 1, (s, p).
        between: the variance between people there, (p,).
        odd_mean, odd_matrix, odd_between: the same for the asymmetric features, (68,), (68, q),
            (q,).
        odd_weight: what their part of the logarithm of the ratio counts, 0 to 1.
        distance_weight: of the nose-tip distances beside the symmetric coordinates; 0 for none.
        photos: how many photos it was estimated from.
        people: of how many people.
        digests: 64 bits of each photo's digest, (photos,) uint64, sorted; empty where they are
            not known. They say whether a figure is measured on photos that the prior has seen.
    """

    template: np.ndarray
    mean: np.ndarray
    matrix: np.ndarray
    between: np.ndarray
    odd_mean: np.ndarray
    odd_matrix: np.ndarray
    odd_between: np.ndarray
    odd_weight: float
    distance_weight: float
    photos: int
    people: int
    digests: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    def __post_init__(self) -> None:
        s, p, q = len(self.mean), len(self.between), len(self.odd_between)
        expected = {
            "template": (LANDMARKS, 2),
            "mean": (s,),
            "matrix": (s, p),
            "between": (p,),
            "odd_mean": (LANDMARKS,),
            "odd_matrix": (LANDMARKS, q),
            "odd_between": (q,),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            finite = array.dtype.kind == "f" and np.isfinite(array).all()
            if array.shape != shape or not finite:
                raise ValueError(f"expected a finite {name} of shape {shape}, got {array.shape}")
        if min(self.between.min(initial=1), self.odd_between.min(initial=1)) <= 0:
            raise ValueError("expected variances between people above zero")
        for name in ("odd_weight", "distance_weight"):
            if not 0 <= getattr(self, name) <= LARGEST_WEIGHT:
                raise ValueError(f"expected a {name} of 0 to {LARGEST_WEIGHT}")
        if self.digests.ndim != 1 or self.digests.dtype != np.uint64:
            raise ValueError("expected digests of 64 bits each")

    def has_seen(self, digest: str) -> bool:
        """Says whether the prior was estimated from a photo of this digest."""
        return bool(np.isin(short_digest(digest), self.digests))

    @property
    def length(self) -> int:
        """Of the vectors."""
        return len(self.between) + len(self.odd_between)

    def encode(self, fits: np.ndarray) -> np.ndarray:
        """Returns vectors whose Euclidean distances order pairs nearly as their likelihoods do.

        Args:
            fits: (n, fits, 68, 2), repeated fits of each face, in any frame of its own.

        Returns:
            (n, `length`) float32.
        """
        return np.asarray(self.project(fits) * self._scale, dtype=np.float32)

    def project(self, fits: np.ndarray) -> np.ndarray:
        """Returns faces in the directions of the model, (n, `length`): of variance 1 in a person.

        An unusual pose or expression lengthens a vector and sets it far from all others, those of
        the same person too: the symmetric and the asymmetric part of each are brought to the
        length that is typical (Garcia-Romero and Espy-Wilson, "Analysis of i-vector length
        normalization in speaker recognition systems", 2011).
        """
        shapes = align(fits, self.template).mean(axis=1)
        even = (even_features(shapes, self.distance_weight) - self.mean) @ self.matrix
        odd = (asymmetric_part(shapes) - self.odd_mean) @ self.odd_matrix
        return np.concatenate(
            [_of_typical_length(even, self.between), _of_typical_length(odd, self.odd_between)],
            axis=1,
        )

    @cached_property
    def ratio(self) -> Ratio:
        """Compares the vectors that `encode` returns."""
        return Ratio(
            matrix=np.diag(1 / self._scale),
            offset=np.zeros(self.length),
            between=np.concatenate([self.between, self.odd_between]),
            weight=self._weight,
        )

    @cached_property
    def _weight(self) -> np.ndarray:
        return np.repeat([1.0, self.odd_weight], [len(self.between), len(self.odd_between)])

    @cached_property
    def _scale(self) -> np.ndarray:
        """What makes squared distances, but for the length of vectors, twice the ratio's logarithm.

        With b between people, that is (z - y)^2 b / (1 + 2 b) less what depends on z and y alone.
        """
        between = np.concatenate([self.between, self.odd_between])
        weight = np.maximum(self._weight, 1e-6)  # what counts nothing can still be told from it
        return np.asarray(np.sqrt(weight * between / (1 + 2 * between)))

    @cached_property
    def fingerprint(self) -> str:
        """A short hex digest, for cache keys."""
        numbers = hashlib.blake2b(digest_size=8)
        for array in self._fields.values():
            numbers.update(np.ascontiguousarray(array).tobytes())
        return numbers.hexdigest()

    def save(self, path: Path) -> None:
        """Writes the prior as npz without pickle.

        Raises:
            FolderError: the place cannot be written.
        """
        memory = io.BytesIO()
        np.savez(memory, version=VERSION, **self._fields)
        try:
            write_atomically(Path(path), memory.getvalue())
        except OSError as error:
            raise FolderError(
                f"the prior cannot be written to {path} ({error.strerror}): choose another place."
            ) from error

    @property
    def _fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Prior:
        """Reads a prior.

        Raises:
            ModelError: it is missing, broken, or of another version.
        """
        try:
            arrays: dict[str, Any] = arrays_in(Path(path))
            version = int(arrays.pop("version"))
            if version != VERSION:
                raise ModelError(
                    f"the prior {path} is of version {version}, this version reads {VERSION}: "
                    "make it again with 'face2vec fit-prior'."
                )
            for name, number in _NUMBERS.items():
                arrays[name] = number(arrays[name])
            return cls(**arrays)
        except ModelError:
            raise
        except Exception as error:  # a damaged archive raises almost anything
            raise ModelError(
                f"{shown(path)} is not a prior that can be read ({shown(error)[:200]}): "
                "make one with 'face2vec fit-prior FOLDER... --out FILE'."
            ) from error


def even_features(shapes: np.ndarray, distance_weight: float) -> np.ndarray:
    """Returns the symmetric features of aligned shapes, (..., 68) or with distances (..., 106)."""
    if distance_weight:
        return landmark_features(shapes, distance_weight)
    return symmetric_part(shapes)


def short_digest(digest: str) -> np.uint64:
    """Returns the first 64 bits of a hex digest."""
    bits: np.uint64 = np.uint64(int(digest[:16], 16))
    return bits


def _of_typical_length(projected: np.ndarray, between: np.ndarray) -> np.ndarray:
    """Returns vectors whose squares are, on average, what the model expects: (n, r)."""
    squares = (projected**2 / (1 + between)).mean(axis=1, keepdims=True)
    return np.asarray(projected / np.sqrt(np.maximum(squares, 1e-12)))
