"""From distances to a threshold with a known error rate: pure functions.

A threshold is chosen for a wanted false-match rate (FMR): the share of impostor comparisons, those
of different people, whose distance is at most the threshold. What it costs is the false-non-match
rate (FNMR): the share of genuine comparisons above it. Terms after ISO/IEC 19795-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from face2vec import defaults
from face2vec.decisions import DistanceThreshold, Threshold, ThresholdType

CONFIDENCE = 0.95
DOCUMENTED = {"resnet": DistanceThreshold(0.6)}  # King, 2017
# Until a calibration, where no stock ships, by the rule of comparison. With `landmarks`, at most
# 1 % of the pairs of two people are as near, on two folders (tests/test_real_photos.py).
STAND_IN = {
    "euclidean": DOCUMENTED | {"landmarks": DistanceThreshold(6.0)},
    "ratio": {"landmarks": DistanceThreshold(10.6)},
}
NO_LIMIT = DistanceThreshold(np.inf)


@dataclass(frozen=True)
class Rates:
    """The wanted rates of the two questions.

    Attributes:
        identify: the share of strangers who may get a name in a gallery (FPIR).
        verify: the share of pairs of different people who may count as one (FMR).
    """

    identify: float = defaults.FMR
    verify: float = defaults.VERIFY_FMR

    @classmethod
    def of(cls, fmr: float | None) -> Rates:
        """Returns one rate for both questions; None for the defaults."""
        return cls() if fmr is None else cls(fmr, fmr)


@dataclass(frozen=True)
class Calibration:
    """A threshold, and how far the data bear it out.

    Attributes:
        threshold: the distance up to which two faces count as one person's, or the probability
            from which a face gets its name.
        wanted_fmr: the false-match rate that was asked for.
        fmr: the share of the impostor distances that are at most `threshold`.
        fmr_interval: its exact 95 % confidence interval (Clopper and Pearson, 1934).
        fnmr: the share of the genuine distances above `threshold`; None where there were none.
        fnmr_interval: its interval, or None.
        impostors, genuine: how many distances there were.
        people: how many people they are of.
        supported: whether there are enough impostor distances to observe the wanted rate: by the
            rule of three, 3 / rate. Where not, the threshold is a tolerance limit of a normal
            distribution, below all impostor distances that were seen, and not looser than where
            both errors are equally rare.
        estimate: the false-match rate that is to be expected, where a stock calibration had a say.
        stock: what that is, in words; empty where it had none.
    """

    threshold: Threshold
    wanted_fmr: float
    fmr: float
    fmr_interval: tuple[float, float]
    fnmr: float | None
    fnmr_interval: tuple[float, float] | None
    impostors: int
    genuine: int
    people: int
    supported: bool
    estimate: float | None = None
    stock: str = ""

    @property
    def fmr_bound(self) -> float:
        """A careful estimate of the false-match rate: the wanted one where the data show it, and
        the upper end of the interval where they do not."""
        if self.estimate is not None:
            return self.estimate
        return self.fmr if self.supported else self.fmr_interval[1]

    @property
    def needed(self) -> int:
        """How many impostor distances the wanted rate needs."""
        return needed_for(self.wanted_fmr)

    @property
    def sentence(self) -> str:
        """What a person should know before trusting the threshold."""
        low, high = self.fmr_interval
        seen = (
            f"threshold {self.threshold:.3f}: false-match rate {self.fmr:.2%} in {self.impostors} "
            f"comparisons of {self.people} people (95 % interval {low:.2%} to {high:.2%})"
        )
        if self.fnmr is not None:
            seen += f", false-non-match rate {self.fnmr:.2%} in {self.genuine}"
        if self.estimate is not None:
            return f"{seen}; with {self.stock}, the rate to expect is {self.estimate:.2%}."
        if self.supported:
            return f"{seen}."
        return (
            f"{seen}. The data cannot show a rate of {self.wanted_fmr:.2%}: that takes "
            f"{self.needed} comparisons; the threshold is extrapolated from {self.impostors}."
        )

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as JSON has them."""
        return asdict(self)

    @classmethod
    def from_dict(
        cls,
        figures: Mapping[str, Any],
        kind: type[ThresholdType] = DistanceThreshold,  # type: ignore[assignment]
    ) -> Calibration:
        """Makes a calibration of what `as_dict` gave, read from JSON.

        Args:
            figures: as they were written.
            kind: what the threshold is compared with.
        """
        intervals = {
            name: figures[name] and tuple(figures[name])
            for name in ("fmr_interval", "fnmr_interval")
        }
        return cls(**{**figures, **intervals, "threshold": kind(figures["threshold"])})


def needed_for(rate: float) -> int:
    """Returns how many trials without an event show, at 95 %, that its rate is below `rate`."""
    return int(np.ceil(3 / rate))


