"""What the dense net and its training depend on, and the file that `tune` writes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from face2vec import defaults
from face2vec.errors import FolderError, OptionError
from face2vec.files import read_regular, write_atomically
from face2vec.text import shown
from face2vec.training.whitening import PRIOR_PHOTOS


@dataclass(frozen=True)
class Settings:
    """What the net and its training depend on; the defaults are for vectors that are whitened.

    Attributes:
        units: width of the hidden layer.
        l2: strength of the L2 penalty on kernels and biases.
        dropout: share of the hidden units that is dropped while training.
        learning_rate: of the Nadam optimiser.
        batch: photos a step.
        epochs: at most.
        patience: epochs without a better validation loss after which a fold stops.
        kept_back: share of the training photos that early stopping looks at.
        prior_photos: how many photos a prior counts for, see `whitening.whitening`.
        sharpness: of the nearest means that the net starts from, see `starting.nearest_means`; with
            0 it starts from random weights.
        seed: of the splits, the initial weights, the batches and the dropout.
    """

    units: int = 128
    l2: float = 1e-3
    dropout: float = 0.3
    learning_rate: float = 1e-3
    batch: int = 32
    epochs: int = 100
    patience: int = 15
    kept_back: float = 0.15
    prior_photos: int = PRIOR_PHOTOS
    sharpness: float = 4.0
    seed: int = defaults.SEED


MOST_BYTES = 100_000  # of a file of settings

# For vectors that no prior has whitened: nothing is known of people but their training photos.
PLAIN = Settings(learning_rate=1e-2, prior_photos=0, sharpness=0.0)


_RANGES: dict[str, tuple[float, float]] = {  # of what a file may hold
    "units": (1, 4096),
    "l2": (0, 100),
    "dropout": (0, 0.95),
    "learning_rate": (1e-7, 1),
    "batch": (1, 100_000),
    "epochs": (1, 10_000),
    "patience": (1, 10_000),
    "kept_back": (0.01, 0.9),
    "prior_photos": (0, 1_000_000),
    "sharpness": (0, 1000),
    "seed": (0, 2**32 - 1),
}


def save_settings(settings: Settings, path: Path) -> None:
    """Writes settings as JSON, for `train --settings`.

    Raises:
        FolderError: the place cannot be written.
    """
    try:
        write_atomically(Path(path), (json.dumps(asdict(settings), indent=2) + "\n").encode())
    except OSError as error:
        raise FolderError(
            f"the settings cannot be written to {path} ({error.strerror}): choose another place."
        ) from error


def load_settings(path: Path) -> Settings:
    """Reads settings that `save_settings` wrote.

    Raises:
        OptionError: the file is missing or holds something else.
    """
    try:
        values = json.loads(read_regular(Path(path), MOST_BYTES))
        _check(values)
        return Settings(**values)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise OptionError(
            f"{shown(path)} holds no settings ({shown(error)[:200]}): "
            "make them with 'face2vec tune FOLDER'."
        ) from error


def _check(values: Any) -> None:
    """Raises ValueError unless these are numbers that a net can be trained with."""
    if not isinstance(values, dict):
        raise ValueError("expected names with numbers")
    for name, value in values.items():
        if name not in _RANGES:
            raise ValueError(f"unknown: {name}")
        whole = isinstance(getattr(Settings, name), int)
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        least, most = _RANGES[name]
        if not number or not least <= value <= most:
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{name} must be {kind} of {least:g} to {most:g}, not {value!r}")
