"""How a face network wants its pixels: said in JSON beside the file, or by options."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.errors import OptionError

SIZES = (112, 160)
ORDERS = ("rgb", "bgr")


def _is_finite(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


@dataclass(frozen=True)
class NetworkInput:
    """What a network is given: (pixel - mean) * scale; None for what is not said.

    Attributes:
        order: of the colours, ``rgb`` or ``bgr``.
        mean: is taken away, one number, or one a colour in `order`.
        scale: what is left is multiplied by it.
        size: pixels of the chip's side, 112 or 160, where the file does not say.

    Raises:
        OptionError: a value that none of these can have.
    """

    order: str | None = None
    mean: float | tuple[float, ...] | None = None
    scale: float | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.order not in (None, *ORDERS):
            raise OptionError(f"there is no order of colours {self.order!r}: choose rgb or bgr.")
        if self.size not in (None, *SIZES):
            raise OptionError(f"a face network takes 112 or 160 pixels, not {self.size!r}.")
        means = self.mean if isinstance(self.mean, tuple) else (self.mean,)
        if len(means) not in (1, 3) or not all(one is None or _is_finite(one) for one in means):
            raise OptionError(f"expected a number or three as the mean, got {self.mean!r}.")
        if self.scale is not None and not (_is_finite(self.scale) and self.scale > 0):
            raise OptionError(f"expected a number above 0 as the scale, got {self.scale!r}.")

    def over(self, other: NetworkInput) -> NetworkInput:
        """Returns what is said here, and what is not, as `other` says."""
        names = [field.name for field in fields(self)]
        own = {name: getattr(self, name) for name in names}
        return NetworkInput(
            **{name: getattr(other, name) if own[name] is None else own[name] for name in names}
        )

    @classmethod
    def beside(cls, weights: Path) -> NetworkInput:
        """Reads the JSON file that lies beside a network's, ``net.json`` for ``net.onnx``.

        Raises:
            OptionError: it holds anything else.
        """
        path = weights.with_suffix(".json")
        if not path.is_file():
            return cls()
        try:
            said: Any = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OptionError(f"{path} cannot be read as JSON: {error}.") from error
        known = [field.name for field in fields(cls)]
        if not isinstance(said, Mapping) or not set(said) <= set(known):
            raise OptionError(
                f"{path} should hold some of {', '.join(known)}, as in "
                '{"order": "rgb", "mean": 127.5, "scale": 0.0078125}.'
            )
        mean = said.get("mean")
        return cls(**{**said, "mean": tuple(mean) if isinstance(mean, list) else mean})


# As most networks that were trained with ArcFace's code want it.
USUAL = NetworkInput("rgb", 127.5, 1 / 127.5)


def prepared(chips: np.ndarray, how: NetworkInput) -> np.ndarray:
    """Returns what a network is given.

    Args:
        chips: (n, h, w, 3) uint8, blue first.
        how: without None for order, mean and scale.

    Returns:
        (n, h, w, 3) float32.
    """
    ordered = chips[..., ::-1] if how.order == "rgb" else chips
    shifted = ordered.astype(np.float32) - np.asarray(how.mean, dtype=np.float32)
    with np.errstate(over="ignore"):  # told by who looks at the vectors
        return np.asarray(shifted * np.float32(how.scale or 1))
