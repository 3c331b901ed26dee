"""Many photos: two processes beside one, memory over the photos, and how soon Ctrl-C stops.

    python benchmarks/batch.py FOLDER [--photos 2000] [--encoder nose-tip...] [--before CHECKOUT]

The photos of FOLDER are repeated, each with other bytes at its end, so that none of them is cached.
With --before, another version of Face2Vec reads them too, in turn with this one.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from face2vec.photos.folders import label_photos
from face2vec.reading.cache import Cache

READ = """
import sys, time, resource
from pathlib import Path
import cv2
cv2.setNumThreads(1)  # one process is to be one core; workers do this by themselves
folder, cache, workers, photos, encoder = sys.argv[1:]
options = {"cache": Path(cache), "workers": int(workers)}
try:
    from face2vec.photos.folders import list_photos
    from face2vec.reading.options import ReadingOptions
    reader = ReadingOptions(encoder, **options).reader()
except ImportError:  # version 0.1.0
    from face2vec.images import list_photos
    from face2vec.reading import make_reader
    reader = make_reader(encoder, **options)
paths = list_photos(Path(folder))[: int(photos)]
started = time.perf_counter()
reader.read_all(paths)
taken = time.perf_counter() - started
kilobytes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, -1)]
from loky import get_reusable_executor
get_reusable_executor().shutdown(wait=True)
usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
kilobytes.append(usage[1].ru_maxrss)
print(taken, max(kilobytes), sum(one.ru_utime + one.ru_stime for one in usage))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--encoder", nargs="+", default=["nose-tip"])
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = repeated(options.folder, options.photos, Path(place) / "photos")
        for encoder in options.encoder:
            compare(folder, place, options.photos, encoder, options.before)
        stop(folder, Path(place) / "stopped")


def compare(folder: Path, place: str, photos: int, encoder: str, before: Path | None) -> None:
    """Prints what one encoder takes, in one process and in two, beside another version."""
    one, two = (read(folder, place, workers, photos, encoder) for workers in (1, 2))
    early = read(folder, place, 2, photos // 4, encoder)
    print(
        f"{encoder}, {photos} photos: one process {one.seconds:.1f} s, two {two.seconds:.1f} s: "
        f"{one.seconds / two.seconds:.2f}; {photos / two.seconds:.1f} photos a second\n"
        f"  largest process: {early.megabytes:.0f} MB after {photos // 4} photos, "
        f"{two.megabytes:.0f} MB after {photos}",
        flush=True,
    )
    if before:
        then, now = (read(folder, place, 2, photos, encoder, code) for code in (before, None))
        print(
            f"  before: {then.seconds:.1f} s, {then.processor:.1f} s of the processor's, "
            f"{then.megabytes:.0f} MB; now {now.seconds:.1f} s, {now.processor:.1f} s: "
            f"ratio {then.seconds / now.seconds:.2f}, {then.processor / now.processor:.2f} of the "
            "processor's",
            flush=True,
        )


class Taken(NamedTuple):
    """What a run took: seconds, megabytes of the largest process, seconds of the processor's."""

    seconds: float
    megabytes: float
    processor: float


def repeated(folder: Path, photos: int, out: Path) -> Path:
    """Writes so many photos, a folder for each person."""
    labelled = label_photos(folder)
    for number in range(photos):
        path = labelled.paths[number % len(labelled.paths)]
        name = labelled.names[number % len(labelled.paths)]
        (out / name).mkdir(parents=True, exist_ok=True)
        (out / name / f"{number}{path.suffix}").write_bytes(path.read_bytes() + b"%d" % number)
    return out


def read(
    folder: Path, place: str, workers: int, photos: int, encoder: str, checkout: Path | None = None
) -> Taken:
    """Reads the photos in a process of its own."""
    folder = folder.resolve()
    code = (checkout or Path(__file__).parent.parent).resolve()
    environment = {**os.environ, "PYTHONPATH": str(code)}
    with tempfile.TemporaryDirectory(dir=place) as cache:
        command = [sys.executable, "-c", READ, folder, cache, workers, photos, encoder]
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            cwd=place,
        )
    seconds, kilobytes, processor = map(float, done.stdout.split())
    return Taken(seconds, kilobytes / 1024, processor)


def stop(folder: Path, cache: Path) -> None:
    """Presses Ctrl-C while photos are read."""
    command = [sys.executable, "-m", "face2vec", "evaluate", str(folder), "--folds", "2"]
    process = subprocess.Popen(
        [*command, "--encoder", "nose-tip", "--cache", str(cache)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while Cache(cache).info()["photos"] < 100:
        time.sleep(0.05)
    started = time.perf_counter()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    said = process.communicate()[1].strip()
    taken = time.perf_counter() - started
    kept = Cache(cache).info()["photos"]
    print(f"Ctrl-C: over after {taken:.2f} s, exit code {process.returncode}, {kept} photos kept")
    print(f"  it said: {said}")


if __name__ == "__main__":
    main()
