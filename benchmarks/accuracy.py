"""Every encoder and recipe on every folder, on the same folds, beside the published loop.

    python benchmarks/accuracy.py LEARN FOLDER FOLDER... [--write README.md docs/accuracy.md]

LEARN holds photos of many people, nobody of whom is in a FOLDER: what is known of faces before any
training, the prior of `landmarks` and the ratio of `resnet`, is estimated from it. All figures are
of photos held out of training, by 5-fold cross-validation repeated three times; the interval is a
95 % bootstrap over the photos. With --write, the tables replace what stands between the lines
`<!-- accuracy:begin -->` and `<!-- accuracy:end -->` of the files, and some rows of the first what
stands between `<!-- summary:begin -->` and `<!-- summary:end -->`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from photos import Photos, prior_of, read
from tables import FOLDS, REPEATS, accuracy_of, header, row, with_interval, write_between

from face2vec import defaults
from face2vec.detection import shapes as geometry
from face2vec.encoders.prior import Prior
from face2vec.encoders.ratio import Ratio
from face2vec.evaluation.answers import expected_calibration_error
from face2vec.recognition.model import Model
from face2vec.training import by_ratio
from face2vec.training.dense import answer_all, cross_validate
from face2vec.training.folds import stratified_splits
from face2vec.training.learn import fit_ratio
from face2vec.training.prior import PriorSettings, estimate_ratio
from face2vec.training.rejection import known_people
from face2vec.training.settings import PLAIN, Settings
from face2vec.training.temperature import cross_tempered

PUBLISHED_FOLDS = 10
KEPT = 0.95  # of the right answers, at the threshold that strangers are met with
DRAWS = 10
SHIPPED = "**landmarks**, as it ships"
SUMMARY = {  # the rows that stand in the README, and their names there
    "chance": "chance",
    "the published loop, by its own report": "the published loop, by its own report",
    "the same net, a new one for each fold": (
        "the same net, a new one for each fold (what the loop is really worth)"
    ),
    "nose-tip, dense net": "`--encoder nose-tip`: the published features, our net",
    SHIPPED: "`--encoder landmarks`, the default: geometry of 68 points",
    "dlib's vectors, nearest photo": "dlib's vectors, nearest photo: the rule of face_recognition",
    "**resnet**, as it ships": "`--encoder resnet`",
}
Known = tuple[Prior, Ratio]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("learn", type=Path)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--write", type=Path, nargs="+", metavar="FILE", default=[])
    parser.add_argument(
        "--no-published", action="store_true", help="Leave the published loop out: it is slow."
    )
    options = parser.parse_args()
    learn = read(options.learn, options.cache, encoders=("resnet",))
    sets = [read(f, options.cache, encoders=("nose-tip", "resnet")) for f in options.folders]
    known = prior_of(learn), estimate_ratio(learn.vectors["resnet"], learn.labels)
    rows = printed(accuracy(learn, sets, known, not options.no_published))
    others = few_photos(sets, known), strangers(sets, known), decided(sets, known)
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


def accuracy(learn: Photos, sets: list[Photos], known: Known, published: bool) -> Iterator[str]:
    found = ", ".join(
        f"{photos.name} {len(photos.labels)} of {photos.count} photos found, "
        f"{photos.labels.max() + 1} people"
        for photos in sets
    )
    yield (
        f"Held-out accuracy, {FOLDS} folds, {REPEATS} times, 95 % interval ({found}; what is known "
        f"before is of {len(learn.labels)} photos of {learn.labels.max() + 1} other people):\n"
    )
    yield from header("recipe", [photos.name for photos in sets])
    yield row("chance", *(f"{np.bincount(p.labels).max() / len(p.labels):.3f}" for p in sets))
    if published:
        reported, honest = zip(*(published_loop(photos) for photos in sets), strict=True)
        yield row("the published loop, by its own report", *(f"{one:.3f}" for one in reported))
        yield row("the same net, a new one for each fold", *(f"{one:.3f}" for one in honest))
    for several in zip(*(recipes(learn, own, known) for own in sets), strict=True):
        yield row(several[0][0], *(with_interval(right) for _, right in several))
    yield row(
        "calibration error of **landmarks**",
        *(f"{calibration_error(own, known[0]):.3f}" for own in sets),
    )


def recipes(learn: Photos, own: Photos, known: Known) -> Iterator[tuple[str, np.ndarray]]:
    """Yields in what share of the repeats each photo is named right, part by part of the recipe."""
    prior, ratio = known
    labels = own.labels
    plain = geometry.align(own.fits, prior.template)
    one, mean = plain[:, 0], plain.mean(axis=1)
    net = {
        "nose-tip, dense net": own.vectors["nose-tip"],
        "Procrustes coordinates of one fit, dense net": one.reshape(len(one), -1),
        f"mean of {own.fits.shape[1]} fits, dense net": mean.reshape(len(mean), -1),
        "mean, symmetrised, dense net": geometry.symmetric_part(mean),
    }
    for name, vectors in net.items():
        yield name, accuracy_of(vectors, labels, PLAIN)
    even = replace(prior, odd_weight=0.0)
    yield "ratio of likelihoods of the symmetric part", right_by_ratio(even, own)
    yield SHIPPED, right_by_ratio(prior, own)
    with_distances = prior_of(learn, PriorSettings(distance_weight=0.3))
    yield "and the distances from the nose tip", right_by_ratio(with_distances, own)
    yield (
        "**landmarks**, a net that starts from the ratio",
        np.mean(
            [net_right(prior.encode(own.fits), labels, prior.ratio, s) for s in range(REPEATS)],
            axis=0,
        ),
    )
    vectors = own.vectors["resnet"]
    yield (
        "dlib's vectors, nearest photo",
        repeated(
            labels,
            lambda train, test: labels[train][
                distances(vectors[test], vectors[train]).argmin(axis=1)
            ],
        ),
    )
    yield (
        "**resnet**, as it ships",
        np.mean([ratio_right(vectors, labels, ratio, s) for s in range(REPEATS)], axis=0),
    )


def right_by_ratio(prior: Prior, own: Photos) -> np.ndarray:
    vectors = prior.encode(own.fits)
    return np.mean(
        [ratio_right(vectors, own.labels, prior.ratio, s) for s in range(REPEATS)], axis=0
    )


def ratio_right(vectors: np.ndarray, labels: np.ndarray, ratio: Ratio, seed: int) -> np.ndarray:
    held_out = by_ratio.cross_validate(ratio, vectors, labels, FOLDS, seed)
    return held_out.probabilities.argmax(axis=1) == labels


def net_right(vectors: np.ndarray, labels: np.ndarray, ratio: Ratio, seed: int) -> np.ndarray:
    held_out, _ = cross_validate(vectors, labels, FOLDS, Settings(seed=seed), ratio)
    return held_out.probabilities.argmax(axis=1) == labels


def repeated(
    labels: np.ndarray, named: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    right = np.zeros((REPEATS, len(labels)))
    for seed in range(REPEATS):
        for train, test in stratified_splits(labels, FOLDS, seed):
            right[seed, test] = named(train, test) == labels[test]
    return right.mean(axis=0)


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.linalg.norm(one[:, None].astype(np.float64) - other, axis=2)


def calibration_error(own: Photos, prior: Prior) -> float:
    errors = []
    for seed in range(REPEATS):
        held_out = by_ratio.cross_validate(
            prior.ratio, prior.encode(own.fits), own.labels, FOLDS, seed
        )
        answers = cross_tempered(held_out.probabilities, own.labels, held_out.folds)
        errors.append(expected_calibration_error(answers, own.labels))
    return float(np.mean(errors))


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


def few_photos(sets: list[Photos], known: Known) -> Iterator[str]:
    """The learning curve: so many training photos a person, all others held out."""
    yield f"Held-out accuracy with few training photos a person (mean of {DRAWS} draws):\n"
    yield from header("recipe, photos a person", [photos.name for photos in sets])
    prior, ratio = known
    for count in (1, 2, 3, 5):
        drawn = [draws(count, p.labels) for p in sets]
        both = list(zip(sets, drawn, strict=True))
        figures = {
            "landmarks": [few_by_ratio(prior.encode(p.fits), p, prior.ratio, d) for p, d in both],
            "nose-tip": [few_by_net(p.vectors["nose-tip"], p, d) for p, d in both],
            "dlib's vectors, nearest photo": [
                few_by_distance(p.vectors["resnet"], p, d) for p, d in both
            ],
            "resnet": [few_by_ratio(p.vectors["resnet"], p, ratio, d) for p, d in both],
        }
        for name, several in figures.items():
            yield row(f"{name}, {count}", *(f"{one:.3f}" for one in several))


def draws(count: int, labels: np.ndarray) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    people = [np.flatnonzero(labels == person) for person in np.unique(labels)]
    return [
        np.concatenate([rng.permutation(photos)[:count] for photos in people]) for _ in range(DRAWS)
    ]


def few_by_net(vectors: np.ndarray, own: Photos, drawn: list[np.ndarray]) -> float:
    answers, _ = answer_all(drawn, vectors, own.labels, PLAIN)
    right = answers.argmax(axis=2) == own.labels
    return float(
        np.mean([np.delete(one, draw).mean() for one, draw in zip(right, drawn, strict=True)])
    )


def few_by_ratio(vectors: np.ndarray, own: Photos, ratio: Ratio, drawn: list[np.ndarray]) -> float:
    people = int(own.labels.max()) + 1
    shares = []
    for draw in drawn:
        fitted = by_ratio.fit(ratio, vectors[draw], own.labels[draw], people)
        right = fitted.probabilities(vectors).argmax(axis=1) == own.labels
        shares.append(np.delete(right, draw).mean())
    return float(np.mean(shares))


def few_by_distance(vectors: np.ndarray, own: Photos, drawn: list[np.ndarray]) -> float:
    shares = []
    for draw in drawn:
        nearest = distances(vectors, vectors[draw]).argmin(axis=1)
        shares.append(np.delete(own.labels[draw][nearest] == own.labels, draw).mean())
    return float(np.mean(shares))


def strangers(sets: list[Photos], known: Known) -> Iterator[str]:
    """A fifth of the people is left out in turn, and shown to those who know the others."""
    yield (
        f"Strangers that are given a name, where {KEPT:.0%} of the right answers are kept "
        f"(a fifth of the people left out in turn, {REPEATS} times):\n"
    )
    yield from header("rejected by", [photos.name for photos in sets])
    prior, ratio = known
    for name, vectors, of in (
        ("landmarks", [prior.encode(p.fits) for p in sets], prior.ratio),
        ("resnet", [p.vectors["resnet"] for p in sets], ratio),
    ):
        figures = [open_set(v, p.labels, of) for v, p in zip(vectors, sets, strict=True)]
        for way in figures[0]:
            yield row(f"{name}: {way}", *(f"{one[way]:.3f}" for one in figures))


def open_set(vectors: np.ndarray, labels: np.ndarray, ratio: Ratio) -> dict[str, float]:
    """Returns the share of strangers that get a name, by what they are rejected by."""
    right: dict[str, list[float]] = {}
    strange: dict[str, list[float]] = {}
    for seed in range(REPEATS):
        shuffled = np.random.default_rng(seed).permutation(np.unique(labels))
        for group in np.array_split(shuffled, FOLDS):
            stranger = np.isin(labels, group)
            inside = np.flatnonzero(~stranger)
            for a, b in stratified_splits(labels[inside], FOLDS, seed):
                train, test = inside[a], inside[b]
                for name, (known, asked) in scores(
                    vectors, labels, train, test, stranger, ratio
                ).items():
                    right.setdefault(name, []).extend(known)
                    strange.setdefault(name, []).extend(asked)
    return {
        name: float(np.mean(np.array(strange[name]) >= np.quantile(right[name], 1 - KEPT)))
        for name in right
    }


def scores(
    vectors: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    stranger: np.ndarray,
    ratio: Ratio,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns how sure known photos that are named right, and strangers, are of a person."""
    people = known_people(vectors[train], labels[train], int(labels.max()) + 1, ratio)
    known, asked = people.log_ratios(vectors[test]), people.log_ratios(vectors[stranger])
    named = known.argmax(axis=1) == labels[test]
    places = np.unique(labels[train])
    means = np.stack([vectors[train][labels[train] == p].mean(axis=0) for p in places])
    plain = [-distances(vectors[rows], means).min(axis=1) for rows in (test, stranger)]
    return {
        "distance of the vectors to the mean": (plain[0][named], plain[1]),
        "ratio of likelihoods": (known.max(axis=1)[named], asked.max(axis=1)),
    }


