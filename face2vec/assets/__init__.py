"""Where the model files lie: our own, OpenCV's Haar cascade and dlib's networks.

The dlib files come in the package `face_recognition_models`. Importing that package needs
`pkg_resources`, which new setuptools lack, so that its folder is looked up without importing it.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from face2vec.errors import MissingPackageError, ModelError

LANDMARK_MODEL = "shape_predictor_68_face_landmarks.dat"
FIVE_POINT_MODEL = "shape_predictor_5_face_landmarks.dat"
CNN_MODEL = "mmod_human_face_detector.dat"
RESNET_MODEL = "dlib_face_recognition_resnet_model_v1.dat"
FRONTAL_CASCADE = "haarcascade_frontalface_alt2.xml"
HOG_DETECTOR = "frontal_face_detector.svm"
FIT_STARTS = "fit-starts.npy"
PROFILE_CASCADE = "haarcascade_profileface.xml"
_MIB = 1 << 20


def own_data(name: str) -> Path:
    """Returns the path of a file that ships with Face2Vec; the README beside it describes each."""
    return Path(__file__).with_name(name)


def dlib_model(name: str) -> Path:
    """Returns the path of one of dlib's model files.

    Raises:
        MissingPackageError: the package that holds it is not installed.
    """
    return _file_in_package("face_recognition_models", "models", name)


def cascade(name: str = FRONTAL_CASCADE) -> Path:
    """Returns the path of one of OpenCV's Haar cascades.

    Raises:
        MissingPackageError: OpenCV is missing or of a version that ships none (5.0 and later).
    """
    return _file_in_package("cv2", "data", name)


def fingerprint(path: Path) -> str:
    """Returns a short hex digest of a model file's length, first and last MiB.

    It tells model files apart without reading the 100 MB of one each time the program starts.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            length = file.seek(0, 2)
            file.seek(0)
            head = file.read(_MIB)
            file.seek(max(0, length - _MIB))
            tail = file.read(_MIB)
    except OSError as error:
        raise ModelError(f"the model file {path} cannot be read: {error.strerror}.") from error
    return hashlib.blake2b(b"%d" % length + head + tail, digest_size=8).hexdigest()


def _file_in_package(package: str, folder: str, name: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPackageError(
            f"the package {package} is not installed: pip install -r requirements.txt"
        )
    path = Path(spec.submodule_search_locations[0]) / folder / name
    if not path.is_file():
        raise MissingPackageError(
            f"{package} has no file {name}: pip install --force-reinstall -r requirements.txt"
        )
    return path
