"""What TensorBoard shows: how the folds learnt, and what a search tried."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from face2vec.errors import FolderError

if TYPE_CHECKING:  # it imports TensorFlow
    from face2vec.training.net import History


def write_logs(folder: Path, history: History) -> Path:
    """Writes the early-stopping pass for TensorBoard, one run for each fold.

    Args:
        folder: ``folder/<date>/fold-01`` and so on are made in it.
        history: as `cross_validate` returns it.

    Returns:
        ``folder/<date>``.

    Raises:
        FolderError: the folder cannot be written.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    run = folder / time.strftime("%Y-%m-%d-%H%M%S")
    curves = {
        "loss": history.loss,
        "val_loss": history.val_loss,
        "val_accuracy": history.val_accuracy,
    }
    started = time.time()
    try:
        for fold in range(len(history.best_epochs)):
            writer = EventFileWriter(str(run / f"fold-{fold + 1:02d}"))
            for epoch in range(len(history.loss)):
                values = [
                    Summary.Value(tag=tag, simple_value=float(curve[epoch, fold]))
                    for tag, curve in curves.items()
                ]
                writer.add_event(
                    Event(step=epoch + 1, wall_time=started, summary=Summary(value=values))
                )
            writer.close()
    except OSError as error:
        raise FolderError(
            f"the logs cannot be written to {folder} ({error.strerror}): "
            "choose another folder with --logs, or none with --no-logs."
        ) from error
    return run


def write_hparams(folder: Path, trials: Sequence[tuple[dict[str, Any], float]]) -> None:
    """Writes the trials for TensorBoard's HParams page.

    Args:
        folder: ``folder/<date>-tune/trial-01`` and so on are made in it.
        trials: from `Tuned`.

    Raises:
        FolderError: the folder cannot be written.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api as hparams
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    run = folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-tune"
    try:
        run.mkdir(parents=True)  # TensorBoard's own errors are no OSError
        for number, (tried, value) in enumerate(trials, start=1):
            writer = EventFileWriter(str(run / f"trial-{number:02d}"))
            scalar = Summary.Value(tag="probability of the right person", simple_value=value)
            for summary in (hparams.hparams_pb(tried), Summary(value=[scalar])):
                writer.add_event(Event(step=0, wall_time=time.time(), summary=summary))
            writer.close()
    except OSError as error:
        raise FolderError(
            f"the logs cannot be written to {folder} ({error.strerror}): "
            "choose another folder with --logs."
        ) from error
