from __future__ import annotations

import cv2
import numpy as np
import pytest

from face2vec.assets import CNN_MODEL, RESNET_MODEL, dlib_model
from face2vec.dlib_models.layers import read_network
from face2vec.dlib_models.networks import detector_onnx, resnet_onnx
from face2vec.dlib_models.onnx_file import Graph


def small_network(weights, biases):
    graph = Graph((1, 2, 9, 9))
    convolved = graph.node(
        "Conv",
        "input",
        graph.constant(weights),
        graph.constant(biases),
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    )
    return graph.file(graph.node("Relu", convolved), 4)


def test_opencv_computes_what_was_written():
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((300, 2, 3, 3), dtype=np.float32)  # lengths of several bytes
    biases = rng.standard_normal(300, dtype=np.float32)
    values = rng.standard_normal((1, 2, 9, 9), dtype=np.float32)
    network = cv2.dnn.readNetFromONNX(np.frombuffer(small_network(weights, biases), np.uint8))
    network.setInput(values)
    padded = np.pad(values[0], ((0, 0), (1, 1), (1, 1)))
    at = [
        (slice(2 * row, 2 * row + 3), slice(2 * col, 2 * col + 3))
        for row in range(5)
        for col in range(5)
    ]
    sums = [(padded[:, y, x] * weights).sum(axis=(1, 2, 3)) + biases for y, x in at]
    expected = np.maximum(np.array(sums).T.reshape(1, 300, 5, 5), 0)
    np.testing.assert_allclose(network.forward(), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "write"), [(RESNET_MODEL, resnet_onnx), (CNN_MODEL, detector_onnx)]
)
def test_onnx_itself_accepts_the_files(name, write):
    onnx = pytest.importorskip("onnx")
    model = onnx.load_model_from_string(write(read_network(dlib_model(name).read_bytes())))
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version == 13
