"""Pairs of Labeled Faces in the Wild, with what is known of faces learnt without a fold's people.

    python benchmarks/lfw.py FOLDER [--pairs FOLDER/pairs.txt] [--write docs/accuracy.md]

FOLDER holds a folder of photos for each of very many people, and `pairs.txt` in LFW's format. For
each fold of the pairs, the prior of `landmarks` and the ratio of `resnet` are estimated from all
people who are not in it. Printed are the pairs, what each part of the recipe of `landmarks` is
worth, how it grows with the number of people learnt from, and how `resnet` names people in
galleries: half the people are learnt from, the others enrolled or strangers; then the halves change
places.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tables import header, row, write_between

from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.encoders.landmarks import FitsEncoder
from face2vec.encoders.ratio import Ratio
from face2vec.encoders.registry import make_encoder
from face2vec.evaluation.pairs import PairScores, read_pairs, score_pairs
from face2vec.photos.folders import label_photos
from face2vec.reading.cache import Cache
from face2vec.reading.reader import Reader
from face2vec.recognition.known_people import KnownPeople
from face2vec.training.prior import PriorSettings, estimate_prior, estimate_ratio

PEOPLE = (50, 100, 200, 400, 800, 1600)  # learnt from, in the learning curve
RATES = (0.05, 0.01, 0.001)  # of strangers who get a name
SPLITS = 2
MOST_ENROLLED = 5  # photos of a person; at most half of what there is

Learn = Callable[[np.ndarray], Callable[[np.ndarray, np.ndarray], np.ndarray]]


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs both of whose photos have a face, and the faces of all photos.

    Attributes:
        names: (n,) the person on each photo.
        fits: (n, fits, 68, 2).
        vectors: (n, 128), of `resnet`.
        one, other: (p,) int, the photos of each pair.
        same: (p,) bool.
        folds: (p,) int.
    """

    names: np.ndarray
    fits: np.ndarray
    vectors: np.ndarray
    one: np.ndarray
    other: np.ndarray
    same: np.ndarray
    folds: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    data = read(options.folder, options.pairs or options.folder / "pairs.txt", options.cache)
    lines = []
    for table in (pairs(data), curve(data), galleries(data)):
        for line in [*table, ""]:
            print(line, flush=True)
            lines.append(line)
    if options.write:
        write_between(options.write, "lfw", "\n".join(lines))


def read(folder: Path, file: Path, cache: Path) -> Pairs:
    """Reads all photos of a folder; of each, the central face counts, as LFW means it."""
    model, labelled = LandmarkModel(), label_photos(folder)
    detector, encoder = Detector(model), FitsEncoder(model)
    read = [
        [
            reading.for_one_person()
            for reading in Reader(detector, one, Cache(cache), subject="central").read_all(
                labelled.paths
            )
        ]
        for one in (encoder, make_encoder("resnet"))
    ]
    found = [index for index, reading in enumerate(read[0]) if reading.encodings]
    place = {labelled.paths[index]: row for row, index in enumerate(found)}
    fits, vectors = (
        np.array([several[index].largest.vector for index in found]) for several in read
    )
    answered = [p for p in read_pairs(file, folder) if p.one in place and p.other in place]
    return Pairs(
        np.array([labelled.names[index] for index in found]),
        encoder.shapes(fits),
        vectors.astype(np.float64),
        *(np.array([place[getattr(p, side)] for p in answered]) for side in ("one", "other")),
        np.array([p.same for p in answered]),
        np.array([p.fold for p in answered]),
    )


def pairs(data: Pairs) -> Iterator[str]:
    yield (
        f"{len(data.same)} pairs of {len(np.unique(data.folds))} folds, each with what was learnt "
        f"without its people (of {len(np.unique(data.names))}):\n"
    )
    yield from header("", ["accuracy", "AUC", "EER", "TAR at FAR 1e-2", "1e-3"])
    plain = PriorSettings()
    rows: dict[str, Learn] = {
        "landmarks: symmetric part, Euclidean": by_prior(
            data, PriorSettings(odd_weight=0.0), euclidean=True
        ),
        "symmetric part, ratio of likelihoods": by_prior(data, PriorSettings(odd_weight=0.0)),
        "and half of the asymmetric part, Euclidean": by_prior(data, plain, euclidean=True),
        "**and half of the asymmetric part, ratio: as it ships**": by_prior(data, plain),
        "all of the asymmetric part, ratio": by_prior(data, PriorSettings(odd_weight=1.0)),
        "with the distances from the nose tip, ratio": by_prior(
            data, PriorSettings(distance_weight=0.3)
        ),
        "with 6 fits, ratio": by_prior(data, plain, fits=6),
        "with 1 fit, ratio": by_prior(data, plain, fits=1),
        "resnet: Euclidean, the rule of dlib": lambda learn: apart(data.vectors),
        "resnet: cosine": lambda learn: apart(
            data.vectors / np.linalg.norm(data.vectors, axis=1, keepdims=True)
        ),
        "**resnet: ratio, as it ships**": by_ratio(data),
    }
    for name, learn in rows.items():
        yield row(name, *cells(scored(data, learn)))


def cells(scores: PairScores) -> list[str]:
    return [
        f"{scores.accuracy:.4f} ± {scores.accuracy_error:.4f}",
        f"{scores.auc:.4f}",
        f"{scores.eer:.4f}",
        *(f"{tar:.3f}" for tar in scores.tar_at_far.values()),
    ]


