"""Writes a network as an ONNX file, for OpenCV to run: protobuf by hand, nothing to install.

The messages and the numbers of their fields are those of `onnx.proto` (https://onnx.ai), of which
a model of convolutions needs few.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

IR, OPSET = 7, 13
FLOAT, INT64 = 1, 7  # TensorProto.DataType
_INT, _INTS = 2, 7  # AttributeProto.AttributeType
_VARINT, _LENGTH = 0, 2  # protobuf's wire types

Chunks = list[bytes | memoryview]  # of bytes, joined at the end: the weights are copied once


class Graph:
    """Takes the nodes of a network, in their order.

    Args:
        input_shape: of the value ``input``, float32.
    """

    def __init__(self, input_shape: Sequence[int]) -> None:
        self._input_shape = input_shape
        self._nodes: Chunks = []
        self._constants: Chunks = []
        self._names = itertools.count()

    def constant(self, values: np.ndarray) -> str:
        """Adds an array of float32 or int64 and returns its name."""
        name = f"constant{next(self._names)}"
        kind = {"float32": FLOAT, "int64": INT64}[values.dtype.name]
        ordered = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        raw = ordered.reshape(-1).view(np.uint8).data
        tensor: Chunks = [_number(1, length) for length in values.shape]
        tensor += [_number(2, kind), *_text(8, name), *_message(9, [raw])]
        self._constants += _message(5, tensor)
        return name

    def node(self, operator: str, *inputs: str, **attributes: int | Sequence[int]) -> str:
        """Adds a node and returns the name of its output.

        Args:
            operator: of ONNX, such as ``Conv``.
            inputs: names of values and constants.
            attributes: of the operator, integers or lists of them.
        """
        output = f"value{next(self._names)}"
        node = [chunk for name in inputs for chunk in _text(1, name)]
        node += [*_text(2, output), *_text(3, output), *_text(4, operator)]
        for attribute in attributes.items():
            node += _message(5, _attribute(*attribute))
        self._nodes += _message(1, node)
        return output

    def file(self, output: str, output_rank: int) -> bytes:
        """Returns the file.

        Args:
            output: the value that the network gives.
            output_rank: how many dimensions it has.
        """
        lengths: list[Chunks] = [[_number(1, length)] for length in self._input_shape]
        names = [_text(2, f"length{axis}") for axis in range(output_rank)]
        graph = [*self._nodes, *_text(2, "face2vec"), *self._constants]
        graph += _message(11, _value("input", lengths)) + _message(12, _value(output, names))
        opset = [*_text(1, ""), _number(2, OPSET)]
        model = [_number(1, IR), *_text(2, "face2vec"), *_message(7, graph), *_message(8, opset)]
        return b"".join(model)


def _attribute(name: str, value: int | Sequence[int]) -> Chunks:
    if isinstance(value, int):
        return [*_text(1, name), _number(3, value), _number(20, _INT)]
    return [*_text(1, name), *(_number(8, one) for one in value), _number(20, _INTS)]


def _value(name: str, dimensions: list[Chunks]) -> Chunks:
    shape = [chunk for dimension in dimensions for chunk in _message(1, dimension)]
    tensor = [_number(1, FLOAT), *_message(2, shape)]
    return [*_text(1, name), *_message(2, _message(1, tensor))]


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _text(field: int, text: str) -> Chunks:
    return _message(field, [text.encode()])


def _message(field: int, chunks: Chunks) -> Chunks:
    length = sum(len(chunk) for chunk in chunks)
    return [_varint(field << 3 | _LENGTH) + _varint(length), *chunks]


def _varint(value: int) -> bytes:
    """Writes seven bits a byte, the lowest first; bit 7 says that more follow."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
