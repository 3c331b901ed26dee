"""Cold start: one `predict` of one photo, as a whole process, beside its floor and a peer.

    python benchmarks/predict_cold.py FOLDER [--runs 7]

FOLDER holds a folder of photos for each of at least ten people. The floor is one process that
imports cv2 and dlib, loads the HOG detector and the 68-point model, and lands 68 points on the same
photo. The peer is the command line of `face_recognition` with one known photo of each of ten
people (`pip install -r benchmarks/requirements.txt` and what is written there). The commands are
run in turn; the medians and the medians of the ratios, pair by pair, are printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from face2vec.photos.folders import label_photos
from face2vec.reading.options import ReadingOptions
from face2vec.training.runs import TrainingOptions, train

FLOOR = """
import sys
import cv2, dlib
from importlib.util import find_spec
folder = find_spec("face_recognition_models").submodule_search_locations[0]
detector = dlib.get_frontal_face_detector()
points = dlib.shape_predictor(folder + "/models/shape_predictor_68_face_landmarks.dat")
grey = cv2.imread(sys.argv[1], cv2.IMREAD_GRAYSCALE)
box = detector(grey, 0)[0]
print(points(grey, box).num_parts)
"""
PEER = "from face_recognition.face_recognition_cli import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        commands = prepare(options.folder, Path(temporary))
        seconds = {name: [] for name in commands}
        for run in range(options.runs + 1):
            for name, command in commands.items():
                taken = timed(command)
                if run:  # the first round only warms the disk cache
                    seconds[name].append(taken)
    for name, times in seconds.items():
        print(f"{name:18} {statistics.median(times):6.2f} s  (min {min(times):.2f})")
    print_ratio("predict / floor", seconds["predict"], seconds["floor"])
    if "face_recognition" in seconds:
        print_ratio("face_recognition / predict", seconds["face_recognition"], seconds["predict"])
    else:
        print("face_recognition is not installed: see benchmarks/requirements.txt")


def prepare(folder: Path, temporary: Path) -> dict[str, list[str]]:
    labelled = label_photos(folder)
    model = temporary / "model.hdf5"
    train(
        folder,
        model=model,
        options=TrainingOptions(folds=2, logs=None),
        reading=ReadingOptions(cache=temporary / "cache"),
    )
    probe, known = labelled.paths[1], temporary / "known"
    known.mkdir()
    for name in labelled.people[:10]:
        first = labelled.paths[labelled.names.index(name)]
        shutil.copy(first, known / f"{name}{first.suffix}")
    python = sys.executable
    commands = {
        "floor": [python, "-c", FLOOR, str(probe)],
        "predict": [python, "-m", "face2vec", "predict", str(probe), "--model", str(model)],
    }
    if importlib.util.find_spec("face_recognition"):
        commands["face_recognition"] = [python, "-W", "ignore", "-c", PEER, str(known), str(probe)]
    return commands


def timed(command: list[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    taken = time.perf_counter() - started
    if done.returncode or not done.stdout.strip():
        sys.exit(f"{command} failed: {done.stderr}")
    return taken


def print_ratio(title: str, one: list[float], other: list[float]) -> None:
    ratio = statistics.median(a / b for a, b in zip(one, other, strict=True))
    print(f"{title}: {ratio:.2f}")


if __name__ == "__main__":
    main()
