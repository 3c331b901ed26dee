"""The stock calibration: how near the faces of many different people are, measured once.

A gallery of a few people cannot show how often a stranger would get a name in it. What ships with
an encoder can: for one photo of a person, and for several, the distances below which a share of the
comparisons of different people lie, from one in two to one in a million. The files hold such
aggregate numbers only; `benchmarks/stock.py` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from face2vec.assets import own_data
from face2vec.decisions import DistanceThreshold
from face2vec.errors import ModelError
from face2vec.gallery.comparison import PLAIN, Comparison

FORMAT = "face2vec stock calibration"
VERSION = 1
MIDDLE, LOW = 0.5, 0.1  # the rates by which one kind of photos is laid on another
_ANY = ("jitter",)  # parts of a recipe that hardly move the distances of different people
_STEPS = 60  # of a bisection: far below what a distance can tell


@dataclass(frozen=True)
class Stock:
    """The false-match rates of an encoder, by distance and by photos of the person compared with.

    Attributes:
        encoder: its name.
        people, photos: what it was measured on.
        of: the same, in words.
        rates: falling, from `MIDDLE` on.
        thresholds: for so many photos of a person, rising, the distance at each of `rates`.
        checks: for the wanted rates that are named in the documentation, threshold, `fmr_interval`,
            `fnmr` and `fnmr_interval`, as JSON has them.
    """

    encoder: str
    people: int
    photos: int
    of: str
    rates: np.ndarray
    thresholds: Mapping[int, np.ndarray]
    checks: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> Stock:
        """Makes it of what its file holds."""
        return cls(
            figures["encoder"]["name"],
            figures["people"],
            figures["photos"],
            figures["of"],
            np.array(figures["rates"], dtype=np.float64),
            {
                int(photos): np.array(row, dtype=np.float64)
                for photos, row in sorted(figures["thresholds"].items(), key=lambda i: int(i[0]))
            },
            tuple(figures["checks"]),
        )

    @property
    def name(self) -> str:
        """How it is called where it has had a say."""
        return f"the stock calibration of {self.people:,} people"

    def rate(self, distance: float, photos: int = 1) -> float:
        """Returns the share of comparisons of a face with another person that are as near.

        Beyond what was measured, its logarithm falls on as it fell in the last decade.

        Args:
            distance: from the face to the person.
            photos: how many the person has.
        """
        curve, logs = self._curve(photos), np.log(self.rates)
        if distance < curve[-1]:
            return float(np.exp(logs[-1] - (curve[-1] - distance) / self._fall(curve)))
        return float(np.exp(np.interp(distance, curve[::-1], logs[::-1])))

    def threshold(self, rate: float, photos: int = 1) -> DistanceThreshold:
        """Returns the distance at which `rate` is the given one; at most that of `MIDDLE`."""
        curve, logs = self._curve(photos), np.log(self.rates)
        if rate < self.rates[-1]:
            return DistanceThreshold(curve[-1] - self._fall(curve) * (logs[-1] - np.log(rate)))
        return DistanceThreshold(np.interp(-np.log(rate), -logs, curve))

    def named(self, threshold: float, enrolled: Mapping[int, int]) -> float:
        """Returns the share of strangers who get a name in a gallery (FPIR).

        The comparisons with different people are taken for independent; where a stranger who is
        like one of them is like others too, fewer are named (measured in docs/gallery.md).

        Args:
            threshold: of the gallery.
            enrolled: for each number of photos, how many people have so many.
        """
        nobody = [
            (1 - self.rate(threshold, photos)) ** people for photos, people in enrolled.items()
        ]
        return 1 - float(np.prod(nobody))

    def threshold_for(
        self, fpir: float, enrolled: Mapping[int, int], most: float = 1.0
    ) -> DistanceThreshold:
        """Returns the threshold at which a wanted share of strangers get a name in a gallery.

        Args:
            fpir: the share.
            enrolled: see `named`.
            most: what the rate of a comparison with one person may be at most, however few are
                enrolled.
        """
        enrolled = enrolled or {1: 1}
        highest = min(self.threshold(most, photos) for photos in enrolled)
        return DistanceThreshold(
            largest(lambda threshold: self.named(threshold, enrolled) <= fpir, 0.0, highest)
        )

    def laid_on(self, middle: float, low: float) -> Stock:
        """Returns it for another kind of photos: shifted and stretched.

        Args:
            middle: the distance at the rate `MIDDLE` there.
            low: that at the rate `LOW`.
        """
        own = self.threshold(MIDDLE), self.threshold(LOW)
        stretch = max(middle - low, 0.0) / (own[0] - own[1])
        moved = {p: middle + (curve - own[0]) * stretch for p, curve in self.thresholds.items()}
        return replace(self, thresholds=moved)

    def _curve(self, photos: int) -> np.ndarray:
        """The thresholds for the next number of photos that was measured; the most, beyond."""
        enough = [measured for measured in self.thresholds if measured >= photos]
        return self.thresholds[min(enough, default=max(self.thresholds))]

    def _fall(self, curve: np.ndarray) -> float:
        """How much distance falls as the logarithm of the rate falls by 1, in the last decade."""
        decade = int(np.argmin(np.abs(np.log(self.rates / (10 * self.rates[-1])))))
        return float((curve[decade] - curve[-1]) / np.log(self.rates[decade] / self.rates[-1]))


def largest(good: Callable[[float], bool], low: float, high: float) -> float:
    """Returns the largest number between two for which `good` holds, by bisection.

    Args:
        good: holds up to some number and not beyond; `low` is returned where it never does.
    """
    if good(high):
        return high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if good(middle) else (low, middle)
    return low


def stock_for(recipe: Mapping[str, Any], comparison: Comparison = PLAIN) -> Stock | None:
    """Returns the stock calibration of vectors of a recipe, or None where none ships.

    Args:
        recipe: `Reader.vector_recipe`.
        comparison: how two faces are compared.

    Raises:
        ModelError: the file is broken.
    """
    encoder = recipe["encoder"]
    figures = _figures(str(encoder["name"]), comparison.rule)
    if figures is None or any(
        encoder.get(part) != value for part, value in figures["encoder"].items() if part not in _ANY
    ):
        return None
    by = figures.get("ratio")  # of `resnet`: that of `landmarks` is a part of its recipe
    if by is not None and (comparison.ratio is None or by != comparison.ratio.fingerprint):
        return None
    return Stock.from_dict(figures)


def kinds(photos: Iterable[int]) -> dict[int, int]:
    """Counts how many people have one photo, two, and so on."""
    found, people = np.unique(list(photos), return_counts=True)
    return dict(zip(found.tolist(), people.tolist(), strict=True))


@lru_cache
def _figures(encoder: str, rule: str) -> dict[str, Any] | None:
    path = own_data(f"stock-{encoder}-{rule}.json")
    if not path.is_file():
        return None
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if (figures["format"], figures["version"]) != (FORMAT, VERSION):
            raise ValueError(f"version {figures['version']}")
        Stock.from_dict(figures)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is not a stock calibration that can be read ({error})."
        ) from error
    return figures
