"""A FaceNet whose weights come alone, in the layout of Keras 2, with random numbers in it."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from face2vec.encoders import inception_resnet
from face2vec.encoders.facenet import standardised
from face2vec.encoders.registry import make_encoder
from face2vec.errors import ModelError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions

pytestmark = pytest.mark.slow
CODE = '{"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAA", null, null]}}'


@pytest.fixture(scope="module")
def keras():
    from face2vec.backend import keras

    return keras


def write(path, layers, whole=False, parts=1):
    """Writes weights as Keras 2 does, {layer: {name: array}}."""
    with h5py.File(path, "w") as file:
        root = file
        if whole:
            file.attrs["model_config"] = CODE
            root = file.create_group("model_weights")
        names = [*(name.encode() for name in layers), b"lambda_1", b"add_1"]
        for part in range(parts):
            title = "layer_names" if parts == 1 else f"layer_names{part}"
            root.attrs[title] = names[part::parts]
        for name in ("lambda_1", "add_1"):
            root.create_group(name).attrs["weight_names"] = np.empty(0, "S1")
        for layer, arrays in layers.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name in arrays]
            for name, values in arrays.items():
                group[f"{layer}/{name}:0"] = values


@pytest.fixture(scope="module")
def model(keras):
    """The network with random weights, whose answers neither vanish nor explode."""
    keras.utils.set_random_seed(0)
    network = inception_resnet.build(keras)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if layer.name.endswith("BatchNorm"):
            shapes = [weight.shape for weight in layer.weights]
            beta, mean = (rng.normal(0, 0.1, shape) for shape in shapes[:2])
            layer.set_weights([beta, mean, rng.uniform(0.5, 1.5, shapes[2])])
    return network


@pytest.fixture(scope="module")
def weights(model):
    return {
        layer.name: {weight.name: np.array(weight) for weight in layer.weights}
        for layer in model.layers
        if layer.weights
    }


@pytest.fixture
def seen(photo, cache):
    reading = ReadingOptions("nose-tip", cache=cache).reader().read(photo)
    return Photo.open(photo), reading.largest.face


def test_the_network_is_that_of_the_conversion(model, weights):
    assert model.output_shape == (None, 128)
    assert sum(values.size for own in weights.values() for values in own.values()) == 22_808_144
    assert weights["Block17_10_Branch_1_Conv2d_0b_1x7"]["kernel"].shape == (1, 7, 128, 128)
    assert weights["Block8_6_Conv2d_1x1"]["bias"].shape == (1792,)
    assert weights["Bottleneck"].keys() == {"kernel"}
    assert weights["Bottleneck_BatchNorm"].keys() == {"beta", "moving_mean", "moving_variance"}


@pytest.mark.parametrize(("given", "whole", "parts"), [("h5", False, 1), ("json", False, 3)])
def test_the_pair_gives_vectors(model, weights, seen, tmp_path, given, whole, parts):
    write(tmp_path / "model.h5", weights, whole, parts)
    (tmp_path / "model.json").write_text(CODE)
    photo, face = seen
    encoder = make_encoder("facenet", weights=tmp_path / f"model.{given}")
    (vector,) = encoder.encode(photo, [face])
    assert encoder.recipe["length"] == 128
    pixels = standardised(encoder.cut(photo, [face])[0])
    expected = np.asarray(model(pixels[None], training=False))[0]
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)


def test_a_whole_model_of_the_conversion_is_built_too(weights, seen, tmp_path):
    """Keras refuses it, as it holds code; the code is not looked at."""
    write(tmp_path / "facenet_keras.h5", weights, whole=True)
    photo, face = seen
    (vector,) = make_encoder("facenet", weights=tmp_path / "facenet_keras.h5").encode(photo, [face])
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_a_block_adds_what_it_finds_to_what_it_was_given(keras):
    """The layer before, plus the scaled branches."""
    inputs = keras.layers.Input((4, 4, 8))
    to = inception_resnet._Builder(keras)
    block = keras.Model(inputs, to.block(inputs, "block", 0.17, [inputs], last=True))
    kernel = np.random.default_rng(0).normal(size=(1, 1, 8, 8)).astype(np.float32)
    block.get_layer("block_Conv2d_1x1").set_weights([kernel, np.ones(8, np.float32)])
    values = np.random.default_rng(1).normal(size=(1, 4, 4, 8)).astype(np.float32)
    expected = values + 0.17 * (values @ kernel[0, 0] + 1)
    np.testing.assert_allclose(np.asarray(block(values)), expected, atol=1e-5)


def test_other_weights_are_refused_in_a_sentence(weights, tmp_path):
    path = tmp_path / "model.h5"
    few = {name: own for name, own in weights.items() if name != "Block8_3_Conv2d_1x1"}
    write(path, few)
    with pytest.raises(ModelError, match="Block8_3_Conv2d_1x1 are not there"):
        _ = make_encoder("facenet", weights=path).recipe
    write(path, {**weights, "Conv2d_1a_3x3": {"kernel": np.zeros((3, 3, 1, 32))}})
    with pytest.raises(ModelError, match="Conv2d_1a_3x3 are of another shape"):
        _ = make_encoder("facenet", weights=path).recipe
    write(path, {"dense": {"kernel": np.zeros((2, 2))}})
    with pytest.raises(ModelError, match="other weights"):
        _ = make_encoder("facenet", weights=path).recipe
