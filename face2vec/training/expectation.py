"""What to expect of a trained model on new photos, in plain words."""

from __future__ import annotations

import numpy as np

from face2vec.gallery.calibration import ENOUGH_FACES, ENOUGH_PEOPLE
from face2vec.thresholds import Calibration

_SHARES = {
    0.0: "hardly any",
    0.05: "about one in twenty",
    0.1: "about one in ten",
    0.2: "about one in five",
    0.25: "about a quarter",
    0.33: "about a third",
    0.5: "about half",
    0.67: "about two thirds",
    0.75: "about three quarters",
    0.9: "about nine in ten",
    1.0: "nearly all",
}


def enough(labels: np.ndarray) -> bool:
    """Returns whether there are enough people and photos to leave some out as strangers."""
    return len(np.unique(labels)) > ENOUGH_PEOPLE and len(labels) >= ENOUGH_FACES


def in_words(share: float) -> str:
    """Returns a share, 0 to 1, in words.

    >>> in_words(0.47)
    'about half'
    """
    return _SHARES[min(_SHARES, key=lambda known: abs(known - share))]


def expectation(calibration: Calibration | None, enough: bool, embedding: bool = False) -> str:
    """Says how many known faces will come out unknown, or that strangers get names too.

    Args:
        calibration: of the model's threshold; None where it has none.
        enough: whether there were enough people and photos to learn one.
        embedding: whether the model is one, which has no threshold of its own.
    """
    if calibration is not None:
        return (
            f"{in_words(calibration.fnmr or 0.0)} of the photos of known people will come out "
            f"unknown, so that of strangers' about {calibration.wanted_fmr:.0%} get a name; more "
            "photos help, or predict --threshold 0 names always"
        )
    if embedding:
        return "everybody gets a name, strangers too; in a gallery the embedding refuses strangers"
    if enough:
        return (
            "everybody gets a name, strangers too: with these photos nearly all known people would "
            "come out unknown with them; more photos help, or --encoder resnet"
        )
    return (
        f"everybody gets a name, strangers too: more than {ENOUGH_PEOPLE} people and at least "
        f"{ENOUGH_FACES} photos with a face are needed to tell strangers"
    )
