"""Every encoder and recipe on every folder, on the same folds, beside the published loop.

    python benchmarks/accuracy.py FOLDER FOLDER... [--write README.md docs/accuracy.md]

Each FOLDER holds labelled photos. All figures are of photos held out of training, by 5-fold
cross-validation repeated three times; the interval is a 95 % bootstrap over the photos. The prior
of a folder's figures is estimated from the other folders, never from itself, and for the row that
says so every choice of the recipe was made there too (see `choices.py`). With --write, the first
table replaces what stands between the lines `<!-- summary:begin -->` and `<!-- summary:end -->` of
the files, and all tables what stands between `<!-- accuracy:begin -->` and `<!-- accuracy:end -->`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from choices import choices_table, choose
from photos import Photos, prior_without, read
from tables import (
    FOLDS,
    REPEATS,
    accuracy_of,
    calibration_error,
    header,
    row,
    with_interval,
    write_between,
)

from face2vec import defaults
from face2vec.detection import shapes as geometry
from face2vec.encoders.prior import Prior
from face2vec.recognition.familiarity import strangeness
from face2vec.recognition.model import Model
from face2vec.training.dense import answer_all, cross_validate
from face2vec.training.learn import fit_dense
from face2vec.training.prior import PriorSettings
from face2vec.training.rejection import measured_spread
from face2vec.training.settings import PLAIN, Settings
from face2vec.training.whitening import PRIOR_PHOTOS, whitening

PUBLISHED_FOLDS = 10
KEPT = 0.95  # of the right answers, at the threshold that strangers are met with


NESTED = "**landmarks**, every choice made on the other folders"
SHIPPED = "**landmarks**, as it ships"
SUMMARY = {  # the rows that stand in the README, and their names there
    "chance": "chance",
    "the published loop, by its own report": "the published loop, by its own report",
    "the same net, a new one for each fold": (
        "the same net, a new one for each fold (what the loop is really worth)"
    ),
    "nose-tip, dense net": "`--encoder nose-tip`: the published features, our net",
    NESTED: "`--encoder landmarks`, the default: geometry of 68 points",
    "resnet, dense net": "`--encoder resnet`",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--write", type=Path, nargs="+", metavar="FILE", default=[])
    options = parser.parse_args()
    if len(options.folders) < 2:
        parser.error("give at least two folders: the prior of each is estimated from the others")
    sets = [
        read(folder, options.cache, encoders=("nose-tip", "resnet")) for folder in options.folders
    ]
    chosen = [choose([photos for photos in sets if photos is not own]) for own in sets]
    rows = printed(accuracy(sets, chosen))
    others = (
        few_photos(sets),
        strangers(sets),
        decided(sets),
        pairs(sets),
        choices_table(sets, chosen),
    )
    tables = [rows, *(printed(table) for table in others)]
    summary = header("", [photos.name for photos in sets])
    for line in rows:
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if name in SUMMARY:
            summary.append(row(SUMMARY[name], *cells))
    text = "\n".join(line for table in tables for line in [*table, ""])
    for path in options.write:
        write_between(path, "accuracy", text)
        write_between(path, "summary", "\n".join(summary))


def printed(table: Iterator[str]) -> list[str]:
    """Returns the lines of a table, each printed as soon as it is there."""
    lines = []
    for line in table:
        print(line, flush=True)
        lines.append(line)
    print()
    return lines


def accuracy(sets: list[Photos], chosen: list[tuple[PriorSettings, Settings]]) -> Iterator[str]:
    found = ", ".join(
        f"{photos.name} {len(photos.labels)} of {photos.count} photos found, "
        f"{photos.labels.max() + 1} people"
        for photos in sets
    )
    yield f"Held-out accuracy, {FOLDS} folds, {REPEATS} times, 95 % interval ({found}):\n"
    yield from header("recipe", [photos.name for photos in sets])
    yield row("chance", *(f"{np.bincount(p.labels).max() / len(p.labels):.3f}" for p in sets))
    reported, honest = zip(*(published_loop(photos) for photos in sets), strict=True)
    yield row("the published loop, by its own report", *(f"{one:.3f}" for one in reported))
    yield row("the same net, a new one for each fold", *(f"{one:.3f}" for one in honest))
    both = zip(sets, chosen, strict=True)
    for several in zip(*(recipes(sets, own, choice) for own, choice in both), strict=True):
        yield row(
            several[0].name,
            *(
                with_interval(accuracy_of(one.vectors, own.labels, one.settings))
                for one, own in zip(several, sets, strict=True)
            ),
        )
    yield row(
        "calibration error of **landmarks**",
        *(f"{calibration_error(landmarks(sets, own), own.labels, Settings()):.3f}" for own in sets),
    )


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured: vectors, and how a net learns from them."""

    name: str
    vectors: np.ndarray
    settings: Settings


