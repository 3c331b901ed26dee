"""Cold start: one `predict` and one `identify` of one photo, as whole processes, beside a floor.

    python benchmarks/predict_cold.py FOLDER [--runs 7] [--before CHECKOUT]

FOLDER holds a folder of photos for each of at least ten people. The floor is one process that
imports cv2 and dlib, loads the HOG detector and the 68-point model, and lands 68 points on the same
photo. The peer is the command line of `face_recognition` with one known photo of each of ten
people (`pip install -r benchmarks/requirements.txt` and what is written there), whom `identify`
has in its gallery. With --before, another version of Face2Vec does the same. All is run in turn,
one thread each; medians of the processor's seconds, and of the ratios pair by pair, are printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from face2vec import ReadingOptions, train
from face2vec.photos.folders import label_photos
from face2vec.training.runs import TrainingOptions

ROOT = Path(__file__).resolve().parent.parent
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


ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        commands = prepare(options.folder, Path(temporary), options.before)
        seconds = {name: [] for name in commands}
        for run in range(options.runs + 1):
            for name, (command, code) in commands.items():
                taken = processor_seconds(command, code, temporary)
                if run:  # the first round only warms the disk cache
                    seconds[name].append(taken)
    for name, times in seconds.items():
        print(f"{name:18} {statistics.median(times):6.2f} s  (min {min(times):.2f})")
    for name in ("predict", "identify"):
        print_ratio(f"{name} / floor", seconds[name], seconds["floor"])
        for other in ("face_recognition", f"{name} before"):
            if other in seconds:
                print_ratio(f"{other} / {name}", seconds[other], seconds[name])


def prepare(
    folder: Path, temporary: Path, before: Path | None
) -> dict[str, tuple[list[str], Path]]:
    """Returns the commands, each with the checkout it is to run."""
    labelled = label_photos(folder)
    model, gallery = temporary / "model.hdf5", f"sqlite:///{temporary / 'gallery.sqlite'}"
    training = TrainingOptions(folds=2, logs=None)
    train(folder, model=model, options=training, reading=ReadingOptions(cache=temporary / "cache"))
    probe, known = labelled.paths[1], temporary / "known"
    known.mkdir()
    for name in labelled.people[:10]:
        first = labelled.paths[labelled.names.index(name)]
        shutil.copy(first, known / f"{name}{first.suffix}")
    python = sys.executable
    face2vec = [python, "-m", "face2vec"]
    enrol = [*face2vec, "enrol", "--from", str(known), "--gallery", gallery, "--no-cache"]
    processor_seconds(enrol, before or ROOT, str(temporary))
    commands = {"floor": ([python, "-c", FLOOR, str(probe)], ROOT)}
    for when, code in (("", ROOT), (" before", before)):
        if code:
            predict = [*face2vec, "predict", str(probe), "--model", str(model)]
            commands[f"predict{when}"] = (predict, code)
            identify = [*face2vec, "identify", str(probe), "--gallery", gallery]
            commands[f"identify{when}"] = (identify, code)
    if importlib.util.find_spec("face_recognition"):
        peer = [python, "-W", "ignore", "-c", PEER, str(known), str(probe)]
        commands["face_recognition"] = (peer, ROOT)
    else:
        print("face_recognition is not installed: see benchmarks/requirements.txt")
    return commands


def processor_seconds(command: list[str], code: Path, folder: str) -> float:
    """Runs a command that must succeed; returns the processor's seconds it took."""
    path = os.pathsep.join([str(code.resolve()), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": path}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime


def print_ratio(title: str, one: list[float], other: list[float]) -> None:
    ratio = statistics.median(a / b for a, b in zip(one, other, strict=True))
    print(f"{title}: {ratio:.2f}")


if __name__ == "__main__":
    main()
