"""Builds a wheel and an sdist, looks what is in them, and runs the commands from the wheel.

    python tests/check_wheel.py

The wheel is installed in a fresh environment, with all that it needs; the commands are called in
an empty folder, so that nothing of the repository can be found by accident.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = ("face2vec/py.typed", "face2vec/assets/frontal_face_detector.svm")
UNWANTED = ("tests/", "faces/", "benchmarks/")  # of a wheel


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--outdir", str(place / "dist"), str(ROOT))
        (wheel,) = (place / "dist").glob("*.whl")
        (sdist,) = (place / "dist").glob("*.tar.gz")
        look_inside(wheel, sdist)
        command = install(place / "env", wheel)
        empty = place / "empty"
        empty.mkdir()
        run(command, "--version", cwd=empty)
        faces = ROOT / "faces"
        photos = [str(faces / name / "001.jpg") for name in ("zelda", "greta")]
        run(command, "enrol", "Zelda", photos[0], cwd=empty)
        said = run(command, "identify", photos[0], cwd=empty)
        assert "Zelda" in said, said
        model = str(ROOT / "weights.best.hdf5")
        said = run(command, "predict", photos[1], "--model", model, cwd=empty)
        assert "greta" in said, said
        print(f"{wheel.name}: installs in a fresh environment and runs")


def look_inside(wheel: Path, sdist: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in WANTED if name not in names]
    wrong = [name for name in names if name.startswith(UNWANTED)]
    assert not missing and not wrong, f"missing {missing}, not wanted {wrong}"
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("face2vec/py.typed") for name in archive.getnames())


def install(environment: Path, wheel: Path) -> str:
    """Returns the command of the wheel, installed with all that it needs."""
    venv.create(environment, with_pip=True)
    bin_folder = environment / ("Scripts" if os.name == "nt" else "bin")
    python = str(bin_folder / "python")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    return str(bin_folder / "face2vec")


def run(*command: str, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
