"""The stock calibration of an encoder: made of many people, or measured on people left out of it.

    python benchmarks/stock.py make FOLDER [--encoder resnet] [--compare ratio] [--out FILE]
    python benchmarks/stock.py measure FOLDER [--encoder resnet] [--compare ratio]

FOLDER holds a folder of photos for each person, many people. `make` writes the file that ships in
`face2vec/assets`: aggregate numbers only. `measure` makes one of half the people, asks how often
the others pass at its thresholds, and how they fare in galleries of 10, 100 and 1,000 of them; then
the halves change places. With `--compare ratio`, each is measured with the ratio of the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from face2vec.assets import own_data
from face2vec.encoders.ratio import Evidence
from face2vec.gallery.calibration import leaning_on_stock
from face2vec.gallery.comparison import EUCLIDEAN, PLAIN, RULES, Comparison, comparison_by
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.stock import FORMAT, VERSION, Stock, kinds
from face2vec.reading.labelled import read_folder
from face2vec.reading.options import ReadingOptions
from face2vec.thresholds import Rates
from face2vec.training.prior import estimate_ratio

RATES = tuple(float(f"{rate:.3g}") for rate in np.logspace(np.log10(0.5), -5, 48))
CHECKED = (1e-2, 1e-3, 1e-4)
PHOTOS = (1, 2, 3, 5, 10)  # of the person that a face is compared with
EVENTS = 50  # comparisons that a rate must be of, or it is taken from the curve of one photo
DRAWS = 4  # of the photos of each person, where some of them are drawn
BINS = 40_000
RESAMPLES = 200
BLOCK = 256
GALLERIES = {10: 40, 100: 16, 1000: 3}  # how many of each size, for each half


def main() -> None:
    """Makes a stock calibration, or measures one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["make", "measure"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="resnet")
    parser.add_argument("--compare", choices=RULES, default=EUCLIDEAN)
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--of", default="Labeled Faces in the Wild, View 2, sets 1 to 5")
    parser.add_argument("--out", type=Path, help="[default: the file in face2vec/assets]")
    options = parser.parse_args()
    reader = ReadingOptions(options.encoder, cache=options.cache).reader()
    data = read_folder(options.folder, reader)
    names = np.array(data.names)
    encoder = dict(reader.encoder.recipe)
    comparison = comparison_by(options.compare, reader.encoder.ratio, options.encoder)
    if options.what == "make":
        made = stock_of(data.vectors, names, encoder, options.of, comparison)
        out = options.out or own_data(f"stock-{options.encoder}-{options.compare}.json")
        out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        print_checks(made)
    else:
        measure(data.vectors, names, encoder, comparison)


def stock_of(
    vectors: np.ndarray,
    names: np.ndarray,
    encoder: dict[str, object],
    of: str,
    comparison: Comparison = PLAIN,
    seed: int = 0,
) -> dict[str, object]:
    """Returns what the file holds; every person counts alike.

    Args:
        vectors: (n, d) float32.
        names: (n,) the person on each photo.
        encoder: its recipe.
        of: what the photos are, in words.
        comparison: how faces are compared.
        seed: of the photos drawn and the people resampled.
    """
    rng = np.random.default_rng(seed)
    people = np.unique(names, return_inverse=True)[1]
    curves = {1: curve_of_one(vectors, people, comparison)}
    for photos in PHOTOS[1:]:
        curves[photos] = curve_of_several(vectors, people, photos, curves[1], comparison, rng)
    checks = [
        check(vectors, people, rate, at(curves[1], rate), comparison, rng) for rate in CHECKED
    ]
    by = comparison.ratio.fingerprint if comparison.ratio and encoder["name"] == "resnet" else None
    return {
        "format": FORMAT,
        "version": VERSION,
        "encoder": encoder,
        "rule": comparison.rule,
        "ratio": by,
        "of": of,
        "people": int(people.max()) + 1,
        "photos": len(people),
        "rates": RATES,
        "thresholds": {
            str(photos): [round(float(t), 4) for t in curve] for photos, curve in curves.items()
        },
        "checks": checks,
    }


def at(curve: np.ndarray, rate: float) -> float:
    """Returns the threshold of a rate, between those of the curve."""
    return float(np.interp(-np.log(rate), -np.log(RATES), curve))


