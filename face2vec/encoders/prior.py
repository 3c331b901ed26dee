"""What is known of faces before any training: the mean shape and how one person's shape varies.

A prior is aggregate: it holds means and a covariance over many photos of many people, and no
photo's and no person's shape. With it, a face is measured in units of how much one person's face
varies by itself, so that plain Euclidean distance between two vectors means something.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec.assets import own_data
from face2vec.detection import shapes as geometry
from face2vec.detection.shapes import LANDMARKS, align, landmark_features
from face2vec.errors import FolderError, LabelError, ModelError
from face2vec.files import write_atomically

VERSION = 2
SHIPPED = own_data("prior-landmarks-2.npz")
LEAST_RESIDUALS = 10  # photos beyond the first of each person


@dataclass(frozen=True)
class Recipe:
    """How features are made of landmarks, and how their covariance is kept from the accidental.

    `benchmarks/choices.py` chooses among such recipes; the defaults are what the shipped prior has.

    Attributes:
        distance_weight: of the nose-tip distances beside the coordinates they are made of.
        regress_yaw: whether the turn of the head is taken out of the features.
        noise_share: of the variance that is as the repeated fits of one photo vary.
        floor_share: of the variance that is alike in all directions.
        length_power: to which power a vector's length counts, 0 (all are as long) to 1.
    """

    distance_weight: float = 0.05
    regress_yaw: bool = True
    noise_share: float = 0.1
    floor_share: float = 0.01
    length_power: float = 0.5


@dataclass(frozen=True, eq=False)
class Prior:
    """How faces vary, for the `landmarks` encoder.

    Attributes:
        template: the mean shape, symmetric and of unit size, (68, 2).
        yaw: the direction in which a turn of the head moves `geometry.asymmetric_part`, (68,),
            of length 1.
        yaw_slope: how much each feature moves a unit of that turn, to whichever side, (d,).
        mean: of the features, (d,).
        covariance: of the features within one person, regularised, (d, d).
        distance_weight, length_power: see `Recipe`.
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
        expected = {"template": (LANDMARKS, 2), "yaw": (LANDMARKS,), "yaw_slope": (d,),
                    "mean": (d,), "covariance": (d, d)}
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"expected a finite {name} of shape {shape}, got {array.shape}")

    def has_seen(self, digest: str) -> bool:
        """Says whether the prior was estimated from a photo of this digest."""
        return bool(np.isin(_short(digest), self.digests))

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
        return (vectors * tempered).astype(np.float32)

    def whiten(self, fits: np.ndarray) -> np.ndarray:
        """Returns (n, d) features of unit covariance within one person, if the prior is right."""
        shapes = align(fits, self.template).mean(axis=1)
        turned = _turned(shapes, self.yaw)
        features = landmark_features(shapes, self.distance_weight)
        features = _without_yaw(features, turned, self.yaw_slope)
        return (features - self.mean) @ self.whitening

    @cached_property
    def whitening(self) -> np.ndarray:
        """(d, d): `features @ whitening` has unit covariance within a person.

        The symmetric root (ZCA): unlike a matrix of eigenvectors it has no signs that differ
        from one machine's linear algebra to another's.
        """
        values, directions = np.linalg.eigh(self.covariance)
        return directions / np.sqrt(values) @ directions.T

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
    def _fields(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Prior:
        """Reads a prior.

        Raises:
            ModelError: it is missing, broken, or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            version = int(arrays.pop("version"))
            if version != VERSION:
                raise ModelError(
                    f"the prior {path} is of version {version}, this version reads {VERSION}: "
                    "make it again with 'face2vec fit-prior'."
                )
            numbers = {name: int(arrays.pop(name)) for name in ("photos", "people")}
            for name in ("distance_weight", "length_power"):
                numbers[name] = float(arrays.pop(name))
            return cls(**arrays, **numbers)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{path} is not a prior that can be read ({error}): "
                "make one with 'face2vec fit-prior FOLDER... --out FILE'."
            ) from error


def estimate_prior(
    fits: np.ndarray,
    people: np.ndarray,
    digests: Sequence[str] = (),
    recipe: Recipe = Recipe(),
) -> Prior:
    """Estimates a prior from repeated fits of many photos of many people.

    The template and the direction of yaw are learnt without labels: the symmetric mean shape, and
    the first principal component of what differs from the mirror image. The covariance within
    people is that of the residuals from each person's mean, plus a share of the covariance
    between fits of one photo and a share of the identity, so that few photos suffice.

    Args:
        fits: (n, fits, 68, 2).
        people: (n,) whose photo each is.
        digests: of the photos, for `Prior.has_seen`.
        recipe: of the features and their covariance.

    Raises:
        LabelError: there are too few people with several photos.
    """
    people = np.unique(people, return_inverse=True)[1]
    spare = len(people) - len(np.unique(people))
    if spare < LEAST_RESIDUALS:
        raise LabelError(
            f"a prior needs at least {LEAST_RESIDUALS} photos beyond the first of each person, "
            f"and there are {spare}: add photos."
        )
    template = geometry.symmetric_template(fits.mean(axis=1))
    aligned = align(fits, template)
    shapes = aligned.mean(axis=1)
    yaw = _first_component(geometry.asymmetric_part(shapes))
    turned, features = _turned(shapes, yaw), landmark_features(shapes, recipe.distance_weight)
    turned_within = residuals(turned[:, None], people)[:, 0]
    slope = turned_within @ residuals(features, people) / (turned_within @ turned_within)
    slope = slope if recipe.regress_yaw else np.zeros_like(slope)
    features = _without_yaw(features, turned, slope)
    rest = residuals(features, people)
    noise = _noise(landmark_features(aligned, recipe.distance_weight))
    return Prior(
        template=template,
        yaw=yaw,
        yaw_slope=slope,
        mean=features.mean(axis=0),
        covariance=_regularised(rest.T @ rest / spare, noise, recipe),
        distance_weight=recipe.distance_weight,
        length_power=recipe.length_power,
        photos=len(people),
        people=len(np.unique(people)),
        digests=np.sort(np.array([_short(digest) for digest in digests], dtype=np.uint64)),
    )


def _short(digest: str) -> np.uint64:
    """Returns the first 64 bits of a hex digest."""
    return np.uint64(int(digest[:16], 16))


def residuals(vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Returns each row minus its person's mean: (n, d), people as 0 to k - 1, (n,)."""
    counts = np.bincount(people)
    sums = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(sums, people, vectors)
    return vectors - (sums / counts[:, None])[people]


def _turned(shapes: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Returns how far each head is turned, to whichever side: (n,)."""
    return np.abs(geometry.asymmetric_part(shapes) @ yaw)


def _without_yaw(features: np.ndarray, turned: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return features - turned[:, None] * slope


def _first_component(rows: np.ndarray) -> np.ndarray:
    """Returns the first principal direction about zero, its largest number positive."""
    direction = np.linalg.svd(rows, full_matrices=False)[2][0]
    return direction * np.sign(direction[np.abs(direction).argmax()])


def _noise(features: np.ndarray) -> np.ndarray:
    """Returns the covariance between the fits of one photo, over all photos: (d, d)."""
    spread = (features - features.mean(axis=1, keepdims=True)).reshape(-1, features.shape[-1])
    return spread.T @ spread / len(spread)


def _regularised(covariance: np.ndarray, noise: np.ndarray, recipe: Recipe) -> np.ndarray:
    d, total = len(covariance), np.trace(covariance)
    target = recipe.floor_share * np.eye(d) / d
    share = recipe.floor_share
    if np.trace(noise) > 0:  # a single fit tells nothing of the noise
        target = target + recipe.noise_share * noise / np.trace(noise)
        share += recipe.noise_share
    return (1 - share) * covariance + total * target
