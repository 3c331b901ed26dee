"""What is known of faces before any training: the mean shape and how one person's shape varies.

A prior is aggregate: it holds means and a covariance over many photos of many people, and no
photo's and no person's shape. With it, a face is measured in units of how much one person's face
varies by itself, so that plain Euclidean distance between two vectors means something.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.assets import own_data
from face2vec.detection.shapes import align, asymmetric_part, landmark_features
from face2vec.errors import FolderError, ModelError
from face2vec.files import write_atomically
from face2vec.records import LANDMARKS

VERSION = 2
SHIPPED = own_data("prior-landmarks-2.npz")
_NUMBERS = {"photos": int, "people": int, "distance_weight": float, "length_power": float}


@dataclass(frozen=True, eq=False)
class Prior:
    """How faces vary, for the `landmarks` encoder.

    Attributes:
        template: the mean shape, symmetric and of unit size, (68, 2).
        yaw: the direction in which a turn of the head moves `shapes.asymmetric_part`, (68,),
            of length 1.
        yaw_slope: how much each feature moves a unit of that turn, to whichever side, (d,).
        mean: of the features, (d,).
        covariance: of the features within one person, regularised, (d, d).
        distance_weight, length_power: see `face2vec.training.prior.PriorSettings`.
        photos: how many photos it was estimated from.
        people: of how many people.
        digests: 64 bits of each photo's digest, (photos,) uint64, sorted; empty where they are
            not known. They say whether a figure is measured on photos that the prior has seen.
    """

    template: np.ndarray
    yaw: np.ndarray
    yaw_slope: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    distance_weight: float
    length_power: float
    photos: int
    people: int
    digests: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    def __post_init__(self) -> None:
        d = len(self.mean)
        expected = {
            "template": (LANDMARKS, 2),
            "yaw": (LANDMARKS,),
            "yaw_slope": (d,),
            "mean": (d,),
            "covariance": (d, d),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"expected a finite {name} of shape {shape}, got {array.shape}")

    def has_seen(self, digest: str) -> bool:
        """Says whether the prior was estimated from a photo of this digest."""
        return bool(np.isin(short_digest(digest), self.digests))

    @property
    def length(self) -> int:
        """Of the vectors."""
        return len(self.mean)

    def encode(self, fits: np.ndarray) -> np.ndarray:
        """Returns whitened vectors, their lengths tempered.

        An unusual pose or expression lengthens a vector and sets it far from all others, those of
        the same person too: its length counts by a power only.

        Args:
            fits: (n, fits, 68, 2), repeated fits of each face, in any frame of its own.

        Returns:
            (n, d) float32.
        """
        vectors = self.whiten(fits)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        typical = np.sqrt(self.length)
        tempered = (typical / np.maximum(lengths, 1e-9)) ** (1 - self.length_power)
        return np.asarray(vectors * tempered, dtype=np.float32)

    def whiten(self, fits: np.ndarray) -> np.ndarray:
        """Returns (n, d) features of unit covariance within one person, if the prior is right."""
        shapes = align(fits, self.template).mean(axis=1)
        turned = turned_by(shapes, self.yaw)
        features = landmark_features(shapes, self.distance_weight)
        features = without_yaw(features, turned, self.yaw_slope)
        return np.asarray((features - self.mean) @ self.whitening)

    @cached_property
    def whitening(self) -> np.ndarray:
        """(d, d): `features @ whitening` has unit covariance within a person.

        The symmetric root (ZCA): unlike a matrix of eigenvectors it has no signs that differ
        from one machine's linear algebra to another's.
        """
        values, directions = np.linalg.eigh(self.covariance)
        return np.asarray(directions / np.sqrt(values) @ directions.T)

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
            with np.load(path, allow_pickle=False) as file:
                arrays: dict[str, Any] = dict(file)
            version = int(arrays.pop("version"))
            if version != VERSION:
                raise ModelError(
                    f"the prior {path} is of version {version}, this version reads {VERSION}: "
                    "make it again with 'face2vec fit-prior'."
                )
            for name, number in _NUMBERS.items():
                arrays[name] = number(arrays[name])
            return cls(**arrays)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{path} is not a prior that can be read ({error}): "
                "make one with 'face2vec fit-prior FOLDER... --out FILE'."
            ) from error


def short_digest(digest: str) -> np.uint64:
    """Returns the first 64 bits of a hex digest."""
    bits: np.uint64 = np.uint64(int(digest[:16], 16))
    return bits


def turned_by(shapes: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Returns how far each head is turned, to whichever side: (n,)."""
    return np.asarray(np.abs(asymmetric_part(shapes) @ yaw))


def without_yaw(features: np.ndarray, turned: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return np.asarray(features - turned[:, None] * slope)
