"""Which room may import which, as docs/design.md has it: only from the floors below."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import face2vec

PACKAGE = Path(face2vec.__file__).parent
FLOORS = [
    {"errors", "records"},
    {"files", "formats", "views", "geometry", "assets", "conflicts", "backend"},
    {"nearest", "thresholds", "calibration", "losses"},
    {"images", "landmarks", "detectors", "alignment"},
    {"labels", "prior", "sightings", "reasons", "quality", "resnet", "facenet", "pixels"},
    {"detection", "encoders", "whitening"},
    {"cache", "classifiers", "familiarity", "pool", "store"},
    {"model", "reading", "gallery", "starting"},
    {"recognizer", "training", "embedding", "fitting", "rejection", "evaluation", "forgetting"},
    {"embedded"},
    {"reports", "identifier", "doctor", "openset", "pairs", "tuning"},
    {"learning", "protocols"},
    {"api"},
    {"drawing", "demo", "commands", "cli", "__main__"},
]
EVERYWHERE = {"__init__"}  # the version
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py")
)
HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "rich", "loky", "matplotlib", "skimage")


def room(module: str) -> str:
    return module.split("/")[0]


def floor_of(name: str) -> int:
    return next(index for index, floor in enumerate(FLOORS) if name in floor)


def imported_rooms(module: str) -> set[str]:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("face2vec."):
            rooms.add(node.module.split(".")[1])
    return rooms


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) not in EVERYWHERE])
def test_a_room_imports_only_from_lower_floors(module):
    own = floor_of(room(module))
    too_high = {r for r in imported_rooms(module) - {room(module)} if floor_of(r) >= own}
    if own == len(FLOORS) - 1:  # commands stand beside what they call
        too_high -= {"commands", "demo", "drawing", "cli"}
    assert not too_high


def test_every_floor_is_lived_on():
    rooms = {room(module) for module in MODULES}
    assert {name for floor in FLOORS for name in floor} <= rooms


@pytest.mark.parametrize("command", [["predict", "PHOTO"], ["--version"], ["predict", "--help"]])
def test_predict_runs_without_what_is_slow_to_start(command, photo, trained, tmp_path):
    code = (
        "import sys; from face2vec.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print(sorted(sys.modules))"
    )
    arguments = [str(photo) if word == "PHOTO" else word for word in command]
    if "PHOTO" in command:
        arguments += ["--model", str(trained[0])]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    assert "numpy" in loaded or "PHOTO" not in command
    assert not loaded & set(HEAVY)


def test_importing_face2vec_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", "import face2vec, sys; print(sorted(sys.modules))"],
        capture_output=True, text=True, check=True,
    )
    assert not set(ast.literal_eval(done.stdout)) & {*HEAVY, "cv2", "dlib", "h5py"}
