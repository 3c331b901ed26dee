"""The encoder `onnx`: a face network of the user's, an ONNX file, computed by OpenCV.

Networks of 112 x 112 pixels are given the face by its five points, as ArcFace (Deng, Guo, Xue,
Zafeiriou, "ArcFace: additive angular margin loss for deep face recognition", 2019) and those after
it were trained: SFace, MobileFaceNet, AdaFace. Networks of 160 x 160 are given it as `facenet` is.
None ships with Face2Vec.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from face2vec.assets import fingerprint
from face2vec.dlib_models.opencv import OpenCVNetwork
from face2vec.dlib_models.serialized import UnknownFormat
from face2vec.encoders.chips import cut_chip, cut_five_points
from face2vec.encoders.network_input import SIZES, USUAL, NetworkInput, prepared
from face2vec.encoders.onnx_shape import input_shape
from face2vec.errors import ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Face

FIVE_POINTS_SIZE = 112
PADDING = 0.25  # of the chips of other sizes
TOGETHER = 16  # chips that go through the network at a time


class _Loaded(NamedTuple):
    """A network, and what it takes and gives.

    Attributes:
        input: without None.
        planes: colours before rows and columns, or behind.
        length: numbers of a vector.
    """

    network: OpenCVNetwork
    input: NetworkInput
    size: int
    planes: bool
    length: int

    def forward(self, chips: np.ndarray) -> np.ndarray:
        """Returns what the network gives for (n, size, size, 3) uint8, blue first."""
        values = prepared(chips, self.input)
        values = values.transpose(0, 3, 1, 2) if self.planes else values
        return self.network.forward(np.ascontiguousarray(values))


class OnnxEncoder:
    """Encodes aligned faces with a network in an ONNX file, loaded at the first face.

    Args:
        weights: the file.
        input: what is said of its pixels goes before what the JSON file beside it says.

    Raises:
        OptionError: no file is given.
    """

    name = "onnx"
    whitened = False
    ratio = None

    def __init__(self, weights: Path | None = None, input: NetworkInput | None = None) -> None:
        if weights is None:
            raise OptionError(
                "the encoder onnx needs a face network of yours: --weights network.onnx; none "
                "ships with Face2Vec."
            )
        self.weights = Path(weights)
        self.input = input or NetworkInput()

    def __getstate__(self) -> dict[str, object]:
        return {"weights": self.weights, "input": self.input}  # a worker loads the network itself

    @cached_property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces.

        Raises:
            ModelError: the file is missing, or no face network that OpenCV can compute.
            OptionError: the JSON file beside it holds anything else.
        """
        loaded = self._loaded
        mean = loaded.input.mean
        return {
            "name": self.name,
            "version": 1,
            "length": loaded.length,
            "network": fingerprint(self.weights),
            "chip": loaded.size,
            "input": [
                loaded.input.order,
                list(mean) if isinstance(mean, tuple) else mean,
                loaded.input.scale,
            ],
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, d) float32, of length 1.

        Raises:
            PhotoError: the photo cannot be decoded.
            ModelError, OptionError: see `recipe`.
        """
        return self.encode_chips([self.cut(photo, faces)])[0]

    def cut(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns the chips of the faces, (n, size, size, 3) uint8, blue first."""
        size = self._loaded.size
        chips = [_chip(photo.bgr, face.landmarks, size) for face in faces]
        return np.array(chips, dtype=np.uint8).reshape(len(chips), size, size, 3)

    def encode_chips(self, cuts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what `encode` gives for each photo, from what `cut` has given.

        Raises:
            ModelError: the network gives what is no vector for a face.
        """
        chips = np.concatenate(cuts)
        together = TOGETHER if len(chips) > 1 and self._takes_several else 1
        parts = [
            self._loaded.forward(chips[start : start + together]).reshape(-1, self._loaded.length)
            for start in range(0, len(chips), together)
        ]
        vectors = np.concatenate([np.empty((0, self._loaded.length), np.float32), *parts])
        if not np.isfinite(vectors).all():
            raise ModelError(
                f"{self.weights} gives NaN or infinity for a face: its input order, mean or scale "
                "may be others (see --input-mean, --input-scale)."
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
        return np.split(unit, np.cumsum([len(cut) for cut in cuts])[:-1])

    @cached_property
    def _loaded(self) -> _Loaded:
        try:
            data = self.weights.read_bytes()
        except OSError as error:
            raise ModelError(
                f"the network {self.weights} cannot be read ({error.strerror}): say where it is "
                "with --weights."
            ) from error
        how = self.input.over(NetworkInput.beside(self.weights)).over(USUAL)
        size, planes = _size_of(self.weights, data, how.size)
        try:
            network = OpenCVNetwork(data)
        except UnknownFormat as error:
            raise ModelError(
                f"OpenCV {cv2.__version__} cannot load the network {self.weights}: "
                "another version of it, or one with its weights in a file apart, will not do."
            ) from error
        loaded = _Loaded(network, how, size, planes, 0)
        return loaded._replace(length=self._length(loaded))

    def _length(self, loaded: _Loaded) -> int:
        """Returns how many numbers the network gives for a face."""
        answer = self._answer(loaded, _noise(1, loaded.size))
        if max(answer.shape, default=0) != answer.size or answer.size < 2:
            raise ModelError(
                f"{self.weights} is no face network: it gives {_times(answer.shape)} numbers for "
                "a face, and one vector is expected."
            )
        return int(answer.size)

    def _answer(self, loaded: _Loaded, chips: np.ndarray) -> np.ndarray:
        try:
            return loaded.forward(chips)
        except cv2.error as error:
            raise ModelError(
                f"OpenCV {cv2.__version__} cannot compute the network {self.weights} on a face of "
                f"{loaded.size} x {loaded.size} pixels."
            ) from error

    @cached_property
    def _takes_several(self) -> bool:
        """Whether several chips at a time give what they give one by one.

        Some files have the number of chips written into them.
        """
        chips = _noise(2, self._loaded.size)
        try:
            both = self._loaded.forward(chips)
        except cv2.error:
            return False
        single = np.concatenate([self._loaded.forward(chip[None]).reshape(1, -1) for chip in chips])
        return both.size == single.size and bool(
            np.allclose(both.reshape(2, -1), single, rtol=1e-3)
        )


def _chip(bgr: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    if size == FIVE_POINTS_SIZE:
        return cut_five_points(bgr, landmarks, size)
    return cut_chip(bgr, landmarks, size, PADDING)


def _noise(count: int, size: int) -> np.ndarray:
    """Returns chips to try a network on, the same ones each time."""
    pixels = np.arange(count * size * size * 3, dtype=np.uint32) * np.uint32(2654435761)
    return np.asarray((pixels >> np.uint32(24)).astype(np.uint8)).reshape(count, size, size, 3)


def _size_of(weights: Path, data: bytes, said: int | None) -> tuple[int, bool]:
    """Returns the pixels of a chip's side, and whether colours come before rows and columns."""
    try:
        shape = input_shape(data)
    except ValueError as error:
        raise ModelError(f"{weights} is no ONNX file, or damaged ({error}).") from error
    planes = len(shape) == 4 and shape[1] == 3
    if not planes and not (len(shape) == 4 and shape[3] == 3):
        raise ModelError(
            f"{weights} is no face network: expected an input of 3 colours, got one of "
            f"{_times(shape)}."
        )
    rows, columns = shape[2:] if planes else shape[1:3]
    size = said or FIVE_POINTS_SIZE
    sides = (rows or size, columns or size)
    if sides[0] != sides[1] or sides[0] not in SIZES:
        raise ModelError(
            f"{weights} is no face network that is known: expected an input of 112 x 112 or "
            f"160 x 160 pixels, got {_times(sides)}."
        )
    return sides[0], planes


def _times(shape: Sequence[int]) -> str:
    return " x ".join(str(length) if length else "any" for length in shape) or "0"
