"""How good a photo of a face is, and whether two photos are the same one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from face2vec.evaluation.close import close_pairs
from face2vec.records import Box

SIDE = 100  # pixels of the face in which sharpness is measured
HASH_SIDE = 32  # pixels of the photo of which the hash is made
HASH_BITS = 64


@dataclass(frozen=True)
class Quality:
    """Measures of a face in a photo.

    Attributes:
        size: pixels of the shorter side of its box.
        brightness: mean grey, 0 to 255.
        contrast: difference of the 95th and the 5th percentile of grey.
        sharpness: variance of the Laplacian (Pech-Pacheco et al., 2000) of the face at 100 pixels,
            divided by the variance of its grey, so that light does not count.
    """

    size: int
    brightness: float
    contrast: float
    sharpness: float


def measure_quality(grey: np.ndarray, box: Box) -> Quality:
    """Measures a face.

    Args:
        grey: (h, w) uint8.
        box: the face; what lies beyond the photo does not count.
    """
    height, width = grey.shape
    face = grey[
        max(0, box.top) : max(1, min(height, box.bottom)),
        max(0, box.left) : max(1, min(width, box.right)),
    ]
    how = cv2.INTER_AREA if min(face.shape) > SIDE else cv2.INTER_LINEAR
    sized = cv2.resize(face, (SIDE, SIDE), interpolation=how).astype(np.float64)
    low, high = np.percentile(face, [5, 95])
    return Quality(
        size=min(box.width, box.height),
        brightness=float(face.mean()),
        contrast=float(high - low),
        sharpness=float(cv2.Laplacian(sized, cv2.CV_64F).var() / max(sized.var(), 1.0)),
    )


def perceptual_hash(grey: np.ndarray) -> np.ndarray:
    """Returns 64 bits, (64,) bool, that scaling, compression and light hardly change.

    They say which of the 64 lowest frequencies of the photo are above their median (pHash; Zauner,
    "Implementation and benchmarking of perceptual image hash functions", 2010).
    """
    small = cv2.resize(grey, (HASH_SIDE, HASH_SIDE), interpolation=cv2.INTER_AREA)
    side = int(HASH_BITS**0.5)
    low = cv2.dct(small.astype(np.float64))[:side, :side].ravel()
    return np.asarray(low > np.median(low[1:]))  # the first is the mean grey


def near_duplicates(hashes: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Yields the pairs of rows of (n, 64) bool that differ in at most `most` bits."""
    signs = np.where(hashes, 0.5, -0.5)  # so that each bit adds 1 to the squared distance
    return ((one, other) for one, other, _ in close_pairs(signs, (most + 0.5) ** 0.5))
