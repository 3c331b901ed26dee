"""The fits of a face, computed in numpy and by dlib, one thread each, in turn: the same points.

    python benchmarks/landmarks.py FOLDER [--photos 50] [--fits 24] [--runs 3]

Times are the processor's, from the photo in memory to the points in Python, warps included. The
second line is what it takes to load the model in a new process.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from face2vec.assets import LANDMARK_MODEL, dlib_model  # noqa: E402
from face2vec.detection.landmarks import LandmarkModel  # noqa: E402
from face2vec.dlib_models.points import DlibPredictor  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.photos.photo import Photo  # noqa: E402
from face2vec.reading.options import ReadingOptions  # noqa: E402

LOADING = """
import sys, time
from pathlib import Path
import numpy, dlib
from face2vec.dlib_models.points import DlibPredictor, open_predictor
start = time.process_time()
{name}(Path(sys.argv[1]))
print(time.process_time() - start)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=50)
    parser.add_argument("--fits", type=int, default=24)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    paths = list_photos(options.folder)
    readings = [
        ReadingOptions("nose-tip").reader().read(path)
        for path in paths[:: max(1, len(paths) // options.photos)]
    ]
    faces = [
        (Photo.open(one.path).grey, one.largest.face.landmarks) for one in readings if one.encodings
    ]
    ours, theirs = LandmarkModel(), LandmarkModel()
    theirs.__dict__["_predictor"] = DlibPredictor(dlib_model(LANDMARK_MODEL))
    same = 0
    taken = np.zeros((options.runs, 2))
    for run in taken:
        for grey, landmarks in faces:
            first, fits = timed(ours, grey, landmarks, options.fits)
            second, expected = timed(theirs, grey, landmarks, options.fits)
            run += first, second
            same += np.array_equal(fits, expected)
    per_face = 1000 * np.median(taken, axis=0) / len(faces)
    print(
        f"{options.fits} fits of {len(faces)} faces: {per_face[0]:.1f} ms a face, by dlib "
        f"{per_face[1]:.1f}, ratio {np.median(taken[:, 1] / taken[:, 0]):.2f}; "
        f"the same in {same} of {len(faces) * options.runs}"
    )
    loading = [
        [loaded(name) for name in ("open_predictor", "DlibPredictor")]
        for _ in range(options.runs + 1)
    ][1:]
    kept, by_dlib = (statistics.median(times) for times in zip(*loading, strict=True))
    ratio = by_dlib / kept
    print(f"loading: {1000 * kept:.0f} ms, by dlib {1000 * by_dlib:.0f}, ratio {ratio:.0f}")


def timed(
    model: LandmarkModel, grey: np.ndarray, landmarks: np.ndarray, count: int
) -> tuple[float, np.ndarray]:
    start = time.process_time()
    fits = model.fits(grey, landmarks, count)
    return time.process_time() - start, fits


def loaded(name: str) -> float:
    """Returns the processor's seconds that loading the model takes in a new process."""
    command = [sys.executable, "-c", LOADING.format(name=name), str(dlib_model(LANDMARK_MODEL))]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
