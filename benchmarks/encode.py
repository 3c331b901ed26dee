"""Vectors and whole commands beside face_recognition: same photos, one thread each, in turn.

    python benchmarks/encode.py FOLDER --peer FOLDER_OF_FACE_RECOGNITION [--photos 100] [--runs 3]

FOLDER holds a folder of photos for each person. face_recognition is installed with
`pip install face_recognition --no-deps --target FOLDER_OF_FACE_RECOGNITION 'setuptools<81'`. With
--deepface, its model `Dlib` is beside too: `pip install --no-deps --target FOLDER_OF_DEEPFACE
deepface retina-face mtcnn gdown fire pandas lightphe lightdsa lightecc flask flask-cors blinker
itsdangerous beautifulsoup4 soupsieve sympy mpmath pytz python-dotenv tf-keras`; it is given the
file of the network that is installed, and runs offline.
Seconds are the processor's, those of all threads and processes of a command together, so that what
else the machine is at changes them little; medians are printed.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # one core each

os.environ["OPENCV_FOR_THREADS_NUM"] = "1"

import argparse  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from face2vec.assets import RESNET_MODEL, dlib_model  # noqa: E402
from face2vec.encoders.chips import cut_chip  # noqa: E402
from face2vec.encoders.registry import make_encoder  # noqa: E402
from face2vec.encoders.resnet import CHIP, PADDING  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.photos.photo import Photo  # noqa: E402
from face2vec.reading.options import ReadingOptions  # noqa: E402
from face2vec.records import Face  # noqa: E402

PEER = "import sys; sys.path.insert(0, sys.argv.pop(1)); "
PEER_CLI = PEER + "from face_recognition.face_recognition_cli import main; main()"
TOGETHER = 4  # photos whose chips go through the network together, as the reader has it


def main() -> None:
    """Prints seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--deepface", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    photos = list_photos(options.folder)[: options.photos]
    cv2.setNumThreads(1)
    vectors(photos, options.peer)
    if options.deepface:
        beside_deepface(photos, options.deepface)
    for count in (1, len(photos)):
        whole(photos[:count], options.peer, options.runs)


def vectors(paths: list[Path], peer: Path) -> None:
    """Times the encoding of faces that have been found, given to both as boxes."""
    sys.path.insert(0, str(peer))
    import face_recognition

    reader = ReadingOptions("nose-tip").reader()
    readings = [reader.read(path) for path in paths]
    found = [(Photo.open(one.path), one.largest.face) for one in readings if one.encodings]
    images = [face_recognition.load_image_file(str(one.path)) for one in readings if one.encodings]
    encoder = make_encoder("resnet")
    apart = largest_difference(encoder, found[:10])
    ours = theirs = 0.0
    for first in range(0, len(found), TOGETHER):
        some = found[first : first + TOGETHER]
        ours += seconds(
            lambda some=some: encoder.encode_chips([encoder.cut(one, [face]) for one, face in some])
        )
        theirs += seconds(
            lambda first=first, some=some: [
                face_recognition.face_encodings(image, [box_of(face)])
                for image, (_, face) in zip(images[first : first + TOGETHER], some, strict=True)
            ]
        )
    print(
        f"{len(found)} faces given boxes: resnet {1000 * ours / len(found):.1f} ms a face, "
        f"face_recognition {1000 * theirs / len(found):.1f}, ratio {theirs / ours:.2f}; "
        f"same chips give vectors within {apart:.1e} of dlib's",
        flush=True,
    )


def beside_deepface(paths: list[Path], folder: Path) -> None:
    """Times the encoding of chips by deepface's `Dlib`, which is told not to look for faces."""
    reader = ReadingOptions("nose-tip").reader()
    readings = [reader.read(path) for path in paths[:: max(1, len(paths) // 30)]]
    encoder = make_encoder("resnet")
    cuts = [
        encoder.cut(Photo.open(one.path), [one.largest.face]) for one in readings if one.encodings
    ]
    with tempfile.TemporaryDirectory() as home:
        os.environ["DEEPFACE_HOME"] = home
        weights = Path(home, ".deepface", "weights")
        weights.mkdir(parents=True)
        (weights / RESNET_MODEL).symlink_to(dlib_model(RESNET_MODEL))
        sys.path.append(str(folder))
        from deepface import DeepFace

        def represent(chip: np.ndarray) -> object:
            return DeepFace.represent(chip, model_name="Dlib", detector_backend="skip")

        represent(cuts[0][0])
        encoder.encode_chips(cuts[:1])
        ours = theirs = 0.0
        for first in range(0, len(cuts), TOGETHER):
            some = cuts[first : first + TOGETHER]
            ours += seconds(lambda some=some: encoder.encode_chips(some))
            theirs += seconds(lambda some=some: [represent(chip[0, :, :, ::-1]) for chip in some])
    print(
        f"{len(cuts)} chips: resnet {1000 * ours / len(cuts):.1f} ms a face, deepface with Dlib "
        f"{1000 * theirs / len(cuts):.1f}, ratio {theirs / ours:.2f}",
        flush=True,
    )


def largest_difference(encoder: object, found: list[tuple[Photo, Face]]) -> float:
    """Returns how far the vectors of some faces are from those that dlib gives for their chips."""
    import dlib

    network = dlib.face_recognition_model_v1(str(dlib_model(RESNET_MODEL)))
    apart = []
    for photo, face in found:
        chip = cv2.cvtColor(cut_chip(photo.bgr, face.landmarks, CHIP, PADDING), cv2.COLOR_BGR2RGB)
        expected = np.array(network.compute_face_descriptor(chip))
        apart.append(np.linalg.norm(encoder.encode(photo, [face])[0] - expected))
    return float(max(apart))


def box_of(face: Face) -> tuple[int, int, int, int]:
    return face.box.top, face.box.right, face.box.bottom, face.box.left


def seconds(work: Callable[[], object]) -> float:
    """Returns the processor's seconds of some work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def whole(photos: list[Path], peer: Path, runs: int) -> None:
    """Times the commands on photos against ten known people, everything included."""
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
        face2vec = [sys.executable, "-m", "face2vec"]
        taken: dict[str, list[float]] = {"enrol": [], "identify": [], "peer": []}
        for run in range(runs + 1):
            url = f"sqlite:///{place}/{run}.sqlite"
            enrol = [*face2vec, "enrol", "--from", known, "--gallery", url, "--no-cache"]
            identify = [*face2vec, "identify", unknown, "--gallery", url]
            peer_command = [sys.executable, "-W", "ignore", "-c", PEER_CLI, peer, known, unknown]
            for name, command in zip(taken, (enrol, identify, peer_command), strict=True):
                taken[name].append(processor_seconds(command, name != "peer"))
    enrol, identify, theirs = (statistics.median(times[1:]) for times in taken.values())
    print(
        f"whole commands, {len(photos)} photos: enrol ten {enrol:.2f} s, identify "
        f"{identify:.2f} s; "
        f"face_recognition {theirs:.2f} s; ratio {theirs / (enrol + identify):.2f}, "
        f"without the enrolling {theirs / identify:.2f}",
        flush=True,
    )


def processor_seconds(command: list[object], ours: bool) -> float:
    """Runs a command that must succeed; returns the processor's seconds it took."""
    words = [str(word) for word in command] + (["--workers", "1"] if ours else [])
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{words} failed")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
