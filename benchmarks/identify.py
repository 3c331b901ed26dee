"""The gallery: what a search costs beside the bare numpy product, and opening one, cold.

    python benchmarks/identify.py [--faces 1000000] [--cold PHOTO --model MODEL]

The vectors are made up. The search gives the two nearest people with exact distances; the bare
product is `vectors @ query`, which knows nothing of people. With --cold, a gallery of 100,000 is
made in a temporary folder, and `face2vec identify PHOTO` is timed beside `face2vec predict PHOTO`,
each in processes of their own, the fastest of five.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.opening import open_store
from face2vec.gallery.store import Source
from face2vec.reading.options import ReadingOptions

LENGTH = 128


def main() -> None:
    """Prints ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--cold", type=Path, metavar="PHOTO")
    parser.add_argument("--model", type=Path, default=Path("weights.best.hdf5"))
    options = parser.parse_args()
    if options.cold:
        cold(options.cold, options.model)
        return
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((options.faces, LENGTH), dtype=np.float32) * 0.1
    for photos in (1, 10):
        starts = np.arange(0, options.faces, photos)
        matrix = PeopleMatrix(range(len(starts)), starts, vectors)
        for queries in (1, 64):
            asked = rng.standard_normal((queries, LENGTH), dtype=np.float32) * 0.1
            bare, search = in_turn(
                lambda asked=asked: vectors @ (asked[0] if len(asked) == 1 else asked.T),
                lambda matrix=matrix, asked=asked: matrix.nearest(asked, 2),
            )
            print(
                f"{options.faces} faces, {photos} a person, {queries} queries: product "
                f"{1e3 * bare:.1f} ms, search {1e3 * search:.1f} ms, ratio {search / bare:.2f}"
            )


def in_turn(one, other, rounds: int = 15) -> tuple[float, float]:
    """Times two functions in turn and returns the fastest run of each, in seconds."""
    best = [np.inf, np.inf]
    for _ in range(rounds):
        for index, function in enumerate((one, other)):
            start = time.perf_counter()
            function()
            best[index] = min(best[index], time.perf_counter() - start)
    return best[0], best[1]


def cold(photo: Path, model: Path, faces: int = 100_000, photos: int = 10) -> None:
    """Times `identify` in a large gallery beside `predict`, each in a new process."""
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/gallery.db"
        store = open_store(url, create=True)
        recipe = ReadingOptions("resnet").reader().vector_recipe
        rng = np.random.default_rng(0)
        for person in range(faces // photos):
            vectors = rng.standard_normal((photos, LENGTH), dtype=np.float32) * 0.1
            sources = [Source(f"{person}-{number}", "made up") for number in range(photos)]
            if person == 0:
                store._connection.execute("PRAGMA synchronous = OFF")  # 10,000 commits, once
            store.add(f"person {person}", vectors, sources, recipe)
        store.close()
        predict = [sys.executable, "-m", "face2vec", "predict", photo, "--model", model]
        identify = [sys.executable, "-m", "face2vec", "identify", photo, "--gallery", url]
        base, search = in_turn(lambda: run(predict), lambda: run(identify), rounds=5)
    print(
        f"cold: predict {base:.2f} s, identify in {faces} faces {search:.2f} s, "
        f"{search - base:+.2f} s"
    )


def run(command: list) -> None:
    """Runs a command that must succeed."""
    subprocess.run([str(word) for word in command], capture_output=True, check=True)


if __name__ == "__main__":
    main()
