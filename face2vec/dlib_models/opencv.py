"""Networks that OpenCV computes."""

from __future__ import annotations

from threading import Lock

import cv2
import numpy as np

from face2vec.dlib_models.serialized import UnknownFormat


class OpenCVNetwork:
    """A network in OpenCV's `dnn`, for any number of threads in turn.

    Args:
        onnx: the network as an ONNX file.

    Raises:
        UnknownFormat: this OpenCV does not load it.
    """

    def __init__(self, onnx: bytes) -> None:
        try:
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(onnx, dtype=np.uint8))
        except (cv2.error, AttributeError) as error:
            raise UnknownFormat(f"OpenCV {cv2.__version__} does not load the network") from error
        self._lock = Lock()

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Computes the network.

        Args:
            values: float32, as the network takes them.
        """
        with self._lock:
            self._network.setInput(values)
            return np.array(self._network.forward())  # OpenCV writes the next answer over it
