from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from face2vec.assets import CNN_MODEL, RESNET_MODEL, dlib_model
from face2vec.dlib_models.layers import read_network
from face2vec.dlib_models.networks import detector_onnx, resnet_onnx
from face2vec.dlib_models.serialized import UnknownFormat


@pytest.fixture(scope="module", params=[(RESNET_MODEL, resnet_onnx), (CNN_MODEL, detector_onnx)])
def file_and_use(request):
    name, use = request.param
    return dlib_model(name).read_bytes(), use


def test_dlibs_files_are_read_to_the_last_byte():
    resnet = read_network(dlib_model(RESNET_MODEL).read_bytes())
    kinds = [layer.kind for layer in resnet.layers]
    assert (kinds.count("con"), kinds.count("add_prev"), kinds.count("fc")) == (29, 14, 1)
    assert resnet.layers[0].weights.shape == (32, 3, 7, 7)
    detector = read_network(dlib_model(CNN_MODEL).read_bytes())
    assert [layer.kind for layer in detector.layers].count("con") == 7
    assert detector.loss["width"] == detector.loss["height"] == 80


def test_a_file_that_ends_early_is_refused(file_and_use):
    data, _ = file_and_use
    for end in [0, 1, 50, *np.random.default_rng(0).integers(51, len(data), 40)]:
        with pytest.raises(UnknownFormat):
            read_network(data[: int(end)])


def test_a_file_with_more_at_its_end_is_refused(file_and_use):
    with pytest.raises(UnknownFormat):
        read_network(file_and_use[0] + b"\x01")


@pytest.mark.slow
def test_damage_is_refused_or_leads_to_a_network_of_the_same_shape(file_and_use):
    data, use = file_and_use
    rng = np.random.default_rng(1)
    size = len(use(read_network(data)))
    tracemalloc.start()
    refused = 0
    for place in [*rng.integers(0, 400, 60), *rng.integers(0, len(data), 20)]:
        damaged = bytearray(data)
        damaged[place] ^= int(rng.integers(1, 256))
        try:
            assert len(use(read_network(bytes(damaged)))) == size
        except UnknownFormat:
            refused += 1
    assert refused > 10
    assert tracemalloc.get_traced_memory()[1] < 8 * len(data) + 10**7
    tracemalloc.stop()


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(UnknownFormat):
        resnet_onnx(read_network(dlib_model(CNN_MODEL).read_bytes()))
    with pytest.raises(UnknownFormat):
        detector_onnx(read_network(dlib_model(RESNET_MODEL).read_bytes()))
