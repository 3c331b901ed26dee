"""Open-set figures: how many strangers get a name, at which share of known people named right.

Half of the people are strangers, and then the other half. Of the known ones some photos are
enrolled, the threshold is calibrated on those alone, and the others are the probes. The terms are
those of ISO/IEC 19795-1: FPIR, the share of probes of strangers that get somebody's name, and TPIR,
the share of probes of known people that get their own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from face2vec.errors import LabelError
from face2vec.gallery.gallery import DEFAULT_FMR, calibrated
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.thresholds import interval

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

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as DESIGN's ``evaluate --strangers --json`` has them."""
        return asdict(self)


def open_set(
    vectors: np.ndarray,
    names: np.ndarray,
    encoder: str,
    fmr: float = DEFAULT_FMR,
    highest: float = np.inf,
    seed: int = 0,
) -> OpenSetReport:
    """Measures how strangers and known people fare in a gallery.

    Args:
        vectors: (n, d) float32.
        names: (n,) the person on each photo.
        encoder: name of the encoder, for the report.
        fmr: the false-match rate that the thresholds are calibrated for.
        highest: the thresholds are never above it.
        seed: of the halves and parts.

    Raises:
        LabelError: too few people or photos for halves that can be calibrated.
    """
    rng = np.random.default_rng(seed)
    people = np.unique(names)
    if len(people) < PEOPLE_NEEDED:
        raise LabelError(
            f"at least {PEOPLE_NEEDED} people with photos are needed, half of them being "
            f"strangers in turn, and there are {len(people)}."
        )
    known, strangers, thresholds = [], [], []
    for _ in range(ROUNDS):
        shuffled = rng.permutation(people)
        parts = _parts(names, rng)
        for half in np.array_split(shuffled, 2):
            inside = np.isin(names, half)
            for part in range(PARTS):
                enrolled, probes = inside & (parts != part), inside & (parts == part)
                gallery = PeopleMatrix.of_people(
                    {name: vectors[enrolled & (names == name)] for name in half}
                )
                made = calibrated(gallery.people(), gallery, fmr, highest)
                if made is None:
                    raise LabelError(
                        "half of these people have too few photos to calibrate a threshold on: "
                        "add photos or people."
                    )
                threshold = made.identify.threshold
                thresholds.append(threshold)
                known.append(_answers(gallery, vectors[probes], names[probes], threshold))
                strangers.append(_answers(gallery, vectors[~inside], names[~inside], threshold))
    right, wrong = np.concatenate(known).T
    named = np.concatenate(strangers).any(axis=1)
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
    )


def _parts(names: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deals each person's photos to parts, as evenly as can be; somebody's only photo to none."""
    parts = np.empty(len(names), dtype=int)
    for name in np.unique(names):
        own = np.flatnonzero(names == name)
        parts[rng.permutation(own)] = np.arange(len(own)) % PARTS if len(own) > 1 else PARTS
    return parts


def _answers(
    gallery: PeopleMatrix, vectors: np.ndarray, names: np.ndarray, threshold: float
) -> np.ndarray:
    """Returns (n, 2) bool: whether each probe got its own name, and whether somebody else's."""
    answers = np.zeros((len(vectors), 2), dtype=bool)
    for index, (nearest,) in enumerate(gallery.nearest(vectors, 1)):
        if nearest.distance <= threshold:
            answers[index, 0 if nearest.name == names[index] else 1] = True
    return answers


def _by_photos(events: np.ndarray, photos: int) -> tuple[float, float]:
    """A photo that is a probe again and again is not many photos."""
    return interval(round(float(events.mean()) * photos), photos)
