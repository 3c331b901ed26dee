"""Enrolling: seconds a photo beside face_recognition, one core each; and the whole commands.

    python benchmarks/encode.py FOLDER --peer FOLDER_OF_FACE_RECOGNITION

FOLDER holds a folder of photos for each person. face_recognition is installed with
`pip install face_recognition --no-deps --target FOLDER_OF_FACE_RECOGNITION 'setuptools<81'`.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # one core each

import argparse  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from face2vec.gallery.identifier import Identifier  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.reading.options import ReadingOptions  # noqa: E402

PEER_CLI = "import sys; sys.path.insert(0, sys.argv.pop(1)); "


def main() -> None:
    """Prints seconds and ratios; both are given the same photos in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=100)
    options = parser.parse_args()
    photos = list_photos(options.folder)[: options.photos]
    sys.path.insert(0, str(options.peer))
    import face_recognition

    ours = theirs = 0.0
    found = [0, 0]
    with tempfile.TemporaryDirectory() as place:
        identifier = Identifier.open(
            f"sqlite:///{place}/gallery.db", ReadingOptions(workers=1), create=True
        )
        identifier.enrol("warm", photos[:1])
        face_recognition.face_encodings(face_recognition.load_image_file(str(photos[0])))
        for photo in photos:
            start = time.process_time()
            found[0] += identifier.enrol("everybody", [photo]).added
            ours += time.process_time() - start
            start = time.process_time()
            image = face_recognition.load_image_file(str(photo))
            found[1] += bool(face_recognition.face_encodings(image))
            theirs += time.process_time() - start
    count = len(photos)
    print(
        f"{count} photos, processor seconds a photo: enrol {ours / count:.4f} (found {found[0]}), "
        f"face_recognition {theirs / count:.4f} (found {found[1]}), ratio {theirs / ours:.2f}"
    )
    for number in (1, len(photos)):
        whole(photos[:number], options.peer)


def whole(photos: list[Path], peer: Path) -> None:
    """Times the commands on new photos against ten known people, everything included."""
    with tempfile.TemporaryDirectory() as place:
        known, unknown = Path(place, "known"), Path(place, "unknown")
        known.mkdir()
        unknown.mkdir()
        people = sorted({photo.parent for photo in photos[0].parent.parent.rglob("*.*")})[:10]
        for person in people:
            photo = sorted(person.iterdir())[0]
            (known / f"{person.name}{photo.suffix}").symlink_to(photo)
        for index, photo in enumerate(photos):
            (unknown / f"{index}{photo.suffix}").symlink_to(photo)
        url = f"sqlite:///{place}/gallery.db"
        base = [sys.executable, "-m", "face2vec"]
        run([*base, "enrol", "--from", known, "--gallery", url, "--no-cache"])
        peer_cli = [
            sys.executable,
            "-c",
            PEER_CLI + "from face_recognition.face_recognition_cli import main; main()",
            peer,
        ]
        ours = theirs = float("inf")
        for _ in range(3 if len(photos) == 1 else 1):
            ours = min(ours, run([*base, "identify", unknown, "--gallery", url, "--workers", 1]))
            theirs = min(theirs, run([*peer_cli, known, unknown]))
        again = run([*base, "enrol", "--from", known, "--gallery", url + "2", "--no-cache"])
    print(
        f"whole command, {len(photos)} photos, one core: identify {ours:.2f} s "
        f"(enrolling the ten first: {again:.2f} s), face_recognition with ten known people "
        f"{theirs:.2f} s, ratio {theirs / ours:.2f}, with enrolling {theirs / (ours + again):.2f}"
    )


def run(command: list) -> float:
    """Runs a command and returns its wall time in seconds."""
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], capture_output=True, check=False)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
