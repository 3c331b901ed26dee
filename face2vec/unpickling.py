"""Pickles of numpy arrays and plain containers; such as would run anything else are refused.

A pickle names the functions that rebuild its objects, any function that can be imported. Here they
are these few: numpy's own for an array's type and state, and for the others stand-ins that take
only what numpy writes. In particular `numpy.ndarray` cannot be called, which would lay an array of
Python objects over any bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np


def unpickled(file: IO[bytes]) -> Any:
    """Reads one pickle from where a file is at.

    Raises:
        UnpicklingError: it asks for anything that is not a plain container or a numpy array.
        Exception: almost any, where the file is damaged.
    """
    return _RestrictedUnpickler(file).load()


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        # Between numpy 1 and 2 the modules got an underscore.
        known = _ALLOWED.get((module.replace("numpy.core", "numpy._core"), name))
        if known is None:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return known


class _ArrayClass:
    """Stands for `numpy.ndarray`, which pickles name and never call."""


def _empty(kind: type, shape: tuple[int, ...], code: bytes) -> np.ndarray:
    """Stands for `_reconstruct`: the array that the state is then set on; checked by numpy."""
    if kind is not _ArrayClass:
        raise pickle.UnpicklingError("an array that is none of numpy's")
    return np.empty(0, dtype=np.int8)


def _from_bytes(data: bytes, dtype: np.dtype, shape: tuple[int, ...], order: str) -> np.ndarray:
    """Stands for `_frombuffer`, by which protocol 5 rebuilds arrays."""
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if order == "F" else "C")


def _scalar(dtype: np.dtype, data: bytes) -> Any:
    """Stands for `scalar`, a number of numpy's."""
    return np.frombuffer(data, dtype=dtype, count=1)[0]


def _encoded(text: str, encoding: str) -> bytes:
    """Stands for `_codecs.encode`, by which old protocols write bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it asks for the encoding {encoding}")
    return text.encode("latin1")


_ALLOWED: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): _ArrayClass,
    ("numpy._core.multiarray", "_reconstruct"): _empty,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy._core.numeric", "_frombuffer"): _from_bytes,
    ("_codecs", "encode"): _encoded,
}
