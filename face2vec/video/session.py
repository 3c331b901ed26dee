"""One run of `watch`: from the source through the watcher into a window and files."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

import numpy as np

from face2vec.video.frames import Watched
from face2vec.video.overlay import Overlay
from face2vec.video.sources import Source
from face2vec.video.watch import Watcher

Sink = Callable[[Watched], None]
MOST_AGE = 5000  # thousandths of a second: what is older is counted as that


class Screen(Protocol):
    """Shows pictures, see `window.Window`."""

    def show(self, picture: np.ndarray) -> bool:
        """Shows a picture; returns whether to go on."""


@dataclass
class Stats:
    """What a run did.

    Attributes:
        frames: how many were looked at.
        dropped: how many live frames were not.
        detections: in how many frames faces were looked for.
        encodings: how many faces were encoded.
        seconds: how long it took.
        ages: how many shown frames were so many thousandths of a second old when they were shown.
    """

    frames: int = 0
    dropped: int = 0
    detections: int = 0
    encodings: int = 0
    seconds: float = 0.0
    ages: np.ndarray = field(default_factory=lambda: np.zeros(MOST_AGE + 1, np.int64))

    @property
    def rate(self) -> float:
        """Frames a second that were looked at."""
        return self.frames / self.seconds if self.seconds else 0.0

    def age(self, share: float) -> float | None:
        """Returns the age, in seconds, that this share of the shown frames did not exceed."""
        if not self.ages.sum():
            return None
        reached = self.ages.cumsum() / self.ages.sum()
        return float(np.searchsorted(reached, share)) / 1000

    def shown(self, taken: float) -> float:
        """Is told that a frame is shown now; returns its age in seconds."""
        age = time.monotonic() - taken
        self.ages[min(MOST_AGE, max(0, round(1000 * age)))] += 1
        return age

    def as_dict(self) -> dict[str, object]:
        """Returns what JSON has of it."""
        return {
            "frames": self.frames,
            "dropped": self.dropped,
            "detections": self.detections,
            "encodings": self.encodings,
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.rate, 2),
            "age": {"median": self.age(0.5), "p95": self.age(0.95), "max": self.age(1.0)},
        }


def run(
    source: Source,
    watcher: Watcher,
    *,
    sinks: list[Sink],
    overlay: Overlay,
    screen: Screen | None = None,
    seconds: float | None = None,
    captions: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Stats:
    """Watches a source to its end, or until somebody ends it.

    Args:
        sinks: are given each frame when its names are settled, in order.
        overlay: draws what the screen shows.
        screen: shows the newest frame at once; None for none.
        seconds: after which time of the source it ends; None for its end.
        captions: whether the screen shows rates and ages.
        progress: is told how many frames are done.
    """
    stats = Stats()
    begun = time.monotonic()
    with stopping() as stopped:
        while not stopped():
            frame = source.read()
            if frame is None or (seconds is not None and frame.time >= seconds):
                break
            now = watcher.look(frame)
            stats.frames += 1
            if screen is not None:
                caption = _caption(stats, frame.taken, begun) if captions else ""
                going_on = screen.show(overlay.draw(now, caption))
                stats.shown(frame.taken)
                if not going_on:
                    break
            for watched in watcher.ready():
                _pour(watched, sinks)
            if progress is not None:
                progress(stats.frames)
    for watched in watcher.ready(all_of_them=True):
        _pour(watched, sinks)
    stats.seconds = time.monotonic() - begun
    stats.dropped = source.dropped
    stats.detections, stats.encodings = watcher.detections, watcher.naming.encoded
    return stats


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C or a wish to terminate came since.

    Nothing is interrupted by these: what is being written becomes whole. A second Ctrl-C
    interrupts.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True

    try:
        kept = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread, which alone gets signals
        kept = {}
    try:
        yield lambda: asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _pour(watched: Watched, sinks: list[Sink]) -> None:
    for sink in sinks:
        sink(watched)


def _caption(stats: Stats, taken: float, begun: float) -> str:
    lasted = max(time.monotonic() - begun, 1e-3)
    age = 1000 * (time.monotonic() - taken)
    return f"{stats.frames / lasted:.0f} frames/s, {age:.0f} ms old"