def recipes(
    sets: list[Photos], own: Photos, chosen: tuple[PriorSettings, Settings]
) -> Iterator[Measured]:
    """Yields what each part of `landmarks` adds to the published features."""
    prior = prior_without(sets, own)
    plain = geometry.align(own.fits, prior.template)
    one, mean = plain[:, 0], plain.mean(axis=1)
    coordinates = slice(0, geometry.LANDMARKS)
    distances = slice(geometry.LANDMARKS, None)
    yield Measured("nose-tip, dense net", own.vectors["nose-tip"], PLAIN)
    yield Measured("Procrustes coordinates of one fit", one.reshape(len(one), -1), PLAIN)
    yield Measured(f"mean of {own.fits.shape[1]} fits", mean.reshape(len(mean), -1), PLAIN)
    yield Measured("mean, symmetrised", geometry.symmetric_part(mean), PLAIN)
    still = prior_without(sets, own, PriorSettings(regress_yaw=False))
    random = replace(PLAIN, prior_photos=PRIOR_PHOTOS)
    yield Measured("symmetrised, with a prior", part(still, own.fits, coordinates), random)
    yield Measured(
        "and a net that starts from nearest means", part(still, own.fits, coordinates), Settings()
    )
    yield Measured(
        "and the turn of the head regressed out", part(prior, own.fits, coordinates), Settings()
    )
    yield Measured(
        "only the distances from the nose tip", part(prior, own.fits, distances), Settings()
    )
    yield Measured(SHIPPED, prior.encode(own.fits), Settings())
    recipe, settings = chosen
    yield Measured(NESTED, prior_without(sets, own, recipe).encode(own.fits), settings)
    if all("resnet" in photos.vectors for photos in sets):
        yield Measured("resnet, dense net", own.vectors["resnet"], PLAIN)


def landmarks(sets: list[Photos], own: Photos) -> np.ndarray:
    return prior_without(sets, own).encode(own.fits)


def part(prior: Prior, fits: np.ndarray, chosen: slice) -> np.ndarray:
    """Whitens some of the features only."""
    features = np.linalg.solve(prior.whitening.T, prior.whiten(fits).T).T[:, chosen]
    values, directions = np.linalg.eigh(prior.covariance[chosen, chosen])
    return (features @ (directions / np.sqrt(values))).astype(np.float32)


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
        net = keras.Sequential(
            [
                keras.Input((vectors.shape[1],)),
                dense(64, "tanh", kernel_regularizer=decay, bias_regularizer=decay),
                dense(
                    int(labels.max()) + 1,
                    "softmax",
                    kernel_regularizer=decay,
                    bias_regularizer=decay,
                ),
            ]
        )
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
    yield from header("recipe, photos a person", [photos.name for photos in sets])
    for count in (1, 2, 3, 5):
        ours = [learnt_from(count, landmarks(sets, p), p.labels, Settings()) for p in sets]
        plain = [learnt_from(count, p.vectors["nose-tip"], p.labels, PLAIN) for p in sets]
        yield row(f"landmarks, {count}", *(f"{one:.3f}" for one in ours))
        yield row(f"nose-tip, {count}", *(f"{one:.3f}" for one in plain))


