"""Reads the layers of dlib's networks, as `dlib/dnn/core.h` and `layers.h` write them.

A file holds the versions of all layers, the last layer's first; then the input; then, from the
input on, what each layer holds. Tags and skips leave a version and nothing else: where a layer
takes its input from must be known by who asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from face2vec.dlib_models.serialized import Buffer, Stream, UnknownFormat

TAG, LAYER, FIRST_LAYER = 1, 2, 3  # versions: of tags and skips, of layers, of the one on the input
Details = dict[str, float]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a network.

    Attributes:
        kind: ``con``, ``affine``, ``relu``, ``add_prev``, ``max_pool``, ``avg_pool`` or ``fc``.
        numbers: its integers, by name.
        weights: of a convolution (filters, channels, rows, columns), of an affine layer the
            factors (channels,), of a fully connected one (inputs, outputs).
        biases: (filters,), (channels,), or empty.
    """

    kind: str
    numbers: dict[str, int]
    weights: np.ndarray
    biases: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """A network as its file has it.

    Attributes:
        loss: what the loss holds, by name.
        input: what the input holds, by name.
        layers: from the input on.
    """

    loss: Details
    input: Details
    layers: list[Layer]


def read_network(data: Buffer) -> Network:
    """Reads the file of a network.

    Args:
        data: the whole file.

    Raises:
        UnknownFormat: it is not a network of the layers known here, or damaged.
    """
    stream = Stream(data)
    stream.expect_version(1)
    loss = _read_loss(stream)
    versions = []
    while bytes(stream.data[stream.at + 2 : stream.at + 7]) != b"input":
        versions.append(stream.expect_version(TAG, LAYER, FIRST_LAYER))
    if FIRST_LAYER not in versions or versions.index(FIRST_LAYER) != len(versions) - 1:
        raise UnknownFormat("a network without a first layer")
    source = _read_input(stream)
    layers = [_read_layer(stream, on_input=True)]
    while not stream.ended:
        layers.append(_read_layer(stream, on_input=False))
    if len(layers) != versions.count(LAYER) + 1:
        raise UnknownFormat("another number of layers than was announced")
    return Network(loss, source, layers)


def _read_loss(stream: Stream) -> Details:
    name = stream.text()
    if name == "loss_metric_2":
        return _reals(stream, "margin", "distance")
    if name != "loss_mmod_":
        raise UnknownFormat(f"the loss {name!r} is not known")
    stream.expect_version(1)
    size = {"width": stream.integer(), "height": stream.integer()}
    return size | _reals(
        stream,
        "false_alarm",
        "missed",
        "truth_iou",
        "iou",
        "covered",
        "ignore_iou",
        "ignore_covered",
    )


def _read_input(stream: Stream) -> Details:
    name = stream.text()
    if name not in ("input_rgb_image_sized", "input_rgb_image_pyramid"):
        raise UnknownFormat(f"the input {name!r} is not known")
    means = _reals(stream, "red", "green", "blue")
    if name == "input_rgb_image_sized":
        return means | {"height": stream.integer(), "width": stream.integer()}
    return means | {"padding": 10, "border": 11}  # of the pyramid, unless the file says otherwise


def _read_layer(stream: Stream, on_input: bool) -> Layer:
    """Reads what a layer holds, and passes over what only training needs."""
    name = stream.text()
    if name not in _READERS:
        raise UnknownFormat(f"the layer {name!r} is not known")
    layer = _READERS[name](stream)
    for _ in range(3):
        stream.flag()
    for _ in range(3):
        stream.tensor()
    if on_input:
        stream.expect_version(1)  # samples that each of the input becomes
    return layer


def _read_convolution(stream: Stream) -> Layer:
    parameters = stream.tensor().ravel()
    filters = stream.integer()
    names = ("rows", "columns", "stride_y", "stride_x", "padding_y", "padding_x")
    numbers = {name: stream.integer() for name in names}
    weights, biases = _shape(stream), _shape(stream)
    _reals(stream, *_RATES)
    if (weights[0], *weights[2:]) != (filters, numbers["rows"], numbers["columns"]):
        raise UnknownFormat("a convolution whose weights have another shape than it says")
    return Layer("con", numbers, *_split(parameters, weights, biases))


