"""dlib's face recognition network: computed by OpenCV, ten times as fast as by dlib.

The numbers are the same but for the rounding of float32. Where the file or OpenCV is of a kind
that is not understood, dlib computes it as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import dlib
import numpy as np

from face2vec.dlib_models.layers import read_network
from face2vec.dlib_models.networks import resnet_onnx
from face2vec.dlib_models.opencv import OpenCVNetwork
from face2vec.dlib_models.serialized import UnknownFormat, mapped
from face2vec.errors import ModelError

logger = logging.getLogger(__name__)

TOGETHER = 16  # chips that go through the network at a time: more are no quicker, and take memory


class FaceNetwork:
    """Encodes chips of faces.

    Args:
        path: dlib's file of the network, as `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
        ModelError: the file cannot be read, by dlib neither.
    """

    def __init__(self, path: Path) -> None:
        self._encode: Callable[[np.ndarray], np.ndarray]
        try:
            self._encode = _by_opencv(path)
        except OSError as error:
            raise ModelError(f"the model file {path} cannot be read: {error.strerror}.") from error
        except UnknownFormat as error:
            self._encode = _by_dlib(path)
            logger.warning("%s is left to dlib, which is slower: %s.", path, error)

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Returns the vectors of chips.

        Args:
            chips: (n, 150, 150, 3) uint8, red first.

        Returns:
            (n, 128) float64.
        """
        starts = range(0, len(chips), TOGETHER)
        return np.concatenate([self._encode(chips[one : one + TOGETHER]) for one in starts])


def _by_opencv(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    network = OpenCVNetwork(resnet_onnx(read_network(mapped(path))))

    def encode(chips: np.ndarray) -> np.ndarray:
        planes = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), dtype=np.float32)
        return network.forward(planes).astype(np.float64)

    return encode


def _by_dlib(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    try:
        network = dlib.face_recognition_model_v1(str(path))
    except RuntimeError as error:
        raise ModelError(f"{path} is not a face recognition network of dlib's.") from error
    return lambda chips: np.array(network.compute_face_descriptor(list(chips)), dtype=np.float64)
