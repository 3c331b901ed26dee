"""Faces found, false finds and speed, beside `face_recognition`: same photos, one core each.

    python benchmarks/finding.py FOLDER... [--every 1] [--peer-canvases 12] [--json]

Each FOLDER holds photos with one main face (`lfw10`, `orl20`). Hard photos are made of them; a find
counts where its landmarks lie within 5 % of the distance between the eyes, on average, of those of
the original photo. Times are of the processor, from the file's bytes to the landmarks. The peer is
installed for the benchmark only: see benchmarks/requirements.txt.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy is imported

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from hard_photos import HardPhoto, Truth, faceless_photos, hard_photos  # noqa: E402

from face2vec.detection.detector import Detector  # noqa: E402
from face2vec.detection.evidence import eye_distance  # noqa: E402
from face2vec.detection.landmarks import landmark_model  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.photos.photo import Photo  # noqa: E402

Finder = Callable[[bytes], list[np.ndarray]]
CLOSE = 0.05  # of the distance between the eyes
CANVAS = "on a 4000 x 3000 canvas"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take one photo in so many")
    parser.add_argument("--peer-canvases", type=int, default=12, help="5 s each")
    parser.add_argument("--landmark-model", type=Path, metavar="FILE|5", help="as of face2vec")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    truth, detector, peer = Truth(), Detector(landmark_model(options.landmark_model)), load_peer()
    warm_up(list_photos(options.folders[0])[0].read_bytes(), detector, peer)
    report = {"found": {}, "false_finds": {}}
    for folder in options.folders:
        paths = list_photos(folder)[:: options.every]
        cases = measure(paths, truth, detector, peer, options.peer_canvases)
        report["found"][folder.name] = cases
        if not options.json:
            print_cases(folder.name, cases)
    every = [path for folder in options.folders for path in list_photos(folder)]
    report["false_finds"] = count_false_finds(faceless_photos(every, truth), detector, peer)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print("\nfaces found in photos that have none:")
        for who, finds in report["false_finds"].items():
            print(f"  {who}: {len(finds['finds'])} of {finds['photos']} {finds['finds'] or ''}")


def warm_up(data: bytes, detector: Detector, peer: Finder | None) -> None:
    """Has both load their models, which is no part of finding."""
    detector.find(Photo(data))
    if peer:
        peer(data)


def load_peer() -> Finder | None:
    try:
        from face_recognition import api, face_locations, load_image_file
    except (ImportError, SystemExit):
        print("face_recognition is not installed: see benchmarks/requirements.txt")
        return None

    def find(data: bytes) -> list[np.ndarray]:
        image = load_image_file(io.BytesIO(data))
        shapes = api._raw_face_landmarks(image, face_locations(image))  # as face_landmarks does
        return [np.array([(p.x, p.y) for p in shape.parts()], dtype=float) for shape in shapes]

    return find


def measure(
    paths: list[Path], truth: Truth, detector: Detector, peer: Finder | None, peer_canvases: int
) -> dict[str, dict[str, object]]:
    """Returns, by case, photos, finds, right ones, milliseconds and rungs, ours and the peer's."""
    cases: dict[str, dict[str, object]] = defaultdict(
        lambda: {"ours": Tally(), "peer": Tally(), "rungs": Counter()}
    )
    for number, path in enumerate(paths):
        for photo in hard_photos(path, number, truth):
            case = cases[photo.case]
            case["ours"].time(photo, lambda data, case=case: find_ours(detector, data, case))
            if peer and (photo.case != CANVAS or case["peer"].photos < peer_canvases):
                case["peer"].time(photo, peer)
    return {
        name: {
            "ours": case["ours"].as_dict(),
            "peer": case["peer"].as_dict(),
            "rungs": dict(case["rungs"].most_common()),
        }
        for name, case in cases.items()
    }


def find_ours(detector: Detector, data: bytes, case: dict[str, object]) -> list[np.ndarray]:
    faces = detector.find(Photo(data)).faces
    case["rungs"].update([face.found_by for face in faces[:1]] or ["none"])
    return [face.landmarks for face in faces]


class Tally:
    """What one finder did with the photos of one case."""

    def __init__(self) -> None:
        self.photos = self.found = self.right = 0
        self.seconds = 0.0

    def time(self, photo: HardPhoto, finder: Finder) -> None:
        start = time.process_time()
        faces = finder(photo.data)
        self.seconds += time.process_time() - start
        self.photos += 1
        self.found += bool(faces)
        self.right += any(error(points, photo.landmarks) < CLOSE for points in faces)

    def as_dict(self) -> dict[str, float]:
        milliseconds = 1000 * self.seconds / self.photos if self.photos else None
        return {"photos": self.photos, "found": self.found, "right": self.right, "ms": milliseconds}


def error(points: np.ndarray, truth: np.ndarray) -> float:
    """Returns the mean distance of the points, in distances between the eyes."""
    return float(np.linalg.norm(points - truth, axis=1).mean() / eye_distance(truth))


def count_false_finds(
    photos: list[tuple[str, bytes]], detector: Detector, peer: Finder | None
) -> dict[str, dict[str, object]]:
    finders = {"face2vec": lambda data: detector.find(Photo(data)).faces}
    if peer:
        finders["face_recognition"] = peer
    return {
        who: {"photos": len(photos), "finds": [name for name, data in photos if finder(data)]}
        for who, finder in finders.items()
    }


def print_cases(folder: str, cases: dict[str, dict[str, object]]) -> None:
    print(f"\n{folder:27} photos  found  right    ms | face_recognition: right    ms  times ours")
    for name, case in cases.items():
        ours, peer = case["ours"], case["peer"]
        line = f"{name:27} {ours['photos']:6} {ours['found']:6} {ours['right']:6} {ours['ms']:6.0f}"
        if peer["photos"]:
            line += f" | {peer['right']:11} of {peer['photos']:3}{peer['ms']:10.0f}"
            line += f" {peer['ms'] / ours['ms']:8.1f}"
        print(line, "  ", ", ".join(f"{n} {rung}" for rung, n in case["rungs"].items()), flush=True)


if __name__ == "__main__":
    main()
