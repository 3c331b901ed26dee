"""dlib's two networks as ONNX files: the same numbers, for OpenCV to compute.

Affine layers are folded into the convolutions before them, and so is the normalisation of the
input of the face recognition network, whose first convolution pads nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from face2vec.dlib_models.layers import Details, Layer, Network
from face2vec.dlib_models.onnx_file import Graph
from face2vec.dlib_models.serialized import UnknownFormat

LENGTH = 128  # of the vectors of the face recognition network
_BLOCK = "con affine relu con affine (avg_pool )?add_prev relu "
_RESNET = re.compile(f"con affine relu max_pool ({_BLOCK})+avg_pool fc ")
_DETECTOR = re.compile("(con affine relu )+con ")


@dataclass(frozen=True)
class _Value:
    """What a step gives: the name of its output, how many channels, and pixels of their side."""

    name: str
    channels: int
    side: int


@dataclass(frozen=True, eq=False)
class _Convolution:
    """A convolution with the affine layer behind it folded in."""

    weights: np.ndarray  # (filters, channels, rows, columns) float32
    biases: np.ndarray  # (filters,) float64
    stride: int
    padding: int
    relu: bool


_Step = _Convolution | Layer


def resnet_onnx(network: Network) -> bytes:
    """Returns the face recognition network as an ONNX file.

    Its input is (n, 3, side, side) float32, red first, from 0 to 255, its output (n, 128).

    Raises:
        UnknownFormat: it is a network of another kind.
    """
    side = int(network.input.get("width", 0))
    if side != network.input.get("height"):
        raise UnknownFormat("the network is not one for square images")
    first, *steps = _folded(network.layers, _RESNET)
    graph = Graph((1, 3, side, side))
    value = _convolve(graph, _Value("input", 3, side), _with_input(first, network.input))
    block = value  # where the block that is being added to began
    for step in steps:
        if isinstance(step, _Convolution):
            value = _convolve(graph, value, step)
        elif step.kind == "max_pool":
            value = block = _pool(graph, "MaxPool", value, step)
        elif step.kind == "add_prev":
            value = block = _add(graph, value, block)
        elif step.kind == "fc":
            return graph.file(_connect(graph, value, step), 2)
        elif step.numbers["rows"]:
            block = _pool(graph, "AveragePool", block, step)
    raise UnknownFormat("a network without a last layer")


def detector_onnx(network: Network) -> bytes:
    """Returns the face detection network as an ONNX file.

    Its input is (1, 3, rows, columns) float32, normalised by `network.input`, of any size; its
    output (1, 1, rows, columns), the score of a face at each place.

    Raises:
        UnknownFormat: it is a network of another kind.
    """
    if "padding" not in network.input or "iou" not in network.loss:
        raise UnknownFormat("the network is not one for pyramids")
    graph = Graph((1, 3, 256, 256))
    value = _Value("input", 3, 256)
    for step in _folded(network.layers, _DETECTOR):
        if isinstance(step, _Convolution):  # as all are
            value = _convolve(graph, value, step)
    if value.channels != 1:
        raise UnknownFormat("the network gives more than one score")
    return graph.file(value.name, 4)


def strides(network: Network) -> list[tuple[int, int, int]]:
    """Returns the window, stride and padding of each convolution: what maps output to input."""
    numbers = [layer.numbers for layer in network.layers if layer.kind == "con"]
    return [(each["rows"], each["stride_y"], each["padding_y"]) for each in numbers]


def _folded(layers: list[Layer], kinds: re.Pattern[str]) -> list[_Step]:
    """Returns the convolutions with what follows them folded in, and the other layers."""
    if not kinds.fullmatch("".join(f"{layer.kind} " for layer in layers)):
        raise UnknownFormat("the layers come in another order than those of the known networks")
    steps: list[_Step] = []
    for layer in layers:
        last = steps[-1] if steps else None
        if layer.kind == "con":
            steps.append(_convolution(layer))
        elif layer.kind == "affine":
            steps[-1] = _scaled(last, layer)
        elif layer.kind != "relu":
            steps.append(layer)
        elif isinstance(last, _Convolution):  # the others are relus anyway, see `_add`
            steps[-1] = replace(last, relu=True)
    return steps


def _convolution(layer: Layer) -> _Convolution:
    numbers = layer.numbers
    stride, padding = numbers["stride_y"], numbers["padding_y"]
    square = numbers["rows"] == numbers["columns"]
    if not square or stride != numbers["stride_x"] or padding != numbers["padding_x"]:
        raise UnknownFormat("a convolution that is not square")
    return _Convolution(layer.weights, layer.biases.astype(np.float64), stride, padding, False)


def _scaled(step: _Step | None, affine: Layer) -> _Step:
    factors = affine.weights
    if not isinstance(step, _Convolution) or len(factors) != len(step.biases):
        raise UnknownFormat("an affine layer of another size than the convolution before it")
    with np.errstate(all="ignore"):  # see `_finite`
        weights = step.weights * factors.astype(np.float32)[:, None, None, None]
        biases = step.biases * factors + affine.biases
    return replace(step, weights=weights, biases=biases)


def _with_input(step: _Step, source: Details) -> _Convolution:
    """Folds `(pixel - mean) / 256` into the first convolution."""
    means = np.array([source["red"], source["green"], source["blue"]])
    if not isinstance(step, _Convolution) or step.padding or step.weights.shape[1] != 3:
        raise UnknownFormat("the normalisation of the input cannot be folded in")
    weights = step.weights / 256  # exact, a power of two
    shift = weights.sum(axis=(2, 3), dtype=np.float64) @ means
    return replace(step, weights=weights, biases=step.biases - shift)


def _convolve(graph: Graph, value: _Value, step: _Convolution) -> _Value:
    filters, channels, window, _ = step.weights.shape
    if channels != value.channels:
        raise UnknownFormat("a convolution of another number of channels than there are")
    name = graph.node(
        "Conv",
        value.name,
        graph.constant(_finite(step.weights)),
        graph.constant(_finite(step.biases.astype(np.float32))),
        kernel_shape=[window, window],
        strides=[step.stride] * 2,
        pads=[step.padding] * 4,
    )
    if step.relu:
        name = graph.node("Relu", name)
    return _Value(name, filters, _side(value.side, window, step.stride, step.padding))


def _pool(graph: Graph, operator: str, value: _Value, layer: Layer) -> _Value:
    window, stride = layer.numbers["rows"], layer.numbers["stride_y"]
    square = layer.numbers["columns"] == window and layer.numbers["stride_x"] == stride
    if not square or layer.numbers["padding_y"] or layer.numbers["padding_x"]:
        raise UnknownFormat("a pooling that is not square, or pads")
    name = graph.node(operator, value.name, kernel_shape=[window] * 2, strides=[stride] * 2)
    return _Value(name, value.channels, _side(value.side, window, stride, 0))


def _add(graph: Graph, one: _Value, other: _Value) -> _Value:
    """Adds two values, zeros put behind channels, rows and columns where one has fewer; a relu."""
    channels, side = max(one.channels, other.channels), max(one.side, other.side)
    names = []
    for value in (one, other):
        missing = (channels - value.channels, side - value.side)
        name = value.name
        if any(missing):
            pads = np.array([0, 0, 0, 0, 0, missing[0], missing[1], missing[1]], dtype=np.int64)
            name = graph.node("Pad", name, graph.constant(pads))
        names.append(name)
    return _Value(graph.node("Relu", graph.node("Add", *names)), channels, side)


def _connect(graph: Graph, value: _Value, layer: Layer) -> str:
    """Takes the mean of each channel, and the fully connected layer of these."""
    if layer.weights.shape != (value.channels, LENGTH):
        raise UnknownFormat("a fully connected layer of another size than is known")
    means = graph.node("Flatten", graph.node("GlobalAveragePool", value.name), axis=1)
    weights = graph.constant(_finite(np.ascontiguousarray(layer.weights.T)))
    return graph.node("Gemm", means, weights, transB=1)


def _finite(numbers: np.ndarray) -> np.ndarray:
    if not np.isfinite(numbers.sum()):  # the sum shows it sooner than a look at each
        raise UnknownFormat("a network with numbers that are not finite")
    return numbers


def _side(side: int, window: int, stride: int, padding: int) -> int:
    given = 1 + (side + 2 * padding - window) // stride if stride > 0 else 0
    if given < 1:
        raise UnknownFormat("a network for larger images than it is given")
    return given
