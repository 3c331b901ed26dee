"""Open-set figures: how many strangers get a name, at which share of known people named right.

Half of the people are strangers, and then the other half. Of the known ones some photos are
enrolled, the threshold is calibrated on those alone, and the others are the probes. The terms are
those of ISO/IEC 19795-1: FPIR, the share of probes of strangers that get somebody's name, and TPIR,
the share of probes of known people that get their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from face2vec import defaults
from face2vec.decisions import DistanceThreshold
from face2vec.errors import LabelError
from face2vec.gallery.calibration import calibrated, leaning_on_stock
from face2vec.gallery.comparison import EUCLIDEAN, PLAIN, Comparison, comparison_by
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.stock import Stock, stock_for
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import LabelledReadings, read_folder
from face2vec.reading.reader import Reader
from face2vec.thresholds import DOCUMENTED, NO_LIMIT, Rates, interval

ROUNDS = 3  # different halves
PARTS = 5  # of each person's photos; one of them are probes, in turn
PEOPLE_NEEDED = 6


@dataclass(frozen=True)
class OpenSetReport:
    """What became of the probes, over all rounds.

    Attributes:
        known: probes of known people.
        strangers: probes of strangers.
        tpir: share of the known that got their own name.
        misnamed: share of the known that got somebody else's name.
        fpir: share of the strangers that got a name.
        tpir_interval, fpir_interval: 95 % intervals, by the number of different photos.
        threshold: the mean of the calibrated ones.
        thresholds: the lowest and the highest of them.
        fmr: what the thresholds were calibrated for.
        compare: how faces were compared, ``ratio`` or ``euclidean``.
    """

    encoder: str
    people: int
    photos: int
    known: int
    strangers: int
    tpir: float
    misnamed: float
    fpir: float
    tpir_interval: tuple[float, float]
    fpir_interval: tuple[float, float]
    threshold: float
    thresholds: tuple[float, float]
    fmr: float
    compare: str = EUCLIDEAN

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as DESIGN's ``evaluate --strangers --json`` has them."""
        return asdict(self)


def refuse_strangers(
    folder: Path,
    reader: Reader,
    fmr: float = defaults.FMR,
    seed: int = defaults.SEED,
    progress: Progress = no_progress,
    *,
    compare: str | None = None,
) -> OpenSetReport:
    """Measures how many strangers get a name in a gallery, at which share of known people.

    Args:
        folder: a folder for each person, or names in the file names.
        reader: reads the photos.
        fmr: the false-match rate that thresholds are calibrated for.
        seed: of the people left out and the photos enrolled.
        progress: is told how many photos are read, of how many.
        compare: see `gallery.comparison.comparison_by`.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: too few people or photos.
    """
    return strangers_among(read_folder(folder, reader, progress), fmr, seed, compare=compare)


def strangers_among(
    data: LabelledReadings,
    fmr: float = defaults.FMR,
    seed: int = defaults.SEED,
    *,
    compare: str | None = None,
) -> OpenSetReport:
    """Measures the same on photos that are read already; arguments as `refuse_strangers`.

    Raises:
        LabelError: too few people or photos.
    """
    reader = data.reader
    encoder = reader.encoder.name
    comparison = comparison_by(compare, reader.encoder.ratio, encoder)
    plain = comparison.rule == EUCLIDEAN
    return open_set(
        data.vectors,
        np.array(data.names),
        encoder,
        fmr,
        DOCUMENTED.get(encoder, NO_LIMIT) if plain else NO_LIMIT,
        seed,
        stock_for(reader.vector_recipe, comparison),
        comparison,
    )


