"""Makes every choice of `landmarks` and its net anew without a folder, and measures them on it.

    python benchmarks/choices.py FOLDER FOLDER... [--cache cache] [--write docs/accuracy.md]

The choices for a folder are made on the other folders alone. There, half of the people are named
from few photos of each, in vectors whose prior knows the other half and the remaining folders; both
halves in turn, and several halvings. The recipe begins as the plainest one and takes one choice
after another: whichever option names most photos right, an earlier one where two are alike; first
those of the vectors, with nets that stay at the nearest means they start from, then those of the
net. What was chosen then names the photos of the folder that had no say: 5-fold cross-validation,
three times.

Last it makes the choices on all folders together, for the recipe that ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from photos import Photos, prior_without, read
from tables import accuracy_of, header, row, with_interval

from face2vec.encoders.prior import Prior
from face2vec.training.dense import answer_all
from face2vec.training.prior import PriorSettings, estimate_prior
from face2vec.training.settings import PLAIN, Settings

HALVINGS, DRAWS = 4, 2
COUNTS = (1, 2, 4)  # training photos of each person
ENOUGH = 1e-3  # by how much more a less plain option must name right

PLAINEST = PriorSettings(
    distance_weight=0.05, regress_yaw=False, noise_share=0, floor_share=0.01, length_power=1
)
SHIPPED = PriorSettings(), Settings()
NEAREST_MEANS = Settings(epochs=1)
RECIPE_OPTIONS = {
    "floor_share": (0.003, 0.01, 0.03, 0.1),
    "noise_share": (0.0, 0.03, 0.1, 0.3),
    "regress_yaw": (False, True),
    "distance_weight": (0.05, 0.2, 1.0),  # not 0: a landmark-distance method has distances in it
    "length_power": (1.0, 0.5, 0.0),
}
SETTINGS_OPTIONS = {
    "prior_photos": (30, 100, 300),
    ("sharpness", "learning_rate"): (
        (8.0, 1e-3),
        (4.0, 1e-3),
        (16.0, 1e-3),
        (8.0, 3e-3),
        (0.0, 1e-2),
        (0.0, 3e-3),
    ),
    "units": (128, 32, 64, 256),
    "l2": (1e-3, 1e-4, 1e-2),
    "dropout": (0.3, 0.0, 0.6),
}


R = TypeVar("R", PriorSettings, Settings)


@dataclass(frozen=True, eq=False)
class Halves:
    """People of a folder, halved several times.

    Attributes:
        photos: the folder.
        first: (halvings, n) bool, who is in the first half; both are as large.
        second: the same for the second.
        labels: (halvings, n) int, 0 to people / 2 - 1 within each half.
    """

    photos: Photos
    first: np.ndarray
    second: np.ndarray
    labels: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    options = parser.parse_args()
    if len(options.folders) < 2:
        parser.error("give at least two folders: the choices for each are made on the others")
    sets = [read(folder, options.cache) for folder in options.folders]
    chosen = [choose([photos for photos in sets if photos is not own]) for own in sets]
    print("\n".join(choices_table(sets, chosen)))
    print(f"\non all folders: {choose(sets)}")


def choices_table(
    sets: list[Photos], chosen: list[tuple[PriorSettings, Settings]]
) -> Iterator[str]:
    """Yields the lines of a table: what was chosen without each folder, and what that is worth."""
    yield "Chosen without the folder, and worth on it (accuracy as in the first table):\n"
    yield from header("", [*(f"without {photos.name}" for photos in sets), "as it ships"])
    for name, index in [(n, 0) for n in RECIPE_OPTIONS] + [(n, 1) for n in SETTINGS_OPTIONS]:
        for one in (name,) if isinstance(name, str) else name:
            picked = [getattr(both[index], one) for both in chosen]
            yield row(one, *(str(value) for value in [*picked, getattr(SHIPPED[index], one)]))
    for own, (recipe, settings) in zip(sets, chosen, strict=True):
        random = replace(settings, sharpness=0, learning_rate=PLAIN.learning_rate)
        ways = (recipe, settings), (recipe, random), SHIPPED
        figures = [with_interval(measured(sets, own, *way)) for way in ways]
        for name, figure in (("", figures[0]), (", its net from random weights", figures[1])):
            cells = [figure if photos is own else "" for photos in sets]
            yield row(f"accuracy on {own.name}{name}", *cells, "" if name else figures[2])


def measured(
    sets: list[Photos], own: Photos, recipe: PriorSettings, settings: Settings
) -> np.ndarray:
    """Returns in what share of the repeats each photo was named right."""
    return accuracy_of(prior_without(sets, own, recipe).encode(own.fits), own.labels, settings)


def choose(sets: list[Photos]) -> tuple[PriorSettings, Settings]:
    """Makes all choices on these folders."""
    recipe, settings = PLAINEST, Settings()
    halved = [halve(photos) for photos in sets]

    def worth(recipe: PriorSettings, settings: Settings) -> float:
        return float(np.mean([named_right(sets, one, recipe, settings) for one in halved]))

    for name, options in RECIPE_OPTIONS.items():
        recipe = best(recipe, name, options, lambda tried: worth(tried, NEAREST_MEANS))
    for name, options in SETTINGS_OPTIONS.items():
        settings = best(settings, name, options, lambda tried: worth(recipe, tried))
    return recipe, settings


def best(now: R, name: str | tuple[str, ...], options: tuple, worth: Callable[[R], float]) -> R:
    """Returns the record with the option that is worth most; in doubt, with an earlier one."""
    names = (name,) if isinstance(name, str) else name
    highest = -1.0
    for option in options:
        values = (option,) if isinstance(name, str) else option
        tried = replace(now, **dict(zip(names, values, strict=True)))
        value = worth(tried)
        print(f"  {', '.join(names)} {option}: {value:.4f}", flush=True)
        if value > highest + ENOUGH:
            highest, chosen = value, tried
    return chosen


def halve(photos: Photos) -> Halves:
    """Halves the people several times; with an odd number, one is left out."""
    people = np.unique(photos.labels)
    half = len(people) // 2
    sides = [np.zeros((HALVINGS, len(photos.labels)), dtype=bool) for _ in range(2)]
    labels = np.zeros((HALVINGS, len(photos.labels)), dtype=int)
    for halving in range(HALVINGS):
        shuffled = np.random.default_rng(halving).permutation(people)
        for side, group in zip(sides, (shuffled[:half], shuffled[half : 2 * half]), strict=True):
            for number, person in enumerate(group):
                own = photos.labels == person
                side[halving, own], labels[halving, own] = True, number
    return Halves(photos, *sides, labels)


def named_right(
    sets: list[Photos], halves: Halves, recipe: PriorSettings, settings: Settings
) -> float:
    """Returns the share of photos named right, over halves, numbers of photos and draws.

    All nets are trained side by side, so the vectors of the halvings stand one after another.
    """
    photos, count = halves.photos, len(halves.photos.labels)
    vectors, draws = [], []
    rng = np.random.default_rng(0)
    for halving in range(HALVINGS):
        sides = halves.first[halving], halves.second[halving]
        encoded = np.zeros((count, 0), dtype=np.float32)
        for own, other in (sides, sides[::-1]):
            prior = prior_of(sets, photos, other, recipe)
            encoded = encoded if encoded.size else np.zeros((count, prior.length), np.float32)
            encoded[own] = prior.encode(photos.fits[own])
            labels = np.where(own, halves.labels[halving], -1)
            draws += [
                (halving * count + learnt, halving * count + rest)
                for learnt, rest in drawn(labels, rng)
            ]
        vectors.append(encoded)
    labels = halves.labels.ravel()
    learnt_from = [learnt for learnt, _ in draws]
    answers, _ = answer_all(learnt_from, np.concatenate(vectors), labels, settings)
    right = answers.argmax(axis=2) == labels
    return float(np.mean([one[rest].mean() for one, (_, rest) in zip(right, draws, strict=True)]))


def prior_of(sets: list[Photos], photos: Photos, half: np.ndarray, recipe: PriorSettings) -> Prior:
    """Estimates a prior from half of the people of a folder, and from the other folders."""
    others = [one for one in sets if one is not photos]
    fits = np.concatenate([photos.fits[half], *(one.fits for one in others)])
    people = np.concatenate([photos.people[half], *(one.people for one in others)])
    return estimate_prior(fits, people, settings=recipe)


def drawn(labels: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields photos to learn from and the others of the same people; -1 is nobody's label."""
    people = [np.flatnonzero(labels == person) for person in np.unique(labels[labels >= 0])]
    for count in COUNTS:
        for _ in range(DRAWS):
            shuffled = [rng.permutation(own) for own in people]
            taken = min(count, min(map(len, people)) - 1)
            yield (
                np.concatenate([own[:taken] for own in shuffled]),
                np.concatenate([own[taken:] for own in shuffled]),
            )


if __name__ == "__main__":
    main()