def learnt_from(count: int, vectors: np.ndarray, labels: np.ndarray, settings: Settings) -> float:
    rng = np.random.default_rng(0)
    people = [np.flatnonzero(labels == person) for person in np.unique(labels)]
    draws = [
        np.concatenate([rng.permutation(photos)[:count] for photos in people]) for _ in range(10)
    ]
    answers, _ = answer_all(draws, vectors, labels, settings)
    right = answers.argmax(axis=2) == labels
    return float(
        np.mean([np.delete(one, draw).mean() for one, draw in zip(right, draws, strict=True)])
    )


def strangers(sets: list[Photos]) -> Iterator[str]:
    """A fifth of the people is left out in turn, and shown to those who know the others."""
    yield (
        f"Strangers that are given a name, where {KEPT:.0%} of the right answers are kept "
        f"(a fifth of the people left out in turn, {REPEATS} times):\n"
    )
    yield from header("rejected by", [photos.name for photos in sets])
    figures = [open_set(landmarks(sets, photos), photos.labels) for photos in sets]
    for name in figures[0]:
        yield row(name, *(f"{one[name]:.3f}" for one in figures))


def open_set(vectors: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Returns the share of strangers that get a name, by what they are rejected by."""
    from sklearn.model_selection import StratifiedKFold

    right: dict[str, list[float]] = {}
    strange: dict[str, list[float]] = {}
    for seed in range(REPEATS):
        shuffled = np.random.default_rng(seed).permutation(np.unique(labels))
        for group in np.array_split(shuffled, FOLDS):
            stranger = np.isin(labels, group)
            known = np.flatnonzero(~stranger)
            own = np.unique(labels[known], return_inverse=True)[1]
            renamed = np.zeros(len(labels), dtype=int)
            renamed[known] = own
            splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
            splits = [(known[a], known[b]) for a, b in splitter.split(known, own)]
            trains = [train for train, _ in splits]
            answers, _ = answer_all(trains, vectors, renamed, Settings(seed=seed))
            for (train, test), probabilities in zip(splits, answers, strict=True):
                correct = test[probabilities[test].argmax(axis=1) == renamed[test]]
                for name, score in scores(vectors, renamed, train, probabilities).items():
                    right.setdefault(name, []).extend(score[correct])
                    strange.setdefault(name, []).extend(score[stranger])
    return {
        name: float(np.mean(np.array(strange[name]) >= np.quantile(right[name], 1 - KEPT)))
        for name in right
    }


def scores(
    vectors: np.ndarray, labels: np.ndarray, train: np.ndarray, probabilities: np.ndarray
) -> dict[str, np.ndarray]:
    """Returns how sure each photo is of the person that the net names, in several ways: (n,)."""
    named = probabilities.argmax(axis=1)
    people = probabilities.shape[1]
    means, *units = measured_spread(vectors[train], labels[train], people, PRIOR_PHOTOS)
    centre, matrix, _ = units
    seen, mean = (vectors - centre) @ matrix, (means[named] - centre) @ matrix
    lengths = np.linalg.norm(seen, axis=1) * np.linalg.norm(mean, axis=1)
    return {
        "largest probability": probabilities.max(axis=1),
        "whitened distance": -((seen - mean) ** 2).sum(axis=1),
        "whitened cosine": (seen * mean).sum(axis=1) / lengths,
        "ratio of likelihoods, as it ships": -strangeness(vectors, means[named], *units),
    }


def decided(sets: list[Photos]) -> Iterator[str]:
    """What a trained model says, at the threshold it has learnt, to strangers and to new photos."""
    yield (
        f"At the threshold that `train` sets by itself (wanted rate of strangers named "
        f"{defaults.GEOMETRY_FMR:.0%}; a fifth of the people left out in turn, {REPEATS} times, "
        "and a fifth of the photos of the others):\n"
    )
    yield from header("", [photos.name for photos in sets])
    figures = [model_answers(landmarks(sets, photos), photos.labels) for photos in sets]
    for name in figures[0]:
        yield row(name, *(f"{one[name]:.3f}" for one in figures))


def model_answers(vectors: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    from sklearn.model_selection import StratifiedKFold

    kinds = "strangers named", "new photos of known people named right", "named wrongly"
    counted: dict[str, list[np.ndarray]] = {name: [] for name in kinds}
    for seed in range(REPEATS):
        settings = Settings(seed=seed)
        shuffled = np.random.default_rng(seed).permutation(np.unique(labels))
        for group in np.array_split(shuffled, FOLDS):
            stranger = np.isin(labels, group)
            seen, own = vectors[~stranger], np.unique(labels[~stranger], return_inverse=True)[1]
            splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
            train, test = next(splitter.split(seen, own))
            held_out, history = cross_validate(seen[train], own[train], FOLDS, settings)
            epochs = int(np.median(history.best_epochs))
            net, rejection = fit_dense(
                seen[train], own[train], held_out, epochs, settings, defaults.GEOMETRY_FMR
            )
            threshold = rejection.threshold
            people = tuple(map(str, range(own.max() + 1)))
            model = Model(people, net, {}, threshold=threshold, familiarity=rejection.familiarity)
            new, strange = (model.probabilities(one) for one in (seen[test], vectors[stranger]))
            sure, right = new.max(axis=1) >= threshold, new.argmax(axis=1) == own[test]
            answers = strange.max(axis=1) >= threshold, sure & right, sure & ~right
            for name, answer in zip(kinds, answers, strict=True):
                counted[name].append(answer)
    return {name: float(np.concatenate(answers).mean()) for name, answers in counted.items()}


def pairs(sets: list[Photos]) -> Iterator[str]:
    """All pairs of photos of a person, and as many of two people: all people are new to the fit."""
    yield "Pairs of photos, same person or not (people that nothing was fitted on): AUC, accuracy\n"
    yield from header("distance", [photos.name for photos in sets])
    yield row("landmarks", *(verified(landmarks(sets, p), p.labels) for p in sets))
    yield row("nose-tip", *(verified(p.vectors["nose-tip"], p.labels) for p in sets))
    if all("resnet" in photos.vectors for photos in sets):
        yield row("resnet", *(verified(p.vectors["resnet"], p.labels) for p in sets))
    halves = [halved(landmarks(sets, p), p.labels) for p in sets]
    for name in halves[0]:
        yield row(name, *(half[name] for half in halves))


def halved(vectors: np.ndarray, labels: np.ndarray) -> dict[str, str]:
    """Learns from one half of the people and compares photos of the other half, several times."""
    from face2vec.training.triplets import fit_embedding

    figures: dict[str, list[tuple[float, float]]] = {}
    for seed in range(REPEATS):
        people = np.random.default_rng(seed).permutation(np.unique(labels))
        learnt_on = np.isin(labels, people[: len(people) // 2])
        own = np.unique(labels[learnt_on], return_inverse=True)[1]
        rest, truth = vectors[~learnt_on], labels[~learnt_on]
        centre, matrix = whitening(vectors[learnt_on], own, PRIOR_PHOTOS)
        white = (rest - centre) @ matrix
        ways = {
            "landmarks, half of the people": rest,
            "whitened anew on the other half, unit length": white
            / np.linalg.norm(white, axis=1, keepdims=True),
            "triplet embedding, which begins there, learnt on the other half": fit_embedding(
                vectors[learnt_on], own
            ).embed(rest),
        }
        for name, seen in ways.items():
            same, apart = compared(seen, truth, seed)
            figures.setdefault(name, []).append((auc(same, apart), pair_accuracy(same, apart)))
    means = {name: np.mean(figure, axis=0) for name, figure in figures.items()}
    return {name: f"{area:.3f}, {right:.3f}" for name, (area, right) in means.items()}


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


if __name__ == "__main__":
    main()
