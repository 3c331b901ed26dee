"""Every encoder and recipe on every folder, on the same folds, beside the published loop.

    python benchmarks/accuracy.py FOLDER FOLDER... [--cache cache] [--write README.md]

Each FOLDER holds labelled photos. All figures are of photos held out of training, by 5-fold
cross-validation repeated three times; the interval is a 95 % bootstrap over the photos. The prior
of a folder's figures is estimated from the other folders, never from itself. With --write, the
tables replace what stands between the lines `<!-- accuracy:begin -->` and `<!-- accuracy:end -->`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec import geometry
from face2vec.cache import Cache
from face2vec.calibration import cross_tempered, expected_calibration_error
from face2vec.detection import Detector
from face2vec.encoders import FitsEncoder, make_encoder
from face2vec.errors import Face2VecError
from face2vec.files import write_atomically
from face2vec.labels import label_photos
from face2vec.landmarks import LandmarkModel
from face2vec.prior import Prior, estimate_prior, residuals
from face2vec.reading import Reader

REPEATS, FOLDS = 3, 5
PUBLISHED_FOLDS = 10
FITS = 24
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"
KEPT = 0.95  # of the right answers, at the threshold that strangers are met with


@dataclass(frozen=True, eq=False)
class Photos:
    """A folder, read: the vectors of each encoder, for the photos with a face.

    Attributes:
        name: of the folder.
        count: of all its photos.
        labels: (n,) int, who is on each photo with a face.
        fits: (n, fits, 68, 2).
        vectors: by the name of the encoder, (n, d) float32.
        milliseconds: of an encoding of `landmarks`, a face.
    """

    name: str
    count: int
    labels: np.ndarray
    fits: np.ndarray
    vectors: dict[str, np.ndarray]
    milliseconds: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    if len(options.folders) < 2:
        parser.error("give at least two folders: the prior of each is estimated from the others")
    sets = [read(folder, options.cache) for folder in options.folders]
    text = "\n".join(line for table in tables(sets) for line in [*table, ""])
    if options.write:
        write_between(options.write, text)


def read(folder: Path, cache: Path) -> Photos:
    model = LandmarkModel()
    labelled = label_photos(folder)
    encoder = FitsEncoder(model, FITS)
    reader = Reader(Detector(model), encoder, Cache(cache))
    readings = [reading.for_one_person() for reading in reader.read_all(labelled.paths)]
    found = [index for index, reading in enumerate(readings) if reading.encodings]
    names = [labelled.names[index] for index in found]
    fits = encoder.shapes(np.array([readings[index].largest.vector for index in found]))
    vectors = {}
    for name in ("nose-tip", "resnet"):
        reader = Reader(Detector(model), make_encoder(name, model), Cache(cache))
        try:
            others = reader.read_all([labelled.paths[index] for index in found])
        except Face2VecError as error:
            print(f"{name}: {error}")
            continue
        vectors[name] = np.array([reading.largest.vector for reading in others])
    labels = np.unique(names, return_inverse=True)[1]
    milliseconds = time_encoding(model, [labelled.paths[index] for index in found[:10]])
    return Photos(folder.name, len(labelled.paths), labels, fits, vectors, milliseconds)


def time_encoding(model: LandmarkModel, paths: list[Path]) -> float:
    """Returns the milliseconds that `landmarks` takes for a face that has been found."""
    from face2vec.images import Photo

    encoder, detector = make_encoder("landmarks", model, FITS), Detector(model)
    photos = [Photo.open(path) for path in paths]
    faces = [detector.find(photo)[0][:1] for photo in photos]
    encoder.encode(photos[0], faces[0])  # the model is loaded
    started = time.perf_counter()
    for photo, face in zip(photos, faces, strict=True):
        encoder.encode(photo, face)
    return 1000 * (time.perf_counter() - started) / len(photos)


def prior_without(sets: list[Photos], own: Photos, regress_yaw: bool = True) -> Prior:
    """Estimates a prior from all folders but one."""
    others = [photos for photos in sets if photos is not own]
    people = [f"{photos.name}/{label}" for photos in others for label in photos.labels]
    fits = np.concatenate([photos.fits for photos in others])
    return estimate_prior(fits, np.array(people), regress_yaw=regress_yaw)


def recipes(sets: list[Photos], own: Photos) -> Iterator[tuple[str, np.ndarray, bool]]:
    """Yields what is measured: its name, vectors, and whether a prior has whitened them."""
    prior = prior_without(sets, own)
    plain = geometry.align(own.fits, prior.template)
    one, mean = plain[:, 0], plain.mean(axis=1)
    coordinates = slice(0, geometry.LANDMARKS)
    distances = slice(geometry.LANDMARKS, None)
    yield "nose-tip, dense net", own.vectors["nose-tip"], False
    yield "Procrustes coordinates of one fit", one.reshape(len(one), -1), False
    yield f"mean of {FITS} fits", mean.reshape(len(mean), -1), False
    yield "mean, symmetrised", geometry.symmetric_part(mean), False
    still = prior_without(sets, own, regress_yaw=False)
    yield "symmetrised, with a prior", part(still, own.fits, coordinates), True
    yield "the turn of the head regressed out", part(prior, own.fits, coordinates), True
    yield "only the distances from the nose tip", part(prior, own.fits, distances), True
    yield "**landmarks**: both", prior.encode(own.fits), True
    if "resnet" in own.vectors:
        yield "resnet, dense net", own.vectors["resnet"], False


def part(prior: Prior, fits: np.ndarray, chosen: slice) -> np.ndarray:
    """Whitens some of the features only."""
    features = np.linalg.solve(prior.whitening.T, prior.whiten(fits).T).T[:, chosen]
    values, directions = np.linalg.eigh(prior.covariance[chosen, chosen])
    return (features @ (directions / np.sqrt(values))).astype(np.float32)


def tables(sets: list[Photos]) -> Iterator[list[str]]:
    """Yields the tables, each printed as it is done."""
    for table in (accuracy(sets), few_photos(sets), strangers(sets), pairs(sets), speed(sets)):
        lines = list(table)
        print("\n".join([*lines, ""]), flush=True)
        yield lines


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def header(first: str, sets: list[Photos]) -> list[str]:
    return [row(first, *(photos.name for photos in sets)), row("---", *["---:"] * len(sets))]


def accuracy(sets: list[Photos]) -> Iterator[str]:
    found = ", ".join(
        f"{photos.name} {len(photos.labels)} of {photos.count} photos found, "
        f"{photos.labels.max() + 1} people" for photos in sets
    )
    yield f"Held-out accuracy, {FOLDS} folds, {REPEATS} times, 95 % interval ({found}):\n"
    yield from header("recipe", sets)
    reported, honest = zip(*(published_loop(photos) for photos in sets), strict=True)
    yield row("chance", *(f"{np.bincount(p.labels).max() / len(p.labels):.3f}" for p in sets))
    yield row("the published loop, by its own report", *(f"{one:.3f}" for one in reported))
    yield row("the same net, a new one for each fold", *(f"{one:.3f}" for one in honest))
    calibration = []
    for several in zip(*(recipes(sets, photos) for photos in sets), strict=True):
        cells = []
        for photos, (_, vectors, whitened) in zip(sets, several, strict=True):
            right, error = measure(vectors, photos.labels, whitened)
            cells.append(with_interval(right))
            if several[0][0].startswith("**"):
                calibration.append(f"{error:.3f}")
        yield row(several[0][0], *cells)
    yield row("calibration error of **landmarks**", *calibration)


def measure(vectors: np.ndarray, labels: np.ndarray, whitened: bool) -> tuple[np.ndarray, float]:
    """Returns the share of repeats in which each photo was named right, and the ECE."""
    from face2vec.training import Settings, cross_validate

    right, errors = [], []
    for seed in range(REPEATS):
        settings = Settings(seed=seed) if whitened else Settings(seed=seed, prior_photos=0)
        held_out = cross_validate(vectors.astype(np.float32), labels, FOLDS, settings)
        calibrated = cross_tempered(held_out.probabilities, labels, held_out.folds)
        right.append(calibrated.argmax(axis=1) == labels)
        errors.append(expected_calibration_error(calibrated, labels))
    return np.mean(right, axis=0), float(np.mean(errors))


def with_interval(right: np.ndarray) -> str:
    drawn = np.random.default_rng(0).choice(right, (2000, len(right))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{right.mean():.3f} ({low:.2f} to {high:.2f})"


def published_loop(photos: Photos) -> tuple[float, float]:
    """Returns the accuracy that the published loop reports after its last fold, on test photos
    which its one net, carried from fold to fold, has been trained on nine times; and the mean over
    the folds of a new net for each."""
    import keras
    from sklearn.model_selection import StratifiedKFold

    vectors, labels = photos.vectors["nose-tip"], photos.labels
    splitter = StratifiedKFold(PUBLISHED_FOLDS, shuffle=True, random_state=0)
    splits = list(splitter.split(vectors, labels))

    def new_net() -> keras.Model:
        decay = keras.regularizers.L2(1e-3)
        dense = keras.layers.Dense
        net = keras.Sequential([
            keras.Input((vectors.shape[1],)),
            dense(64, "tanh", kernel_regularizer=decay, bias_regularizer=decay),
            dense(int(labels.max()) + 1, "softmax", kernel_regularizer=decay,
                  bias_regularizer=decay),
        ])
        net.compile("nadam", "sparse_categorical_crossentropy")
        return net

    scores: dict[bool, list[float]] = {True: [], False: []}
    for leaking in scores:
        keras.utils.set_random_seed(0)
        net = new_net()
        for train, test in splits:
            net = net if leaking else new_net()
            net.fit(vectors[train], labels[train], batch_size=10, epochs=100, verbose=0)
            guesses = net.predict(vectors[test], verbose=0).argmax(axis=1)
            scores[leaking].append(float((guesses == labels[test]).mean()))
    return scores[True][-1], float(np.mean(scores[False]))


def few_photos(sets: list[Photos]) -> Iterator[str]:
    """The learning curve: so many training photos a person, all others held out."""
    yield "Held-out accuracy with few training photos a person (mean of ten draws):\n"
    yield from header("recipe, photos a person", sets)
    for count in (1, 2, 3, 5):
        ours = [f"{learnt_from(count, prior_without(sets, p).encode(p.fits), p.labels, True):.3f}"
                for p in sets]
        plain = [f"{learnt_from(count, p.vectors['nose-tip'], p.labels, False):.3f}" for p in sets]
        yield row(f"landmarks, {count}", *ours)
        yield row(f"nose-tip, {count}", *plain)


def learnt_from(count: int, vectors: np.ndarray, labels: np.ndarray, whitened: bool) -> float:
    from face2vec.training import Settings, answer_all

    rng = np.random.default_rng(0)
    people = [np.flatnonzero(labels == person) for person in np.unique(labels)]
    draws = [
        np.concatenate([rng.permutation(photos)[:count] for photos in people]) for _ in range(10)
    ]
    settings = Settings() if whitened else Settings(prior_photos=0)
    answers, _ = answer_all(draws, vectors, labels, settings)
    right = answers.argmax(axis=2) == labels
    return float(np.mean([np.delete(one, draw).mean() for one, draw in zip(right, draws,
                                                                         strict=True)]))


def strangers(sets: list[Photos]) -> Iterator[str]:
    """A fifth of the people is left out in turn, and shown to those who know the others."""
    yield f"Strangers that are given a name, where {KEPT:.0%} of the right answers are kept:\n"
    yield from header("rejected by", sets)
    figures = [open_set(prior_without(sets, photos).encode(photos.fits), photos.labels)
               for photos in sets]
    for name in figures[0]:
        yield row(name, *(f"{one[name]:.3f}" for one in figures))


def open_set(vectors: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    from sklearn.model_selection import StratifiedKFold

    from face2vec.training import Settings, answer_all

    right: dict[str, list[float]] = {}
    strange: dict[str, list[float]] = {}
    groups = np.array_split(np.random.default_rng(0).permutation(np.unique(labels)), FOLDS)
    for group in groups:
        stranger = np.isin(labels, group)
        known = np.flatnonzero(~stranger)
        names, own = np.unique(labels[known], return_inverse=True)
        splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(known, own))
        renamed = np.zeros(len(labels), dtype=int)
        renamed[known] = own
        trains = [known[train] for train, _ in splits]
        answers, _ = answer_all(trains, vectors, renamed, Settings())
        for train, (_, test), probabilities in zip(trains, splits, answers, strict=True):
            scores = {
                "largest probability": probabilities,
                "whitened distance": -distances(vectors, train, renamed, len(names), False),
                "whitened cosine": -distances(vectors, train, renamed, len(names), True),
            }
            for name, score in scores.items():
                correct = score[known[test]].argmax(axis=1) == own[test]
                right.setdefault(name, []).extend(score[known[test]][correct].max(axis=1))
                strange.setdefault(name, []).extend(score[stranger].max(axis=1))
    return {
        name: float(np.mean(np.array(strange[name]) >= np.quantile(right[name], 1 - KEPT)))
        for name in right
    }


def distances(
    vectors: np.ndarray, train: np.ndarray, labels: np.ndarray, people: int, cosine: bool
) -> np.ndarray:
    """Returns (n, people) squared distances to the means of people, in whitened vectors."""
    rest = residuals(vectors[train].astype(np.float64), labels[train])
    d = rest.shape[1]
    scatter = rest.T @ rest
    covariance = scatter + 100 * np.trace(scatter) / (len(train) - people) / d * np.eye(d)
    values, directions = np.linalg.eigh(covariance)
    white = (vectors - vectors[train].mean(axis=0)) @ (directions / np.sqrt(values))
    means = np.stack([white[train][labels[train] == one].mean(axis=0) for one in range(people)])
    if cosine:
        white = white / np.linalg.norm(white, axis=1, keepdims=True)
        means = means / np.linalg.norm(means, axis=1, keepdims=True)
    return ((white[:, None] - means) ** 2).sum(axis=2)


def pairs(sets: list[Photos]) -> Iterator[str]:
    """All pairs of photos of a person, and as many of two people: all people are new to the fit."""
    yield "Pairs of photos, same person or not (people that nothing was fitted on): AUC, accuracy\n"
    yield from header("distance", sets)
    yield row("landmarks", *(
        verified(prior_without(sets, p).encode(p.fits), p.labels) for p in sets))
    yield row("nose-tip", *(verified(p.vectors["nose-tip"], p.labels) for p in sets))
    if all("resnet" in photos.vectors for photos in sets):
        yield row("resnet", *(verified(p.vectors["resnet"], p.labels) for p in sets))
    halves = [embedded_halves(prior_without(sets, p).encode(p.fits), p.labels) for p in sets]
    yield row("landmarks, half of the people", *(half[0] for half in halves))
    yield row("triplet embedding learnt on the other half", *(half[1] for half in halves))


def embedded_halves(vectors: np.ndarray, labels: np.ndarray) -> tuple[str, str]:
    """Learns triplets from one half of the people and compares photos of the other half."""
    from face2vec.embedding import fit_embedding

    whole = [([], [], []), ([], [], [])]
    for seed in range(REPEATS):
        people = np.random.default_rng(seed).permutation(np.unique(labels))
        learnt_on = np.isin(labels, people[: len(people) // 2])
        own = np.unique(labels[learnt_on], return_inverse=True)[1]
        embedding = fit_embedding(vectors[learnt_on], own)
        rest, truth = vectors[~learnt_on], labels[~learnt_on]
        for collected, one in zip(whole, (rest, embedding.embed(rest)), strict=True):
            same, apart = compared(one, truth, seed)
            collected[0].append(auc(same, apart))
            collected[1].append(pair_accuracy(same, apart))
    return tuple(f"{np.mean(one[0]):.3f}, {np.mean(one[1]):.3f}" for one in whole)


def verified(vectors: np.ndarray, labels: np.ndarray) -> str:
    same, apart = compared(vectors, labels, 0)
    return f"{auc(same, apart):.3f}, {pair_accuracy(same, apart):.3f}"


def compared(vectors: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns whether each pair is of one person, and its distance; as many of both kinds."""
    rng = np.random.default_rng(seed)
    one, other = np.triu_indices(len(labels), 1)
    same = labels[one] == labels[other]
    impostors = rng.choice(np.flatnonzero(~same), same.sum(), replace=False)
    chosen = rng.permutation(np.concatenate([np.flatnonzero(same), impostors]))
    apart = np.linalg.norm(vectors[one[chosen]] - vectors[other[chosen]], axis=1)
    return same[chosen], apart


def auc(same: np.ndarray, apart: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(same, -apart))


def pair_accuracy(same: np.ndarray, apart: np.ndarray) -> float:
    """As LFW has it: in ten folds, at the threshold that is best on the other nine."""
    right = []
    for fold in np.array_split(np.arange(len(same)), 10):
        others = np.delete(np.arange(len(same)), fold)
        order = others[np.argsort(apart[others])]
        correct = np.cumsum(np.where(same[order], 1, -1))
        threshold = apart[order[correct.argmax()]]
        right.extend((apart[fold] <= threshold) == same[fold])
    return float(np.mean(right))


def speed(sets: list[Photos]) -> Iterator[str]:
    yield f"Milliseconds of `landmarks`, {FITS} fits, a face that has been found:\n"
    yield from header("", sets)
    yield row("a face", *(f"{photos.milliseconds:.0f}" for photos in sets))


def write_between(path: Path, text: str) -> None:
    """Replaces what stands between the marks in a file."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    write_atomically(path, f"{before}{BEGIN}\n{text.rstrip()}\n{END}{after}".encode())


if __name__ == "__main__":
    main()
