"""`--detector cnn` beside dlib's own, one thread each, in turn: the same boxes, how much sooner.

    python benchmarks/cnn.py FOLDER... [--every 1] [--hard 0]

Both are given what the detector sees of a photo: grey, 600 pixels along the long side. With
--hard N also what `hard_photos.py` makes of every Nth photo. A box of dlib's counts as met where
one of ours covers it with an intersection over union of at least 0.95; one of ours that meets none
of dlib's counts as missed too.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402
import dlib  # noqa: E402
import numpy as np  # noqa: E402
from hard_photos import Truth, hard_photos  # noqa: E402

from face2vec.assets import CNN_MODEL, dlib_model  # noqa: E402
from face2vec.detection.ladder import CNN_SIDE  # noqa: E402
from face2vec.dlib_models.face_detector import FaceDetector  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.photos.photo import Photo  # noqa: E402
from face2vec.photos.view import whole  # noqa: E402

CLOSE = 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take one photo in so many")
    parser.add_argument("--hard", type=int, default=0, help="make hard photos of one in so many")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    ours = FaceDetector(dlib_model(CNN_MODEL))
    theirs = dlib.cnn_face_detection_model_v1(str(dlib_model(CNN_MODEL)))
    for folder in options.folders:
        paths = list_photos(folder)[:: options.every]
        report(folder.name, (Photo.open(path) for path in paths), ours, theirs)
        if options.hard:
            report(f"{folder.name}, hard", hard(paths[:: options.hard]), ours, theirs)


def hard(paths: list[Path]) -> Iterator[Photo]:
    """Yields hard photos made of easy ones."""
    truth = Truth()
    for number, path in enumerate(paths):
        for made in hard_photos(path, number, truth):
            yield Photo(made.data)


def report(
    name: str,
    photos: Iterator[Photo],
    ours: FaceDetector,
    theirs: dlib.cnn_face_detection_model_v1,
) -> None:
    """Prints how far the boxes agree, and the ratio of the times."""
    seconds = np.zeros(2)
    count = boxes = met = 0
    farthest = 0.0
    for photo in photos:
        view = whole(photo.size, CNN_SIDE, enlarge=2.0)
        rgb = cv2.cvtColor(photo.sample(view), cv2.COLOR_GRAY2RGB)
        start = time.process_time()
        found = ours.find(rgb)
        between = time.process_time()
        expected = theirs(rgb, 0)
        seconds += between - start, time.process_time() - between
        mine = np.array([one[:4] for one in found]).reshape(-1, 4)
        other = np.array([corners(one.rect) for one in expected]).reshape(-1, 4)
        shared = overlap(mine, other)
        count += 1
        boxes += max(len(mine), len(other))
        met += int((shared.max(axis=0, initial=0) >= CLOSE).sum())
        for column, one in zip(shared.T, expected, strict=True):
            if column.size and column.max() >= CLOSE:
                farthest = max(farthest, abs(found[column.argmax()].score - one.confidence))
    print(
        f"{name}: {count} photos, {met} of {boxes} boxes alike, scores within {farthest:.1e}; "
        f"{1000 * seconds[0] / count:.0f} ms a photo, dlib {1000 * seconds[1] / count:.0f}, "
        f"ratio {seconds[1] / seconds[0]:.2f}",
        flush=True,
    )


def corners(box: dlib.rectangle) -> tuple[int, int, int, int]:
    return box.left(), box.top(), box.right(), box.bottom()


def overlap(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns intersection over union of each of some boxes with each of others."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low + 1, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2] + 1).prod(axis=1) for boxes in (some, others)]
    return shared / (areas[0][:, None] + areas[1][None] - shared)


if __name__ == "__main__":
    main()
