"""What the dense net and its training depend on, and the file that `tune` writes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from face2vec import defaults
from face2vec.errors import FolderError, OptionError
from face2vec.files import write_atomically
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


# For vectors that no prior has whitened: nothing is known of people but their training photos.
PLAIN = Settings(learning_rate=1e-2, prior_photos=0, sharpness=0.0)


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
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        wrong = set(values) - {field.name for field in fields(Settings)}
        if wrong:
            raise ValueError(f"unknown: {', '.join(sorted(wrong))}")
        return Settings(**values)
    except (OSError, ValueError, TypeError) as error:
        raise OptionError(
            f"{path} holds no settings ({error}): make them with 'face2vec tune FOLDER'."
        ) from error
