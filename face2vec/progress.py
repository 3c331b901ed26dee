"""How far a long work is: told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[int, int], None]  # is told how many are done, of how many


def no_progress(done: int, of: int) -> None:
    """Tells nobody."""


_of_training: ContextVar[Progress] = ContextVar("of_training", default=no_progress)


@contextmanager
def telling_of_training(progress: Progress) -> Iterator[None]:
    """Lets nets that are trained within the block, however deep, tell how many epochs are done."""
    token = _of_training.set(progress)
    try:
        yield
    finally:
        _of_training.reset(token)


def of_training() -> Progress:
    """Returns what a net that is being trained tells its epochs to."""
    return _of_training.get()
