"""`face2vec.face_recognition` beside face_recognition itself: the same answers, how much sooner.

    pip install -r benchmarks/requirements.txt && pip install --no-deps face_recognition==1.3.0
    python benchmarks/face_recognition_api.py FOLDER... [--every 1] [--cnn]

Each photo is loaded, searched, and its faces are pointed out and encoded by both, in turn, one
thread each. Where face_recognition sees a face, boxes and points must be the same ones; vectors are
compared for its boxes. Times are the processor's. With --cnn, the locations of model="cnn" too.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections import Counter  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402

import face2vec.face_recognition as ours  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402

warnings.filterwarnings("ignore", message="pkg_resources")  # of face_recognition_models
import face_recognition as theirs  # noqa: E402

IMPORTS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take one photo in so many")
    parser.add_argument("--cnn", action="store_true", help="compare model='cnn' too")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for folder in options.folders:
        print(f"{folder.name}:")
        compare(list_photos(folder)[:: options.every], options.cnn)
    report_imports()


def compare(paths: list[Path], cnn: bool) -> None:
    """Prints how far the two agree on photos, and what each costs."""
    counts: Counter[str] = Counter()
    seconds: Counter[tuple[str, str]] = Counter()
    worst = 0.0
    for index, path in enumerate(paths):
        image = theirs.load_image_file(path)
        counts["images that differ"] += not np.array_equal(image, ours.load_image_file(path))
        found, own = theirs.face_locations(image), ours.face_locations(image)
        if not found:
            counts["photos where only ours finds a face"] += bool(own)
            continue
        counts["photos"] += 1
        counts["photos whose locations differ"] += found != own
        for model in ("small", "large"):
            points = [module.face_landmarks(image, found, model) for module in (theirs, ours)]
            counts["photos whose points differ"] += points[0] != points[1]
            vectors = []
            for module in (theirs, ours):
                module.face_encodings(image, found, model=model) if not index else None
                began = time.process_time()
                vectors.append(module.face_encodings(image, found, model=model))
                seconds[module.__name__, model] += time.process_time() - began
            counts["vectors"] += len(found)
            worst = max(worst, np.abs(np.array(vectors[0]) - np.array(vectors[1])).max())
        if cnn:
            by_cnn = [module.face_locations(image, model="cnn") for module in (theirs, ours)]
            counts["photos whose CNN's locations differ"] += by_cnn[0] != by_cnn[1]
    for what, count in counts.items():
        print(f"  {what}: {count}")
    print(f"  largest difference in a number of a vector: {worst:.1e}")
    for model in ("small", "large"):
        each = 2000 / max(counts["vectors"], 1)  # half of the vectors are of each model
        slow, quick = (each * seconds[module.__name__, model] for module in (theirs, ours))
        print(
            f"  a vector with model={model!r}, given boxes: {slow:.1f} ms and {quick:.1f} ms, "
            f"{slow / quick:.1f} times"
        )


def report_imports() -> None:
    """Prints what an import takes, the median of several, each in a process of its own."""
    for name in ("face_recognition", "face2vec.face_recognition"):
        code = (
            f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
        )
        taken = [
            float(
                subprocess.run(
                    [sys.executable, "-W", "ignore", "-c", code],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(IMPORTS)
        ]
        print(f"import {name}: {np.median(taken):.2f} s")


if __name__ == "__main__":
    main()
