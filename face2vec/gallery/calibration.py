"""Calibrates a gallery: thresholds for a wanted rate, by leaving people out in turn.

Where a stock calibration ships with the encoder, a gallery leans on it: a dozen people cannot show
how often a stranger would get a name. What they do show is how near faces lie in photos of their
kind, which the stock is laid on; and the more people there are, the more their own rates count. A
wrong name here and there must not decide: pairs of people who are nearer than different people ever
are have no say, and are told (`suspicions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from face2vec.gallery.comparison import Comparison
from face2vec.gallery.stock import LOW, MIDDLE, Stock, kinds, largest
from face2vec.gallery.store import key_of
from face2vec.gallery.suspicions import Pairs, Suspicion
from face2vec.records import Neighbour
from face2vec.thresholds import NO_LIMIT, Calibration, Rates, calibrate, measured

ITSELF = "the gallery itself"
ENOUGH_PEOPLE = 3
ENOUGH_FACES = 20
MOST_FACES = 2000  # from which a calibration is made; more would cost time and say little
# What the stock counts, in people: where faces lie altogether is seen from few, how far they are
# spread from some, the rate of the nearest from many (chosen with benchmarks/stock.py's halves).
PLACE, SPREAD, TAIL = 5, 20, 100
STRICTEST = 0.1  # of the wanted rate, by the stock: no people here make a gallery stricter


@dataclass(frozen=True)
class Calibrations:
    """Two thresholds, as two questions are asked.

    Attributes:
        identify: a face against everybody: how often would a stranger get somebody's name?
        verify: a photo against a photo: how often would two people count as one?
        source: what they were measured on.
        suspicions: pairs of names that had no say.
    """

    identify: Calibration
    verify: Calibration
    source: str
    suspicions: tuple[Suspicion, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as JSON has them."""
        return {
            "identify": self.identify.as_dict(),
            "verify": self.verify.as_dict(),
            "source": self.source,
            "suspicions": [asdict(one) for one in self.suspicions],
        }

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> Calibrations:
        """Makes calibrations of what `as_dict` gave."""
        return cls(
            Calibration.from_dict(figures["identify"]),
            Calibration.from_dict(figures["verify"]),
            figures["source"],
            tuple(Suspicion(**one) for one in figures.get("suspicions", ())),
        )


class Searcher(Protocol):
    """Anything that knows the nearest people: a store, or vectors in memory."""

    @property
    def comparison(self) -> Comparison:
        """What they are near by."""

    def nearest(self, queries: np.ndarray, count: int | None = None) -> list[list[Neighbour]]:
        """See `face2vec.gallery.store.Store`."""


def calibrated(
    vectors: Mapping[str, np.ndarray],
    searcher: Searcher,
    rates: Rates,
    highest: float = NO_LIMIT,
    source: str = "",
) -> Calibrations | None:
    """Calibrates by leaving people out in turn, without a stock.

    Each face is a stranger once, to a gallery without its person, and a known face once, to a
    gallery with the person's other photos.

    Args:
        vectors: (n, d) float32 of each person.
        searcher: knows all these people, and perhaps more.
        rates: the wanted ones.
        highest: the thresholds are never above it, nor below 0.
        source: a clause that says what the vectors are of.

    Returns:
        None where there are fewer than `ENOUGH_PEOPLE` people or `ENOUGH_FACES` faces.
    """
    if len(vectors) < ENOUGH_PEOPLE or sum(map(len, vectors.values())) < ENOUGH_FACES:
        return None
    pairs = Pairs(vectors, searcher.comparison)
    same = pairs.of_one_person
    suspicions = pairs.suspicions(_limit(pairs, None, len(vectors)))

    def chosen(genuine: np.ndarray, impostors: np.ndarray, rate: float) -> Calibration:
        made = calibrate(genuine, impostors, rate, len(vectors), highest)
        if made.threshold >= 0:
            return made
        return measured(np.sort(genuine), np.sort(impostors), 0.0, rate, len(vectors))

    return Calibrations(
        chosen(
            _to_own(vectors, searcher.comparison),
            _to_others(vectors, searcher, suspicions)[0],
            rates.identify,
        ),
        chosen(same, pairs.without(suspicions)[0], rates.verify),
        source,
        suspicions,
    )


