"""What starts light loads nothing that is slow to start."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "rich", "loky", "matplotlib", "skimage")


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
    assert not loaded & {"numpy.random", "numpy.ma", "difflib", "secrets"}  # 40 ms together
    assert "sqlite3" not in loaded


def test_importing_face2vec_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", "import face2vec, sys; print(sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(ast.literal_eval(done.stdout)) & {*HEAVY, "cv2", "dlib", "h5py"}


def test_a_recogniser_loads_few_modules_of_our_own():
    """No more than 0.1.0, which had 23; packages hold a docstring and do not count."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import face2vec.recognition.recognizer, sys; "
            "print([n for n, m in sys.modules.items() "
            "if n.startswith('face2vec') and not hasattr(m, '__path__')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(ast.literal_eval(done.stdout)) <= 23, done.stdout