def decided(sets: list[Photos], known: Known) -> Iterator[str]:
    """What a trained model says, at the threshold it has learnt, to strangers and to new photos."""
    yield (
        "At the threshold that `train` sets by itself (wanted rate of strangers named "
        f"{defaults.GEOMETRY_FMR:.0%} with landmarks, {defaults.FMR:.0%} with resnet; a fifth of "
        f"the people left out in turn, {REPEATS} times, and a fifth of the photos of the others):\n"
    )
    yield from header("", [photos.name for photos in sets])
    prior, ratio = known
    for encoder, vectors, of, fmr in (
        ("landmarks", [prior.encode(p.fits) for p in sets], prior.ratio, defaults.GEOMETRY_FMR),
        ("resnet", [p.vectors["resnet"] for p in sets], ratio, defaults.FMR),
    ):
        figures = [model_answers(v, p.labels, of, fmr) for v, p in zip(vectors, sets, strict=True)]
        for name in figures[0]:
            yield row(f"{encoder}: {name}", *(f"{one[name]:.3f}" for one in figures))


def model_answers(
    vectors: np.ndarray, labels: np.ndarray, ratio: Ratio, fmr: float
) -> dict[str, float]:
    kinds = "strangers named", "new photos of known people named right", "named wrongly"
    counted: dict[str, list[np.ndarray]] = {name: [] for name in kinds}
    for seed in range(REPEATS):
        shuffled = np.random.default_rng(seed).permutation(np.unique(labels))
        for group in np.array_split(shuffled, FOLDS):
            stranger = np.isin(labels, group)
            seen, own = vectors[~stranger], np.unique(labels[~stranger], return_inverse=True)[1]
            train, test = stratified_splits(own, FOLDS, seed)[0]
            held_out = by_ratio.cross_validate(ratio, seen[train], own[train], FOLDS, seed)
            net, rejection = fit_ratio(seen[train], own[train], held_out, seed, fmr, ratio)
            people = tuple(map(str, range(own.max() + 1)))
            threshold = rejection.threshold
            model = Model(people, net, {}, threshold=threshold, familiarity=rejection.familiarity)
            new, strange = (model.probabilities(one) for one in (seen[test], vectors[stranger]))
            sure, right = new.max(axis=1) >= threshold, new.argmax(axis=1) == own[test]
            answers = strange.max(axis=1) >= threshold, sure & right, sure & ~right
            for name, answer in zip(kinds, answers, strict=True):
                counted[name].append(answer)
    return {name: float(np.concatenate(answers).mean()) for name, answers in counted.items()}


if __name__ == "__main__":
    main()
