"""The encoder `resnet`: dlib's face recognition network, 128 numbers a face.

King, "High quality face recognition with deep metric learning", 2017: a ResNet of 29 layers after
He et al., "Deep residual learning for image recognition", 2016, trained on about three million
photos so that two photos of one person are nearer than 0.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from face2vec.assets import RESNET_MODEL, dlib_model, fingerprint
from face2vec.dlib_models.resnet import FaceNetwork
from face2vec.encoders.chips import cut_chip, nudges
from face2vec.encoders.ratio import SHIPPED_FOR_RESNET, Ratio
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Face

CHIP = 150  # pixels of the chip's side that the network was trained with
PADDING = 0.25  # around the face, as it was trained with
LENGTH = 128


class ResNetEncoder:
    """Encodes aligned faces with dlib's network, loaded at the first face.

    Args:
        jitter: chips of each face whose vectors are averaged: 1 is the aligned face alone, 2 adds
            its mirror image, more are turned, scaled and shifted a little. Each costs as much.
        ratio: another file of the ratio of likelihoods than the shipped one.

    Raises:
        OptionError: no chip at all.
    """

    name = "resnet"
    whitened = True  # its distances count alike in all directions

    def __init__(self, jitter: int = 1, ratio: Path | None = None) -> None:
        if jitter < 1:
            raise OptionError(f"expected at least 1 chip a face for --jitter, got {jitter}.")
        self.jitter = jitter
        self._ratio_file = ratio or SHIPPED_FOR_RESNET

    def __getstate__(self) -> dict[str, object]:
        return {
            "jitter": self.jitter,
            "_ratio_file": self._ratio_file,
        }  # a worker loads the network itself

    @cached_property
    def ratio(self) -> Ratio:
        """Learnt on many people; the vectors themselves stay dlib's own, whatever it is.

        Raises:
            ModelError: the file is missing or broken.
        """
        return Ratio.load(self._ratio_file)

    @cached_property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces."""
        return {
            "name": self.name,
            "version": 1,
            "length": LENGTH,
            "model": fingerprint(dlib_model(RESNET_MODEL)),
            "chip": CHIP,
            "padding": PADDING,
            "jitter": self.jitter,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, 128) float32; all chips of a photo go through as a batch.

        Raises:
            PhotoError: the photo cannot be decoded.
            ModelError: the network's file cannot be read.
        """
        return self.encode_chips([self.cut(photo, faces)])[0]

    def cut(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns the chips of the faces, (n * jitter, 150, 150, 3) uint8, red first.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        chips = [
            cv2.cvtColor(cut_chip(photo.bgr, face.landmarks, CHIP, PADDING, way), cv2.COLOR_BGR2RGB)
            for face in faces
            for way in nudges(self.jitter)
        ]
        return np.array(chips, dtype=np.uint8).reshape(len(chips), CHIP, CHIP, 3)

    def encode_chips(self, cuts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what `encode` gives for each photo, from what `cut` has given.

        Raises:
            ModelError: the network's file cannot be read.
        """
        chips = np.concatenate(cuts)
        if not len(chips):
            return [np.empty((0, LENGTH), dtype=np.float32) for _ in cuts]
        chip_vectors = self._network.encode(chips).reshape(-1, self.jitter, LENGTH)
        vectors = chip_vectors.mean(axis=1).astype(np.float32)
        ends = np.cumsum([len(cut) // self.jitter for cut in cuts])
        return np.split(vectors, ends[:-1])

    @cached_property
    def _network(self) -> FaceNetwork:
        return FaceNetwork(dlib_model(RESNET_MODEL))
