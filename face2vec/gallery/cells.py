"""What the cells of a gallery's file must hold, whoever wrote them: checked as they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from face2vec.gallery.calibration import Calibrations
from face2vec.thresholds import Rates

LONGEST_VECTOR = 100_000  # numbers


class WrongCell(ValueError):
    """A cell that holds what no gallery holds; the message is a clause that says which."""


def vectors_of(blobs: Sequence[Any], length: int) -> np.ndarray:
    """Returns vectors, (n, length) float32.

    Raises:
        WrongCell: one is of another length, or holds NaN.
    """
    if not all(isinstance(blob, bytes) and len(blob) == 4 * length for blob in blobs):
        raise WrongCell(f"a vector has not {length} numbers")
    vectors = np.frombuffer(b"".join(blobs), np.float32).reshape(len(blobs), length)
    if not np.isfinite(vectors).all():
        raise WrongCell("a vector holds NaN or infinity")
    return vectors


def texts(values: Iterable[Any]) -> None:
    """Raises WrongCell unless all are text."""
    if not all(isinstance(value, str) for value in values):
        raise WrongCell("a name, a digest or a path is no text")


def settings_of(rows: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Returns the settings of which the names and JSON values are given.

    Raises:
        WrongCell: one is no JSON, or of another form.
    """
    settings: dict[str, Any] = {}
    for name, value in rows:
        try:
            settings[name] = json.loads(value, parse_constant=_refuse)
            _check(name, settings[name])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise WrongCell(f"the setting {name} is not what it was") from error
    return settings


def _check(name: str, value: Any) -> None:
    if name == "length" and not (type(value) is int and 0 < value <= LONGEST_VECTOR):
        raise WrongCell("a length of vectors that there is not")
    if name == "recipe" and not isinstance(value["encoder"]["name"], str):
        raise WrongCell("a recipe of no encoder")
    if name == "calibration":
        value["recipe"]["encoder"]
        kept = Calibrations.from_dict({k: v for k, v in value.items() if k != "recipe"})
        for one in (kept.identify, kept.verify):
            _numbers(one.threshold, one.fmr)
    if name == "rates":
        rates = Rates(**value)
        _numbers(rates.identify, rates.verify)


def _numbers(*values: object) -> None:
    for value in values:
        if not isinstance(value, (int, float)) or not np.isfinite(value):
            raise WrongCell("a rate or a threshold is no number")


def _refuse(constant: str) -> float:
    raise WrongCell(f"it holds {constant}, which is no number")
