from __future__ import annotations

import numpy as np
import pytest

from face2vec.dlib_models.serialized import Stream, UnknownFormat


def packed(number):
    """Writes an integer as dlib does."""
    length = max(1, (abs(number).bit_length() + 7) // 8)
    return bytes([length | (0x80 if number < 0 else 0)]) + abs(number).to_bytes(length, "little")


@pytest.mark.parametrize("number", [0, 1, -1, 127, 128, 255, 256, -136, 10**6, -(2**40), 2**63 - 1])
def test_integers(number):
    stream = Stream(packed(number))
    assert stream.integer() == number
    assert stream.ended


@pytest.mark.parametrize(("mantissa", "exponent"), [(0, 40), (3, -1), (-11184811, -24), (1, 100)])
def test_reals(mantissa, exponent):
    assert Stream(packed(mantissa) + packed(exponent)).real() == mantissa * 2.0**exponent


def test_texts_and_flags():
    stream = Stream(packed(5) + b"relu_10")
    assert stream.text() == "relu_"
    assert stream.flag() is True and stream.flag() is False


def test_tensors():
    numbers = np.arange(12, dtype="<f4")
    head = packed(2) + packed(1) + packed(3) + packed(2) + packed(2)
    read = Stream(head + numbers.tobytes()).tensor()
    np.testing.assert_array_equal(read, numbers.reshape(1, 3, 2, 2))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "integer"),
        (b"\x03\x01", "integer"),
        (b"\x09" + bytes(9), "integer"),
        (b"\x00", "integer"),
        (packed(2**40) + b"abc", "count"),
        (packed(-1) + b"abc", "count"),
        (packed(1) + packed(32000), "real"),
        (b"2", "flag"),
        (packed(2**62) + b"abc", "text"),
        (packed(1), "tensor"),
        (packed(2) + 4 * packed(200) + bytes(1000), "tensor"),
    ],
)
def test_damage_is_told_and_nothing_large_is_allocated(data, what):
    with pytest.raises(UnknownFormat):
        getattr(Stream(data), what)()