def to_all(
    vectors: np.ndarray, others: np.ndarray, comparison: Comparison
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields rows of `vectors`, and how far each is from each of `others`, alone."""
    if comparison.ratio is None:
        yield from distances(vectors, others)
        return
    alone = comparison.ratio.project(others)
    evidence = comparison.ratio.evidence(alone, np.ones(len(others), dtype=int))
    yield from by_evidence(comparison.ratio.project(vectors), evidence)


def to_person(seen: np.ndarray, own: np.ndarray, comparison: Comparison) -> np.ndarray:
    """Returns how far vectors are from a person with several photos: (n,).

    Args:
        seen: (n, d) or, for the ratio of likelihoods, projected.
        own: of the person, the same.
        comparison: how faces are compared.
    """
    if comparison.ratio is None:
        with_mean = np.vstack([own, own.mean(axis=0, dtype=np.float64)])
        apart = [apart for _, apart in distances(seen, with_mean)]
        return np.concatenate([(one[:, :-1].min(axis=1) + one[:, -1]) / 2 for one in apart])
    mean = own.mean(axis=0, keepdims=True)
    evidence = comparison.ratio.evidence(mean, np.array([len(own)]))
    return comparison.ratio.distance(evidence.log_ratios(seen)[:, 0])


def by_evidence(probes: np.ndarray, evidence: Evidence) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields rows of projected probes, and how far each is from people by the ratio."""
    for start in range(0, len(probes), BLOCK):
        rows = slice(start, min(start + BLOCK, len(probes)))
        yield rows, evidence.ratio.distance(evidence.log_ratios(probes[rows]))


def distances(vectors: np.ndarray, others: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields rows of `vectors`, and how far each is from all of `others`, a block at a time."""
    others = others.astype(np.float64)
    norms = (others**2).sum(axis=1)
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, min(start + BLOCK, len(vectors)))
        block = vectors[rows].astype(np.float64)
        squares = (block**2).sum(axis=1)[:, None] + norms - 2 * block @ others.T
        yield rows, np.sqrt(np.maximum(squares, 0))


class Histogram:
    """Weighted distances, counted in fine bins."""

    def __init__(self, highest: float) -> None:
        self.edges = np.linspace(0, highest, BINS + 1)
        self.counts = np.zeros(BINS)

    def add(self, apart: np.ndarray, weights: np.ndarray) -> None:
        self.counts += np.histogram(apart, self.edges, weights=weights)[0]

    def curve(self) -> np.ndarray:
        """Returns the distance below which lies each of `RATES`."""
        share = np.concatenate([[0], np.cumsum(self.counts)]) / self.counts.sum()
        return np.interp(RATES, share, self.edges)


def furthest(vectors: np.ndarray, comparison: Comparison) -> float:
    """Returns a distance that hardly any is above."""
    if comparison.ratio is None:
        return 2 * float(np.linalg.norm(vectors, axis=1).max())
    return 4 * float(np.sqrt(2 * comparison.ratio.most))


def curve_of_one(vectors: np.ndarray, people: np.ndarray, comparison: Comparison) -> np.ndarray:
    """The thresholds where a person is known from one photo."""
    weight = 1 / np.bincount(people)[people]
    histogram = Histogram(furthest(vectors, comparison))
    for rows, apart in to_all(vectors, vectors, comparison):
        different = people[rows, None] != people
        histogram.add(apart[different], (weight[rows, None] * weight)[different])
    return histogram.curve()


def curve_of_several(
    vectors: np.ndarray,
    people: np.ndarray,
    photos: int,
    of_one: np.ndarray,
    comparison: Comparison,
    rng: np.random.Generator,
) -> np.ndarray:
    """The thresholds where a person is known from several photos.

    Rates that too few comparisons are of are taken from the curve of one photo, moved.
    """
    counts = np.bincount(people)
    weight = 1 / counts[people]
    rich = np.flatnonzero(counts >= photos)
    histogram = Histogram(furthest(vectors, comparison))
    seen = vectors if comparison.ratio is None else comparison.ratio.project(vectors)
    for person in np.repeat(rich, DRAWS):
        own = seen[rng.permutation(np.flatnonzero(people == person))[:photos]]
        others = people != person
        histogram.add(to_person(seen[others], own, comparison), weight[others])
    curve = histogram.curve()
    enough = np.array(RATES) >= EVENTS / (len(rich) * len(counts))
    last = int(np.flatnonzero(enough)[-1])
    return np.where(enough, curve, of_one + (curve[last] - of_one[last]))


def check(
    vectors: np.ndarray,
    people: np.ndarray,
    rate: float,
    threshold: float,
    comparison: Comparison,
    rng: np.random.Generator,
) -> dict[str, object]:
    """Returns the rates at a threshold, with intervals by resampling people."""
    matched, total = np.zeros((2, people.max() + 1, people.max() + 1))
    for rows, apart in to_all(vectors, vectors, comparison):
        where = people[rows, None], people[None]
        np.add.at(matched, where, apart <= threshold)
        np.add.at(total, where, 1)
    own = np.bincount(people)
    twice = np.flatnonzero(own > 1)
    kept = (np.diag(matched)[twice] - own[twice]) / (own[twice] * (own[twice] - 1))
    shares = matched / total
    np.fill_diagonal(shares, 0)
    fmrs, fnmrs = [], []
    for _ in range(RESAMPLES):
        drawn = np.bincount(rng.integers(0, len(own), len(own)), minlength=len(own))
        fmrs.append(drawn @ shares @ drawn / (drawn.sum() ** 2 - (drawn**2).sum()))
        fnmrs.append(1 - float(rng.choice(kept, len(kept)).mean()))
    return {
        "wanted_fmr": rate,
        "threshold": round(threshold, 4),
        "fmr": float(f"{shares.sum() / (len(own) * (len(own) - 1)):.3g}"),
        "fmr_interval": [float(f"{end:.3g}") for end in np.percentile(fmrs, [2.5, 97.5])],
        "fnmr": round(1 - float(kept.mean()), 4),
        "fnmr_interval": [round(float(end), 4) for end in np.percentile(fnmrs, [2.5, 97.5])],
        "people": len(own),
        "people_twice": len(twice),
    }


def print_checks(made: dict[str, object]) -> None:
    """Prints the thresholds that were checked."""
    print(f"{made['encoder']['name']}: {made['photos']} photos of {made['people']} people")
    for one in made["checks"]:
        print(
            f"  FMR {one['wanted_fmr']:g}: threshold {one['threshold']:.3f}, FMR {one['fmr']:.2e} "
            f"({one['fmr_interval'][0]:.2e} to {one['fmr_interval'][1]:.2e}), FNMR "
            f"{one['fnmr']:.2%} ({one['fnmr_interval'][0]:.2%} to {one['fnmr_interval'][1]:.2%})"
        )


# Measured on people who had no say in it.


def measure(
    vectors: np.ndarray, names: np.ndarray, encoder: dict[str, object], comparison: Comparison
) -> None:
    """Prints how people fare at thresholds that were made of others."""
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(np.unique(names))
    halves = np.array_split(shuffled, 2)
    rows, fared = [], {}
    for half in halves:
        inside = np.isin(names, half)
        if comparison.ratio is not None and encoder["name"] == "resnet":
            comparison = Comparison(estimate_ratio(vectors[~inside], names[~inside]))
        made = stock_of(vectors[~inside], names[~inside], encoder, "a half", comparison)
        stock = Stock.from_dict(made)
        own, people = vectors[inside], np.unique(names[inside], return_inverse=True)[1]
        rows.append([check(own, people, r, stock.threshold(r), comparison, rng) for r in CHECKED])
        for photos in (1, 3):
            for size, galleries in GALLERIES.items():
                fared.setdefault((photos, size), []).extend(
                    fare(own, people, stock, size, photos, comparison, rng)
                    for _ in range(galleries)
                )
    print("wanted FMR, threshold, FMR, FNMR: means of the halves")
    for one, other in zip(*rows, strict=True):
        figures = [(one[n] + other[n]) / 2 for n in ("threshold", "fmr", "fnmr")]
        print(f"  {one['wanted_fmr']:g}  {figures[0]:.3f}  {figures[1]:.2e}  {figures[2]:.2%}")
    print("photos a person, people: FPIR, TPIR, threshold by the stock; then leaning on it")
    for (photos, size), figures in fared.items():
        mean = np.mean(figures, axis=0)
        print(
            f"  {photos}  {size:5}:  {mean[0]:.2%}  {mean[1]:.2%}  {mean[2]:.3f};  "
            f"{mean[3]:.2%}  {mean[4]:.2%}  {mean[5]:.3f}"
        )


def fare(
    vectors: np.ndarray,
    people: np.ndarray,
    stock: Stock,
    size: int,
    photos: int,
    comparison: Comparison,
    rng: np.random.Generator,
) -> list[float]:
    """Returns FPIR, TPIR and threshold of a gallery, by the stock alone, and leaning on it.

    Of the people with photos to spare as probes, half at most are enrolled.
    """
    shuffled = rng.permutation(people.max() + 1)
    twice = np.bincount(people)[shuffled] > 1
    probed = shuffled[twice][: min(size, int(twice.sum()))]
    enrolled = np.concatenate([probed, shuffled[~twice]])[:size]
    known, kept = {}, []
    for person in enrolled:
        own = rng.permutation(np.flatnonzero(people == person))
        number = max(1, min(photos, len(own) - 1))
        known[str(person)] = vectors[own[:number]]
        kept += own[number:].tolist()
    gallery = PeopleMatrix.of_people(known, comparison)
    strangers = ~np.isin(people, enrolled)
    to_strangers = gallery.nearest(vectors[strangers], 1)
    to_known = gallery.nearest(vectors[kept], 1)
    names = [one[0].name for one in to_known]
    right = np.array([str(people[row]) for row in kept]) == np.array(names)
    apart = np.array([one[0].distance for one in to_known])
    weight = 1 / np.bincount(people)[people[strangers]]
    near = np.array([one[0].distance for one in to_strangers])
    counts = kinds(len(rows) for rows in known.values())
    rates = Rates()
    thresholds = [
        stock.threshold_for(rates.identify, counts, rates.verify),
        leaning_on_stock(known, gallery, stock, rates).identify.threshold,
    ]
    figures = []
    for threshold in thresholds:
        named = float((weight * (near <= threshold)).sum() / weight.sum())
        figures += [named, float((right & (apart <= threshold)).mean()), float(threshold)]
    return figures


if __name__ == "__main__":
    main()
