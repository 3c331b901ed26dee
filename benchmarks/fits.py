"""How many fits a face? Accuracy and milliseconds of `landmarks` for each number of them.

    python benchmarks/fits.py LEARN FOLDER FOLDER... [--cache cache] [--write docs/accuracy.md]

Accuracy is the mean of 1, 3 and 5 photos a person (ten draws each) and of 5-fold cross-validation
(three times), on photos held out, with a prior from as many fits of LEARN, which holds nobody of a
FOLDER. The number for a folder is chosen on the other folders: that at which the accuracy, less
`WORTH` for each millisecond, is highest.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from accuracy import draws, few_by_ratio, right_by_ratio
from photos import Photos, milliseconds, prior_of, read
from tables import header, row, write_between

from face2vec.encoders.prior import Prior

COUNTS = (1, 3, 6, 12, 24, 48, 96)
TIMED = 20  # photos of each folder
WORTH = 0.01 / 50  # for one photo more in a hundred, 50 ms a face are not too much


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("learn", type=Path)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    if len(options.folders) < 2:
        parser.error("give at least two folders: the number for each is chosen on the others")
    learn = read(options.learn, options.cache, max(COUNTS))
    sets = [read(folder, options.cache, max(COUNTS)) for folder in options.folders]
    lines = []
    for line in table(learn, sets):
        print(line, flush=True)
        lines.append(line)
    if options.write:
        write_between(options.write, "fits", "\n".join(lines))


def table(learn: Photos, sets: list[Photos]) -> Iterator[str]:
    """Yields the lines of the table."""
    names = [photos.name for photos in sets]
    paths = [path for photos in sets for path in photos.paths[:TIMED]]
    times = np.array([milliseconds(paths, count) for count in COUNTS])
    yield from header("fits", [*names, "ms a face", "more right than the row above, a ms"])
    accuracies = np.zeros((len(COUNTS), len(sets)))
    for index, (count, time) in enumerate(zip(COUNTS, times, strict=True)):
        prior = prior_of(replace(learn, fits=learn.fits[:, :count]))
        fewer = [replace(photos, fits=photos.fits[:, :count]) for photos in sets]
        accuracies[index] = [accuracy(prior, own) for own in fewer]
        gain = ""
        if index:
            more = accuracies[index].mean() - accuracies[index - 1].mean()
            gain = f"{100 * more / (time - times[index - 1]):.3f} %"
        yield row(str(count), *(f"{one:.4f}" for one in accuracies[index]), f"{time:.1f}", gain)
    for index, name in enumerate(names):
        others = np.delete(accuracies, index, axis=1).mean(axis=1)
        chosen = int((others - WORTH * times).argmax())
        yield (
            f"\nChosen without {name}: {COUNTS[chosen]} fits, which name "
            f"{accuracies[chosen][index]:.4f} of {name} right."
        )
    chosen = int((accuracies.mean(axis=1) - WORTH * times).argmax())
    yield f"\nChosen on all folders: {COUNTS[chosen]} fits."


def accuracy(prior: Prior, own: Photos) -> float:
    """Returns the mean over numbers of training photos."""
    vectors = prior.encode(own.fits)
    few = [few_by_ratio(vectors, own, prior.ratio, draws(count, own.labels)) for count in (1, 3, 5)]
    return float(np.mean([*few, right_by_ratio(prior, own).mean()]))


if __name__ == "__main__":
    main()
