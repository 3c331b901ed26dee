"""How far a long work is: told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # is told how many are done, of how many


def no_progress(done: int, of: int) -> None:
    """Tells nobody."""