def open_set(
    vectors: np.ndarray,
    names: np.ndarray,
    encoder: str,
    fmr: float = defaults.FMR,
    highest: float = NO_LIMIT,
    seed: int = defaults.SEED,
    stock: Stock | None = None,
    comparison: Comparison = PLAIN,
) -> OpenSetReport:
    """Measures how strangers and known people fare in a gallery.

    Args:
        vectors: (n, d) float32.
        names: (n,) the person on each photo.
        encoder: name of the encoder, for the report.
        fmr: the false-match rate that the thresholds are calibrated for.
        highest: the thresholds are never above it.
        seed: of the halves and parts.
        stock: what the galleries lean on, as those of users do; None for nothing.
        comparison: how faces are compared.

    Raises:
        LabelError: too few people or photos for halves that can be calibrated.
    """
    people = np.unique(names)
    if len(people) < PEOPLE_NEEDED:
        raise LabelError(
            f"at least {PEOPLE_NEEDED} people with photos are needed, half of them being "
            f"strangers in turn, and there are {len(people)}."
        )
    threshold_of = partial(_calibrated, fmr=fmr, highest=highest, stock=stock)
    rng = np.random.default_rng(seed)
    rounds = list(_rounds(vectors, names, threshold_of, comparison, rng))
    right, wrong = np.concatenate([one.known for one in rounds]).T
    named = np.asarray(np.concatenate([one.strangers for one in rounds]).any(axis=1))
    thresholds = [one.threshold for one in rounds]
    return OpenSetReport(
        encoder=encoder,
        people=len(people),
        photos=len(names),
        known=len(right),
        strangers=len(named),
        tpir=float(right.mean()),
        misnamed=float(wrong.mean()),
        fpir=float(named.mean()),
        tpir_interval=_by_photos(right, len(names)),
        fpir_interval=_by_photos(named, len(names)),
        threshold=float(np.mean(thresholds)),
        thresholds=(min(thresholds), max(thresholds)),
        fmr=fmr,
        compare=comparison.rule,
    )


class _Round(NamedTuple):
    """What became of the probes of one gallery; see `_answers` for the arrays."""

    known: np.ndarray
    strangers: np.ndarray
    threshold: DistanceThreshold


def _rounds(
    vectors: np.ndarray,
    names: np.ndarray,
    threshold_of: Callable[[PeopleMatrix], DistanceThreshold],
    comparison: Comparison,
    rng: np.random.Generator,
) -> Iterator[_Round]:
    """Yields the answers of galleries of half the people and all but one part of their photos."""
    people = np.unique(names)
    for _ in range(ROUNDS):
        shuffled = rng.permutation(people)
        parts = _parts(names, rng)
        for half in np.array_split(shuffled, 2):
            inside = np.isin(names, half)
            for part in range(PARTS):
                enrolled, probes = inside & (parts != part), inside & (parts == part)
                gallery = PeopleMatrix.of_people(
                    {name: vectors[enrolled & (names == name)] for name in half}, comparison
                )
                threshold = threshold_of(gallery)
                yield _Round(
                    _answers(gallery, vectors[probes], names[probes], threshold),
                    _answers(gallery, vectors[~inside], names[~inside], threshold),
                    threshold,
                )


def _calibrated(
    gallery: PeopleMatrix, fmr: float, highest: float, stock: Stock | None
) -> DistanceThreshold:
    rates = Rates(identify=fmr)
    if stock is None:
        made = calibrated(gallery.people(), gallery, rates, highest)
    else:
        made = leaning_on_stock(gallery.people(), gallery, stock, rates)
    if made is None:
        raise LabelError(
            "half of these people have too few photos to calibrate a threshold on: "
            "add photos or people."
        )
    return DistanceThreshold(made.identify.threshold)


def _parts(names: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deals each person's photos to parts, as evenly as can be; somebody's only photo to none."""
    parts = np.empty(len(names), dtype=int)
    for name in np.unique(names):
        own = np.flatnonzero(names == name)
        parts[rng.permutation(own)] = np.arange(len(own)) % PARTS if len(own) > 1 else PARTS
    return parts


def _answers(
    gallery: PeopleMatrix, vectors: np.ndarray, names: np.ndarray, threshold: DistanceThreshold
) -> np.ndarray:
    """Returns (n, 2) bool: whether each probe got its own name, and whether somebody else's."""
    answers = np.zeros((len(vectors), 2), dtype=bool)
    for index, (nearest,) in enumerate(gallery.nearest(vectors, 1)):
        if threshold.accepts(nearest.distance):
            answers[index, 0 if nearest.name == names[index] else 1] = True
    return answers


def _by_photos(events: np.ndarray, photos: int) -> tuple[float, float]:
    """A photo that is a probe again and again is not many photos."""
    return interval(round(float(events.mean()) * photos), photos)
