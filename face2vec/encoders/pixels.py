"""The encoder `pixels`: the aligned face in grey, 32 x 32. The naive baseline of the field."""

from __future__ import annotations

import cv2
import numpy as np

from face2vec.encoders.chips import cut_chip
from face2vec.photos.photo import Photo
from face2vec.records import Face

CHIP = 32
PADDING = 0.25
LENGTH = CHIP * CHIP


class PixelEncoder:
    """Encodes a face by its pixels, shifted and scaled to mean 0 and length 1."""

    name = "pixels"
    whitened = False
    ratio = None

    @property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces."""
        return {"name": self.name, "version": 1, "length": LENGTH, "chip": CHIP, "padding": PADDING}

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, 1024) float32.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        rows = [self._pixels(photo.grey, face) for face in faces]
        return np.array(rows, dtype=np.float32).reshape(len(faces), LENGTH)

    @staticmethod
    def _pixels(grey: np.ndarray, face: Face) -> np.ndarray:
        # Cut larger and shrunk by areas: a warp down to 32 pixels would skip most of them.
        chip = cut_chip(grey, face.landmarks, 4 * CHIP, PADDING)
        small = cv2.resize(chip, (CHIP, CHIP), interpolation=cv2.INTER_AREA).astype(np.float64)
        centred = small.ravel() - small.mean()
        return np.asarray(centred / max(np.linalg.norm(centred), 1e-9))
