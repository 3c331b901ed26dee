"""Inception-ResNet v1, the network of the well-known Keras conversion of FaceNet.

Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the impact of residual
connections on learning", 2016. That conversion comes as ``model.json`` beside ``model.h5``, weights
alone in Keras 2's format. The JSON holds Python code, for the layers that scale; here the network
is built anew, and the weights are found by the names of their layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from face2vec.errors import ModelError

SIDE = 160  # pixels
LENGTHS = (128, 512)
BOTTLENECK = "Bottleneck"
SCALED = "Block35_1_Conv2d_1x1"  # a layer behind which the conversion has code
MOMENTUM, EPSILON = 0.995, 0.001
Size = int | tuple[int, int]


class _Builder:
    """Adds layers that are called as in the conversion.

    Args:
        keras: the module.
    """

    def __init__(self, keras: Any) -> None:
        self._layers = keras.layers

    def conv(
        self, x: Any, name: str, filters: int, size: Size, strides: int = 1, padding: str = "same"
    ) -> Any:
        """A convolution without biases, its normalisation, and what is below 0 cut off."""
        layers = self._layers
        x = layers.Conv2D(
            filters, size, strides=strides, padding=padding, use_bias=False, name=name
        )(x)
        x = self.normalised(x, f"{name}_BatchNorm")
        return layers.Activation("relu", name=f"{name}_Activation")(x)

    def normalised(self, x: Any, name: str) -> Any:
        """A batch normalisation without a scale."""
        return self._layers.BatchNormalization(
            momentum=MOMENTUM, epsilon=EPSILON, scale=False, name=name
        )(x)

    def reduced(self, x: Any) -> Any:
        """The greatest of 3 x 3, every second one."""
        return self._layers.MaxPooling2D(3, strides=2, padding="valid")(x)

    def joined(self, branches: Sequence[Any]) -> Any:
        """Branches, one behind the other."""
        return self._layers.Concatenate()(list(branches))

    def block(
        self, x: Any, name: str, scale: float, branches: Sequence[Any], last: bool = False
    ) -> Any:
        """What branches find is brought to the width of `x`, scaled, and added to it."""
        layers = self._layers
        up = layers.Conv2D(x.shape[-1], 1, name=f"{name}_Conv2d_1x1")(self.joined(branches))
        x = layers.Add()([x, layers.Rescaling(scale)(up)])
        return x if last else layers.Activation("relu", name=f"{name}_Activation")(x)

    def dense(self, x: Any, length: int, name: str) -> Any:
        """The mean over the photo, and a matrix."""
        x = self._layers.GlobalAveragePooling2D()(x)
        return self._layers.Dense(length, use_bias=False, name=name)(x)


def load(keras: Any, weights: Path) -> Any:
    """Builds the network and loads its weights.

    Args:
        keras: the module.
        weights: an HDF5 file, of which `is_ours_to_build` is true.

    Raises:
        ModelError: the weights are of another network, or the file is damaged.
    """
    try:
        with h5py.File(weights, "r") as file:
            stored = _stored(file.get("model_weights", file))
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(f"{weights} cannot be read as weights of Keras 2: {error}.") from error
    bottleneck = stored.get(BOTTLENECK, {}).get("kernel", np.empty((0, LENGTHS[0])))
    model = build(keras, int(bottleneck.shape[-1]))
    for layer in model.layers:
        expected = {weight.name: tuple(weight.shape) for weight in layer.weights}
        own = stored.get(layer.name, {})
        if expected and {name: values.shape for name, values in own.items()} != expected:
            raise ModelError(
                f"{weights} holds other weights than those of Inception-ResNet v1: those of the "
                f"layer {layer.name} are {'of another shape' if own else 'not there'}."
            )
        layer.set_weights([own[name] for name in expected])
    return model


def is_ours_to_build(path: Path) -> bool:
    """Tells whether a file needs the network built: weights alone, or this network with its code.

    A whole model of the conversion holds Python code too, which Keras refuses to run.
    """
    try:
        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                return bool(_names(file, "layer_names"))
            return SCALED in _names(file.get("model_weights", file), "layer_names")
    except (OSError, KeyError, TypeError, ValueError):
        return False


def build(keras: Any, length: int = LENGTHS[0]) -> Any:
    """Returns the network without its weights: (n, 160, 160, 3) in, (n, length) out."""
    to = _Builder(keras)
    inputs = keras.layers.Input((SIDE, SIDE, 3))
    x = _stem(to, inputs)
    for index in range(1, 6):
        x = _block35(to, x, f"Block35_{index}")
    x = _mixed_6a(to, x)
    for index in range(1, 11):
        x = _block17(to, x, f"Block17_{index}")
    x = _mixed_7a(to, x)
    for index in range(1, 6):
        x = _block8(to, x, f"Block8_{index}", scale=0.2)
    x = _block8(to, x, "Block8_6", scale=1.0, last=True)
    x = to.normalised(to.dense(x, length, BOTTLENECK), f"{BOTTLENECK}_BatchNorm")
    return keras.Model(inputs, x)


def _stem(to: _Builder, x: Any) -> Any:
    x = to.conv(x, "Conv2d_1a_3x3", 32, 3, strides=2, padding="valid")
    x = to.conv(x, "Conv2d_2a_3x3", 32, 3, padding="valid")
    x = to.conv(x, "Conv2d_2b_3x3", 64, 3)
    x = to.reduced(x)
    x = to.conv(x, "Conv2d_3b_1x1", 80, 1, padding="valid")
    x = to.conv(x, "Conv2d_4a_3x3", 192, 3, padding="valid")
    return to.conv(x, "Conv2d_4b_3x3", 256, 3, strides=2, padding="valid")


def _branch(to: _Builder, x: Any, name: str, *steps: tuple[str, int, Size]) -> Any:
    """Convolutions one behind the other: what each is called, filters, size."""
    for step, filters, size in steps:
        x = to.conv(x, f"{name}_{step}", filters, size)
    return x


def _block35(to: _Builder, x: Any, name: str) -> Any:
    first = ("Conv2d_0a_1x1", 32, 1)
    second = ("Conv2d_0b_3x3", 32, 3)
    branches = [
        _branch(to, x, f"{name}_Branch_0", ("Conv2d_1x1", 32, 1)),
        _branch(to, x, f"{name}_Branch_1", first, second),
        _branch(to, x, f"{name}_Branch_2", first, second, ("Conv2d_0c_3x3", 32, 3)),
    ]
    return to.block(x, name, 0.17, branches)


def _block17(to: _Builder, x: Any, name: str) -> Any:
    steps = (
        ("Conv2d_0a_1x1", 128, 1),
        ("Conv2d_0b_1x7", 128, (1, 7)),
        ("Conv2d_0c_7x1", 128, (7, 1)),
    )
    branches = [
        _branch(to, x, f"{name}_Branch_0", ("Conv2d_1x1", 128, 1)),
        _branch(to, x, f"{name}_Branch_1", *steps),
    ]
    return to.block(x, name, 0.1, branches)


def _block8(to: _Builder, x: Any, name: str, scale: float, last: bool = False) -> Any:
    steps = (
        ("Conv2d_0a_1x1", 192, 1),
        ("Conv2d_0b_1x3", 192, (1, 3)),
        ("Conv2d_0c_3x1", 192, (3, 1)),
    )
    branches = [
        _branch(to, x, f"{name}_Branch_0", ("Conv2d_1x1", 192, 1)),
        _branch(to, x, f"{name}_Branch_1", *steps),
    ]
    return to.block(x, name, scale, branches, last)


def _halved(to: _Builder, x: Any, name: str, filters: int) -> Any:
    return to.conv(x, f"{name}_Conv2d_1a_3x3", filters, 3, strides=2, padding="valid")


def _mixed_6a(to: _Builder, x: Any) -> Any:
    first = _branch(
        to, x, "Mixed_6a_Branch_1", ("Conv2d_0a_1x1", 192, 1), ("Conv2d_0b_3x3", 192, 3)
    )
    return to.joined(
        [
            _halved(to, x, "Mixed_6a_Branch_0", 384),
            _halved(to, first, "Mixed_6a_Branch_1", 256),
            to.reduced(x),
        ]
    )


def _mixed_7a(to: _Builder, x: Any) -> Any:
    narrow = ("Conv2d_0a_1x1", 256, 1)
    branches = [
        _branch(to, x, "Mixed_7a_Branch_0", narrow),
        _branch(to, x, "Mixed_7a_Branch_1", narrow),
        _branch(to, x, "Mixed_7a_Branch_2", narrow, ("Conv2d_0b_3x3", 256, 3)),
    ]
    halved = [
        _halved(to, branch, f"Mixed_7a_Branch_{index}", filters)
        for index, (branch, filters) in enumerate(zip(branches, (384, 256, 256), strict=True))
    ]
    return to.joined([*halved, to.reduced(x)])


def _stored(group: h5py.Group) -> dict[str, dict[str, np.ndarray]]:
    """Returns the arrays of each layer, by the last part of their names: ``kernel``, ``beta``."""
    return {
        layer: {
            name.rpartition("/")[2].partition(":")[0]: np.array(group[layer][name], np.float32)
            for name in _names(group[layer], "weight_names")
        }
        for layer in _names(group, "layer_names")
    }


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """Returns a list of names that Keras has written, in numbered parts where it is long."""
    parts = [attribute] if attribute in group.attrs else []
    while not parts or parts[-1] != attribute:
        part = f"{attribute}{len(parts)}"
        if part not in group.attrs:
            break
        parts.append(part)
    names = [name for part in parts for name in group.attrs[part]]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