def _read_affine(stream: Stream) -> Layer:
    parameters = stream.tensor().ravel()
    weights, biases = _shape(stream), _shape(stream)
    stream.expect_version(0)  # for each channel, not for each number
    factors, shifts = _split(parameters, weights, biases)
    if factors.size != shifts.size:
        raise UnknownFormat("an affine layer of different numbers of factors and shifts")
    return Layer("affine", {}, factors.ravel(), shifts)


def _read_normalisation(stream: Stream) -> Layer:
    """Reads a batch normalisation as the affine layer that it is once it has been trained."""
    parameters = stream.tensor().ravel()
    weights, biases = _shape(stream), _shape(stream)
    factors, shifts = (part.ravel() for part in _split(parameters, weights, biases))
    _, _, means, variances = (stream.tensor().ravel() for _ in range(4))
    stream.integer(), stream.integer()
    epsilon = _reals(stream, *_RATES, "epsilon")["epsilon"]
    lengths = {len(each) for each in (means, variances, factors, shifts)}
    if len(lengths) != 1 or (variances + epsilon <= 0).any():
        raise UnknownFormat("a batch normalisation of numbers that do not fit")
    factors = factors / np.sqrt(variances.astype(np.float64) + epsilon)
    return Layer("affine", {}, factors, shifts - factors * means)


def _read_pool(stream: Stream, kind: str) -> Layer:
    names = ("rows", "columns", "stride_y", "stride_x", "padding_y", "padding_x")
    return Layer(kind, {name: stream.integer() for name in names}, _NOTHING, _NOTHING)


def _read_connected(stream: Stream) -> Layer:
    outputs, inputs = stream.integer(), stream.integer()
    parameters = stream.tensor().ravel()
    weights, biases = _shape(stream), _shape(stream)
    bias_mode = stream.integer()
    _reals(stream, *_RATES)
    if bias_mode != 1 or weights != (inputs, outputs, 1, 1) or math.prod(biases) != 0:
        raise UnknownFormat("a fully connected layer of a kind that is not known")
    rows, nothing = _split(parameters, weights, biases)
    return Layer("fc", {}, rows.reshape(inputs, outputs), nothing)


def _shape(stream: Stream) -> tuple[int, ...]:
    """Reads which shape a part of the parameters has (dlib's `alias_tensor`)."""
    stream.expect_version(1)
    shape = tuple(stream.integer() for _ in range(4))  # samples, channels, rows, columns
    if min(shape) < 0:
        raise UnknownFormat("a shape with a negative length")
    return shape


def _split(
    parameters: np.ndarray, weights: Sequence[int], biases: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the weights in their shape and the biases in a row."""
    size = math.prod(weights)
    if size + math.prod(biases) != len(parameters):
        raise UnknownFormat("another number of weights and biases than was announced")
    return parameters[:size].reshape(weights), parameters[size:]


def _reals(stream: Stream, *names: str) -> Details:
    return {name: stream.real() for name in names}


_NOTHING = np.empty(0, dtype=np.float32)
_RATES = ("learning_rate", "weight_decay", "bias_learning_rate", "bias_weight_decay")
_READERS: dict[str, Callable[[Stream], Layer]] = {
    "con_4": _read_convolution,
    "affine_": _read_affine,
    "bn_con2": _read_normalisation,
    "fc_2": _read_connected,
    "relu_": lambda stream: Layer("relu", {}, _NOTHING, _NOTHING),
    "add_prev_": lambda stream: Layer("add_prev", {}, _NOTHING, _NOTHING),
    "max_pool_2": partial(_read_pool, kind="max_pool"),
    "avg_pool_2": partial(_read_pool, kind="avg_pool"),
}