def scored(data: Pairs, learn: Learn) -> PairScores:
    """Scores pairs, each fold with what was learnt without its people."""
    distances = np.empty(len(data.same))
    for fold in np.unique(data.folds):
        own = data.folds == fold
        one, other = data.one[own], data.other[own]
        out = np.isin(data.names, np.unique(data.names[np.concatenate([one, other])]))
        distances[own] = learn(~out)(one, other)
    return score_pairs(distances, data.same, data.folds)


def apart(vectors: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda one, other: np.linalg.norm(vectors[one] - vectors[other], axis=1)


def compared(ratio: Ratio, vectors: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda one, other: -ratio.between_pairs(vectors[one], vectors[other])


def by_prior(
    data: Pairs, settings: PriorSettings, fits: int | None = None, *, euclidean: bool = False
) -> Learn:
    seen = data.fits[:, :fits]

    def learn(known: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        prior = estimate_prior(seen[known], data.names[known], settings=settings)
        vectors = prior.encode(seen)
        return apart(vectors) if euclidean else compared(prior.ratio, vectors)

    return learn


def by_ratio(data: Pairs) -> Learn:
    return lambda known: compared(
        estimate_ratio(data.vectors[known], data.names[known]), data.vectors
    )


def curve(data: Pairs) -> Iterator[str]:
    """How `landmarks` grows with the people that are learnt from."""
    yield "`landmarks` by the number of people learnt from (those of the fold left out):\n"
    yield from header("people", ["accuracy", "AUC", "EER", "TAR at FAR 1e-2", "1e-3"])
    shuffled = np.random.default_rng(0).permutation(np.unique(data.names))
    learn = by_prior(data, PriorSettings())
    for count in PEOPLE:

        def of_some(known: np.ndarray, count: int = count):
            there = [name for name in shuffled if name in set(data.names[known])][:count]
            return learn(known & np.isin(data.names, there))

        yield row(str(count), *cells(scored(data, of_some)))


def galleries(data: Pairs) -> Iterator[str]:
    """Open-set identification: who is enrolled, and how many strangers get a name."""
    figures: dict[str, list[list[float]]] = {}
    sizes = []
    for seed in range(SPLITS):
        shuffled = np.random.default_rng(seed).permutation(np.unique(data.names))
        halves = np.array_split(shuffled, 2)
        for learnt, tested in (halves, halves[::-1]):
            ratio = estimate_ratio(
                *(a[np.isin(data.names, learnt)] for a in (data.vectors, data.names))
            )
            enrolled, labels, probes, truth, strangers = enrol(data.names, tested, seed)
            sizes.append((labels.max() + 1, len(enrolled), len(probes), len(strangers)))
            for name, score in ways(data.vectors, enrolled, labels, ratio).items():
                figures.setdefault(name, []).append(named(score, probes, truth, strangers))
    people, enrolled, probes, strangers = np.mean(sizes, axis=0)
    yield (
        f"`resnet` in galleries of {people:.0f} people with {enrolled / people:.1f} photos each, "
        f"{probes:.0f} other photos of them and {strangers:.0f} of strangers (means of "
        f"{len(sizes)} draws): share of known people named right, where so many strangers get a "
        "name\n"
    )
    yield from header("", [f"{rate:.1%}" for rate in RATES])
    for name, several in figures.items():
        yield row(name, *(f"{share:.3f}" for share in np.mean(several, axis=0)))


def enrol(
    names: np.ndarray, people: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Enrols half the photos of people with several; people with one are strangers."""
    rng = np.random.default_rng(100 + seed)
    enrolled, labels, probes, truth, strangers = [], [], [], [], []
    for person in people:
        own = rng.permutation(np.flatnonzero(names == person))
        if len(own) < 2:
            strangers += own.tolist()
            continue
        count = min(len(own) // 2, MOST_ENROLLED)
        label = labels[-1] + 1 if labels else 0
        enrolled += own[:count].tolist()
        labels += [label] * count
        probes += own[count:].tolist()
        truth += [label] * (len(own) - count)
    return tuple(map(np.array, (enrolled, labels, probes, truth, strangers)))


def ways(
    vectors: np.ndarray, enrolled: np.ndarray, labels: np.ndarray, ratio: Ratio
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Returns scores of photos and enrolled people, (m, k), larger for likelier people."""
    known, people = vectors[enrolled], int(labels.max()) + 1
    means = np.stack([known[labels == k].mean(axis=0) for k in range(people)])
    of = KnownPeople.of(ratio, known, labels, people)

    def nearest(rows: np.ndarray) -> np.ndarray:
        away = distances(vectors[rows], known)
        return -np.minimum.reduceat(away, np.searchsorted(labels, range(people)), axis=1)

    return {
        "Euclidean, nearest photo": nearest,
        "Euclidean, to the mean": lambda rows: -distances(vectors[rows], means),
        "**ratio of likelihoods, n photos enrolled**": lambda rows: of.log_ratios(vectors[rows]),
    }


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0))


def named(
    score: Callable[[np.ndarray], np.ndarray],
    probes: np.ndarray,
    truth: np.ndarray,
    strangers: np.ndarray,
) -> list[float]:
    """Returns the share of probes named right, where so many strangers get a name."""
    known, strange = score(probes), score(strangers).max(axis=1)
    right = known.argmax(axis=1) == truth
    return [
        float((right & (known.max(axis=1) > np.quantile(strange, 1 - rate))).mean())
        for rate in RATES
    ]


if __name__ == "__main__":
    main()