def calibrate(
    genuine: np.ndarray,
    impostors: np.ndarray,
    fmr: float,
    people: int,
    highest: float = np.inf,
    people_of: np.ndarray | None = None,
) -> Calibration:
    """Chooses the threshold for a wanted false-match rate.

    Args:
        genuine: distances between faces of one person, (g,); may be empty.
        impostors: distances between faces of different people, (i,), at least two.
        fmr: the wanted rate, between 0 and 1.
        people: how many people the distances are of.
        highest: the threshold is never above it.
        people_of: (i,), the person each impostor distance is of, where the rate is to hold for
            people who are still to come: each then counts alike, and one more counts, who is
            matched as often as the one who is matched most.

    Raises:
        ValueError: fewer than two impostor distances, or a rate that is none.
    """
    if not 0 < fmr < 1:
        raise ValueError(f"expected a rate between 0 and 1, got {fmr}")
    if len(impostors) < 2:
        raise ValueError(f"expected at least two impostor distances, got {len(impostors)}")
    order = np.argsort(impostors, kind="stable")
    genuine, impostors = np.sort(genuine), np.asarray(impostors)[order]
    if len(impostors) < needed_for(fmr):
        chosen = _extrapolated(genuine, impostors, fmr)
    else:
        by_people = None if people_of is None else people_of[order]
        chosen = _observed(impostors, fmr, by_people)
    return measured(genuine, impostors, min(chosen, highest), fmr, people)


def interval(events: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Returns the exact confidence interval of a rate (Clopper and Pearson, 1934).

    It takes the trials for independent. Comparisons that share a face are not quite, so that the
    true interval is somewhat wider.
    """
    from scipy.special import betaincinv  # slow to import, and not every enrolment calibrates

    tail = (1 - confidence) / 2
    low = betaincinv(events, trials - events + 1, tail) if events else 0.0
    high = betaincinv(events + 1, trials - events, 1 - tail) if events < trials else 1.0
    return float(low), float(high)


def measured(
    genuine: np.ndarray, impostors: np.ndarray, threshold: float, fmr: float, people: int
) -> Calibration:
    """Returns the rates at a threshold.

    Args:
        genuine, impostors: distances, sorted; at least one impostor.
        threshold: wherever it is from.
        fmr: the rate that was asked for.
        people: how many people the distances are of.
    """
    matched = int(np.searchsorted(impostors, threshold, side="right"))
    missed = len(genuine) - int(np.searchsorted(genuine, threshold, side="right"))
    return Calibration(
        threshold=DistanceThreshold(threshold),
        wanted_fmr=fmr,
        fmr=matched / len(impostors),
        fmr_interval=interval(matched, len(impostors)),
        fnmr=missed / len(genuine) if len(genuine) else None,
        fnmr_interval=interval(missed, len(genuine)) if len(genuine) else None,
        impostors=len(impostors),
        genuine=len(genuine),
        people=people,
        supported=len(impostors) >= needed_for(fmr),
    )


def _observed(impostors: np.ndarray, fmr: float, people_of: np.ndarray | None) -> float:
    """Halfway between the last distance that may match and the next."""
    allowed = int(fmr * len(impostors)) if people_of is None else _allowed(people_of, fmr)
    if not allowed:
        return float(np.nextafter(impostors[0], -np.inf))
    return float((impostors[allowed - 1] + impostors[allowed]) / 2)


def _allowed(people_of: np.ndarray, fmr: float) -> int:
    """Returns how many of the impostors may match, if one more person is to come; fewer than all.

    Args:
        people_of: (i,) person of each, nearest first.
        fmr: the wanted rate, a mean over people.
    """
    people_of = np.unique(people_of, return_inverse=True)[1]
    matched = np.cumsum(np.eye(people_of.max() + 1)[people_of], axis=0) / np.bincount(people_of)
    rates = (matched.sum(axis=1) + matched.max(axis=1)) / (matched.shape[1] + 1)
    return int(np.searchsorted(rates, fmr, side="right"))


def _extrapolated(genuine: np.ndarray, impostors: np.ndarray, fmr: float) -> float:
    """The lower tolerance limit of a normal distribution, but below all distances seen.

    With `CONFIDENCE`, not more than the rate lies below the limit (Natrella, "Experimental
    statistics", NBS Handbook 91, 1963): the fewer the distances, the more careful it is.
    """
    count = len(impostors)
    rate, sure = NormalDist().inv_cdf(1 - fmr), NormalDist().inv_cdf(CONFIDENCE)
    a, b = 1 - sure**2 / (2 * (count - 1)), rate**2 - sure**2 / count
    if a <= 0:
        return -np.inf  # two distances, or three, tell nothing
    deviations = float(rate + np.sqrt(max(rate**2 - a * b, 0.0))) / a
    middle = float(np.median(impostors))
    below = impostors[impostors <= middle]  # what lies above has no say in how the tail below falls
    spread = float(np.sqrt(((below - middle) ** 2).mean()))
    limits = [middle - deviations * spread, float(np.nextafter(impostors[0], -np.inf))]
    if len(genuine) > 1 and genuine.mean() < middle:
        own, own_spread = float(genuine.mean()), float(genuine.std(ddof=1))
        # Where both errors are equally rare: a looser threshold would gain next to nothing.
        limits.append((own * spread + middle * own_spread) / max(spread + own_spread, 1e-9))
    return min(limits)