def leaning_on_stock(
    vectors: Mapping[str, np.ndarray],
    searcher: Searcher,
    stock: Stock,
    rates: Rates,
    enrolled: Mapping[int, int] | None = None,
) -> Calibrations | None:
    """Calibrates a gallery on its own people, with the stock for what they cannot show.

    Args:
        vectors: (n, d) float32 of each person.
        searcher: knows all these people, and perhaps more.
        stock: of the encoder.
        rates: the wanted ones.
        enrolled: for each number of photos, how many people of the whole gallery have so many;
            None where that is these people.

    Returns:
        Thresholds that are never above the stock's; None for fewer than two people.
    """
    if len(vectors) < 2:
        return None
    pairs, count = Pairs(vectors, searcher.comparison), len(vectors)
    laid = _laid_on(stock, pairs.of_different_people, count)
    suspicions = pairs.suspicions(_limit(pairs, stock, count))
    enrolled = enrolled or kinds(map(len, vectors.values()))
    against_all = _Seen(
        _to_own(vectors, searcher.comparison), *_to_others(vectors, searcher, suspicions), count
    )
    in_pairs = _Seen(pairs.of_one_person, *pairs.without(suspicions), count)
    identify, verify = rates.identify, rates.verify
    to_identify = _between(
        against_all,
        identify,
        lambda threshold: laid.named(threshold, enrolled),
        laid.threshold_for(identify * STRICTEST, enrolled),
        stock.threshold_for(identify, enrolled, verify),
    )
    to_verify = _between(
        in_pairs, verify, laid.rate, laid.threshold(verify * STRICTEST), stock.threshold(verify)
    )
    # What is said is never better than the stock has it.
    by_stock = stock.named(to_identify.threshold, enrolled), stock.rate(to_verify.threshold)
    return Calibrations(
        _said(to_identify, by_stock[0], stock),
        _said(to_verify, by_stock[1], stock),
        ITSELF,
        suspicions,
    )


def _said(made: Calibration, by_stock: float, stock: Stock) -> Calibration:
    return replace(made, estimate=max(made.estimate or 0.0, by_stock), stock=stock.name)


def suspicion_limit(vectors: Mapping[str, np.ndarray], stock: Stock | None) -> float:
    """Returns the distance below which two names look like one person's.

    Args:
        vectors: (n, d) float32 of each person, of two people at least.
        stock: of the encoder; None where none ships.
    """
    return _limit(Pairs(vectors), stock, len(vectors))


def _limit(pairs: Pairs, stock: Stock | None, people: int) -> float:
    """Where different people are next to never as near; or, without a stock, where half of the
    pairs of one person's photos are."""
    if stock is not None:
        laid = _laid_on(stock, pairs.of_different_people, people)
        return float(laid.threshold(pairs.suspicious_rate))
    same = pairs.of_one_person
    return float(np.median(same)) if len(same) else -np.inf


class _Seen(NamedTuple):
    """Distances of one question, the weights of those of different people, and the people."""

    genuine: np.ndarray
    impostors: np.ndarray
    weights: np.ndarray
    people: int


def _between(
    seen: _Seen, wanted: float, by_stock: Callable[[float], float], lowest: float, highest: float
) -> Calibration:
    """Chooses the threshold at which the stock's rate and the people's own come to the wanted."""
    order = np.argsort(seen.impostors)
    impostors, shares = seen.impostors[order], np.cumsum(seen.weights[order]) / seen.weights.sum()
    own_share = seen.people / (seen.people + TAIL)

    def estimate(threshold: float) -> float:
        near = int(np.searchsorted(impostors, threshold, side="right"))
        own = float(shares[near - 1]) if near else 0.0
        return own_share * own + (1 - own_share) * by_stock(threshold)

    lowest = min(max(lowest, 0.0), highest)
    chosen = largest(lambda threshold: estimate(threshold) <= wanted, lowest, highest)
    made = measured(np.sort(seen.genuine), impostors, chosen, wanted, seen.people)
    return replace(made, estimate=estimate(chosen))


def _laid_on(stock: Stock, different: np.ndarray, people: int) -> Stock:
    """Lays the stock on photos of another kind, as far as so many people tell where they lie."""
    middle, low = np.quantile(different, [MIDDLE, LOW])
    usual, spread = stock.threshold(MIDDLE), stock.threshold(MIDDLE) - stock.threshold(LOW)
    place = usual + people / (people + PLACE) * (middle - usual)
    stretch = spread + people / (people + SPREAD) * ((middle - low) - spread)
    return stock.laid_on(place, place - stretch)


def _to_own(vectors: Mapping[str, np.ndarray], comparison: Comparison) -> np.ndarray:
    """Distance of each face to its person's others, where there are any."""
    several = [comparison.to_the_rest(own) for own in vectors.values() if len(own) > 1]
    return np.concatenate([np.empty(0), *several])


def _to_others(
    vectors: Mapping[str, np.ndarray], searcher: Searcher, suspicions: tuple[Suspicion, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Distance of each face to the nearest other person, and weights: each person counts alike.

    People of whom it is doubted that they are others do not count.
    """
    excluded = {key_of(name): {key_of(name)} for name in vectors}
    if len(vectors) == 2:
        suspicions = ()  # there is nobody else
    for pair in suspicions:
        excluded[key_of(pair.one)].add(key_of(pair.other))
        excluded[key_of(pair.other)].add(key_of(pair.one))
    apart, weights = [], []
    for name, own in vectors.items():
        out = excluded[key_of(name)]
        for neighbours in searcher.nearest(own, len(out) + 1):
            others = [n.distance for n in neighbours if key_of(n.name) not in out]
            if others:
                apart.append(others[0])
                weights.append(1 / len(own))
    return np.array(apart), np.array(weights)


def sample_people(
    counts: Mapping[str, int], fetch: Callable[[str], np.ndarray]
) -> dict[str, np.ndarray]:
    """Fetches the vectors of all people, or of so many, chosen evenly, as give `MOST_FACES`."""
    step = max(1, -(-sum(counts.values()) // MOST_FACES))
    return {name: fetch(name) for name in list(counts)[::step]}
