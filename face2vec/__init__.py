"""Face2Vec: a private, laptop-sized face recogniser that says how far it can be trusted.

    from face2vec import get_accuracy, predict, run_kfold

The names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module

# Read when OpenCV is loaded: whatever a file's header says, no more pixels than these are decoded.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "100000000")

__version__ = "0.2.0"

_HOMES = {
    "Answer": "records",
    "Box": "records",
    "Encoding": "records",
    "Face": "records",
    "Face2VecError": "errors",
    "get_accuracy": "evaluation.accuracy",
    "Identification": "records",
    "Identifier": "gallery.identifier",
    "Match": "records",
    "predict": "recognition.recognizer",
    "Prediction": "records",
    "Reading": "records",
    "ReadingOptions": "reading.options",
    "Reason": "records",
    "Recognizer": "recognition.recognizer",
    "run_kfold": "training.runs",
    "train": "training.runs",
    "TrainingOptions": "training.runs",
    "Verification": "records",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
