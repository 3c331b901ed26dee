"""What an ONNX file says that it takes, read without running anything of it.

The numbers of the fields are those of `onnx.proto` (https://onnx.ai); protobuf writes a number
that holds field and kind before each.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # kinds of protobuf
_GRAPH, _INPUT, _INITIALIZER = 7, 11, 5
_VALUE_NAME, _VALUE_TYPE, _TENSOR_NAME = 1, 2, 8
_TENSOR, _SHAPE, _DIMENSION, _LENGTH = 1, 2, 1, 1


def input_shape(data: bytes) -> list[int]:
    """Returns the shape of the first input of a network that is no constant; 0 for a free length.

    Raises:
        ValueError: the bytes are no ONNX file, or one without such an input.
    """
    graph = _first(memoryview(data), _GRAPH)
    constants = {bytes(_first(tensor, _TENSOR_NAME)) for tensor in _all(graph, _INITIALIZER)}
    for value in _all(graph, _INPUT):
        if bytes(_first(value, _VALUE_NAME)) in constants:
            continue
        shape = _first(_first(_first(value, _VALUE_TYPE), _TENSOR), _SHAPE)
        return [_length(dimension) for dimension in _all(shape, _DIMENSION)]
    raise ValueError("no input")


def _length(dimension: memoryview) -> int:
    for field, value in _fields(dimension):
        if field == _LENGTH and isinstance(value, int):
            return value if value < 1 << 32 else 0
    return 0


def _first(message: memoryview, wanted: int) -> memoryview:
    for found in _all(message, wanted):
        return found
    raise ValueError(f"no field {wanted}")


def _all(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for field, value in _fields(message):
        if field == wanted and isinstance(value, memoryview):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields the fields of a message: numbers, or the bytes of what is longer."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise ValueError("not protobuf")
        if at + length > len(message):
            raise ValueError("shorter than it says")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Reads a number at a place, seven bits a byte; returns it and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("shorter than it says")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number without an end")
