"""What travels through `face2vec.video`: a frame, and what was seen in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from face2vec.records import Box


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a film or a camera.

    Attributes:
        index: 0 for the first frame of the source; live, frames that were dropped count.
        time: seconds since the first frame, as the source says (frame rates may vary).
        image: (h, w, 3) uint8, blue first, turned as the source says.
        taken: when it came from a live source, in seconds of `time.monotonic`.
    """

    index: int
    time: float
    image: np.ndarray
    taken: float = 0.0


@dataclass(frozen=True, eq=False)
class TrackedFace:
    """One face in one frame, as far as its whole track is known.

    Attributes:
        track: number of the track, from 1 on.
        name: None for unknown.
        decided: whether the track was looked at closely enough to be called a name or unknown.
        distance: to the nearest person, of the whole track; the probability, with a model; None
            where nobody is known or nothing was encoded yet.
        box: in pixels of the frame.
        landmarks: (68, 2) float64, x and y in pixels of the frame; None before the first fit.
        vector: (d,) float32, the track's latest encoding; None before the first.
        conflict: the name that another face in the frame has a better claim to, or None.
    """

    track: int
    name: str | None
    decided: bool
    distance: float | None
    box: Box
    landmarks: np.ndarray | None = None
    vector: np.ndarray | None = None
    conflict: str | None = None


@dataclass(frozen=True, eq=False)
class Watched:
    """A frame and the faces in it, left to right.

    Attributes:
        cut: whether the film was cut just before this frame.
    """

    frame: Frame
    faces: tuple[TrackedFace, ...]
    cut: bool = False


def timecode(seconds: float) -> str:
    """Returns hours, minutes, seconds and thousandths.

    >>> timecode(3671.25)
    '01:01:11.250'
    """
    thousandths = round(max(seconds, 0.0) * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
