"""Many photos: two processes beside one, memory over the photos, and how soon Ctrl-C stops.

    python benchmarks/batch.py FOLDER [--photos 2000]

The photos of FOLDER are repeated, each with other bytes at its end, so that none of them is cached.
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

from face2vec.photos.folders import label_photos
from face2vec.reading.cache import Cache

READ = """
import sys, time, resource
from pathlib import Path
import cv2
cv2.setNumThreads(1)  # one process is to be one core; workers do this by themselves
from face2vec.photos.photo import list_photos
from face2vec.reading.options import ReadingOptions
folder, cache, workers, photos = sys.argv[1:]
reader = ReadingOptions("nose-tip", cache=Path(cache), workers=int(workers)).reader()
paths = list_photos(Path(folder))[: int(photos)]
started = time.perf_counter()
reader.read_all(paths)
taken = time.perf_counter() - started
kilobytes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, -1)]
from loky import get_reusable_executor
get_reusable_executor().shutdown(wait=True)
kilobytes.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(taken, max(kilobytes))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = repeated(options.folder, options.photos, Path(place) / "photos")
        one, _ = read(folder, place, workers=1, photos=options.photos)
        two, peak = read(folder, place, workers=2, photos=options.photos)
        _, early_peak = read(folder, place, workers=2, photos=options.photos // 4)
        print(f"{options.photos} photos: one process {one:.1f} s, two {two:.1f} s: {one / two:.2f}")
        print(
            f"largest process: {early_peak / 1024:.0f} MB after {options.photos // 4} photos, "
            f"{peak / 1024:.0f} MB after {options.photos}"
        )
        stop(folder, Path(place) / "stopped")


def repeated(folder: Path, photos: int, out: Path) -> Path:
    """Writes so many photos, a folder for each person."""
    labelled = label_photos(folder)
    for number in range(photos):
        path = labelled.paths[number % len(labelled.paths)]
        name = labelled.names[number % len(labelled.paths)]
        (out / name).mkdir(parents=True, exist_ok=True)
        (out / name / f"{number}{path.suffix}").write_bytes(path.read_bytes() + b"%d" % number)
    return out


def read(folder: Path, place: str, workers: int, photos: int) -> tuple[float, float]:
    """Returns seconds and the kilobytes of the largest process, from a process of its own."""
    with tempfile.TemporaryDirectory(dir=place) as cache:
        command = [sys.executable, "-c", READ, str(folder), cache, str(workers), str(photos)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, done.stdout.split())
    return seconds, kilobytes


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
