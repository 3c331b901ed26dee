"""How much likelier vectors are as those of one person than as those of different people.

The two-covariance model: a vector is the mean of a person plus how that person varies, both normal,
and people vary alike (Prince and Elder, "Probabilistic linear discriminant analysis for inferences
about identity", 2007; Brümmer and de Villiers, "The speaker partitioning problem", 2010). Where
vectors are brought to directions in which one person varies by 1 and people by `between`, the
likelihoods are products over the directions, and everything here is a sum.

With several photos of a person, the ratio knows better where that person lies, and asks more of a
probe: it is exact for any number of photos.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec.assets import own_data
from face2vec.encoders.archive import arrays_in
from face2vec.errors import FolderError, ModelError
from face2vec.files import write_atomically

VERSION = 1
SHIPPED_FOR_RESNET = own_data("ratio-resnet-1.npz")
_ARRAYS = ("matrix", "offset", "between", "weight")


@dataclass(frozen=True, eq=False)
class Ratio:
    """Brings vectors to the directions of the two-covariance model, and compares them there.

    Attributes:
        matrix: (d, r), applied to vectors.
        offset: (r,), added then.
        between: (r,), the variance between people, that of one person being 1.
        weight: (r,), what the logarithm of the ratio of each direction counts.
        unit_length: whether vectors are brought to length 1 before.
    """

    matrix: np.ndarray
    offset: np.ndarray
    between: np.ndarray
    weight: np.ndarray
    unit_length: bool = False

    def __post_init__(self) -> None:
        r = len(self.between)
        expected = {
            "matrix": (len(self.matrix), r),
            "offset": (r,),
            "between": (r,),
            "weight": (r,),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"expected a finite {name} of shape {shape}, got {array.shape}")
        if (self.between < 0).any() or (self.weight < 0).any():
            raise ValueError("expected variances and weights that are not negative")

    @cached_property
    def fingerprint(self) -> str:
        """A short hex digest of what a file of it holds."""
        numbers = hashlib.blake2b(digest_size=8)
        for name in _ARRAYS:
            numbers.update(np.asarray(getattr(self, name), dtype="<f4").tobytes())
        return numbers.hexdigest()

    @cached_property
    def most(self) -> float:
        """The logarithm of the ratio of a usual face that lies just where somebody of whom endless
        photos are known lies."""
        return float((self.weight * (1 + np.log(1 + self.between))).sum() / 2)

    def distance(self, log_ratios: np.ndarray) -> np.ndarray:
        """Returns how far a match is from a perfect one: a distance, 0 and above.

        Its square is twice what is missing of the logarithm of the ratio to `most`, as the square
        of a Euclidean distance is, but for a constant, twice that of a likelihood.
        """
        return np.asarray(np.sqrt(2 * np.maximum(self.most - np.asarray(log_ratios), 0)))

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """Returns vectors, (n, d), in the directions of the model: (n, r) float64."""
        vectors = np.asarray(vectors, dtype=np.float64)
        if self.unit_length:
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = vectors / np.where(lengths > 0, lengths, 1)
        return np.asarray(vectors @ self.matrix + self.offset)

    def evidence(self, means: np.ndarray, photos: np.ndarray) -> Evidence:
        """Prepares what is known of people for being compared with probes.

        Args:
            means: (k, r), of each person's projected vectors.
            photos: (k,) int, how many vectors each mean is of.
        """
        share = self.between / (1 + photos[:, None] * self.between)  # variance that is left
        expected = photos[:, None] * share * means
        rows = self.weight * expected / (share + 1)
        constants = (self.weight * np.log((share + 1) / (self.between + 1))).sum(axis=1)
        offsets = -((rows * expected).sum(axis=1) + constants) / 2
        return Evidence(self, rows, offsets, np.asarray(photos))

    def between_pairs(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Returns the logarithm of the ratio of each pair of single vectors: (n,) float64.

        Args:
            one, other: (n, d), not projected.
        """
        photos = np.ones(len(one), dtype=int)
        return self.log_ratios(self.project(other), self.project(one), photos)

    def log_ratios(self, probes: np.ndarray, means: np.ndarray, photos: np.ndarray) -> np.ndarray:
        """Returns the logarithm of the ratio of each probe and the person beside it: (n,).

        Args:
            probes: (n, r), projected.
            means: (n, r), of the projected vectors of a person.
            photos: (n,) int, how many vectors each mean is of.
        """
        share = self.between / (1 + photos[:, None] * self.between)  # variance that is left
        expected = photos[:, None] * share * means
        together = (probes - expected) ** 2 / (share + 1) + np.log(share + 1)
        apart = probes**2 / (self.between + 1) + np.log(self.between + 1)
        return np.asarray((self.weight * (apart - together)).sum(axis=1) / 2)

    def moved(
        self, centre: np.ndarray, turn: np.ndarray, between: np.ndarray, weight: np.ndarray
    ) -> Ratio:
        """Returns it in other directions, ``(projected - centre) @ turn``, which differ so."""
        matrix, offset = self.matrix @ turn, (self.offset - centre) @ turn
        return Ratio(matrix, offset, between, weight, self.unit_length)

    def save(self, path: Path) -> None:
        """Writes it as npz, without pickle, in single precision.

        Raises:
            FolderError: the place cannot be written.
        """
        arrays = {name: np.asarray(getattr(self, name), dtype=np.float32) for name in _ARRAYS}
        memory = io.BytesIO()
        arrays |= {"version": np.array(VERSION), "unit_length": np.array(self.unit_length)}
        np.savez(memory, allow_pickle=False, **arrays)
        try:
            write_atomically(Path(path), memory.getvalue())
        except OSError as error:
            raise FolderError(
                f"{path} cannot be written ({error.strerror}): choose another place."
            ) from error

    @classmethod
    def load(cls, path: Path) -> Ratio:
        """Reads what `save` wrote.

        Raises:
            ModelError: the file is missing, broken, or of another version.
        """
        try:
            file = arrays_in(Path(path))
            if int(file["version"]) != VERSION:
                raise ModelError(
                    f"{path} is of another version than {VERSION}: make it again with "
                    "'face2vec fit-prior'."
                )
            arrays = {name: file[name].astype(np.float64) for name in _ARRAYS}
            return cls(**arrays, unit_length=bool(file["unit_length"]))
        except ModelError:
            raise
        except Exception as error:  # a damaged archive raises almost anything
            raise ModelError(
                f"{path} is not a ratio of likelihoods that can be read ({error}): "
                "make one with 'face2vec fit-prior FOLDER... --encoder resnet --out FILE'."
            ) from error


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of people, such that one matrix product compares them with probes.

    Attributes:
        ratio: that made it.
        rows: (k, r), what a projected probe is multiplied with.
        offsets: (k,), added to that.
        photos: (k,) int, how many vectors are known of each.
    """

    ratio: Ratio
    rows: np.ndarray
    offsets: np.ndarray
    photos: np.ndarray

    def log_ratios(self, probes: np.ndarray) -> np.ndarray:
        """Returns the logarithm of the ratio of each probe and person: (m, k).

        Args:
            probes: (m, r), projected.
        """
        scores = probes @ self.rows.T + self.offsets
        for photos in set(self.photos.tolist()):  # np.unique imports numpy.ma: not at a cold start
            same = self.photos == photos
            scores[:, same] -= self.beside(probes, photos)[:, None]
        return np.asarray(scores)

    def beside(self, probes: np.ndarray, photos: int) -> np.ndarray:
        """Returns (m,): what is taken off the scores of people with so many photos.

        Of everybody with as many photos it is the same, so that it orders nobody among them.
        """
        between = self.ratio.between
        share = between / (1 + photos * between)
        left = self.ratio.weight * (1 / (share + 1) - 1 / (between + 1))
        return np.asarray(probes**2 @ left / 2)
