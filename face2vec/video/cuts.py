"""Where a film is cut: the frame is another picture, not the same one moved."""

from __future__ import annotations

import cv2
import numpy as np

THUMB = (32, 18)  # pixels: what moves within a scene is hardly seen at this size
LEAST_LIKENESS = 0.5  # correlation of thumbs within a scene
STEP, LEAP = 14.0, 4.0  # grey values by which a thumb changes at a cut, and times the usual change
GAP = 1.0  # seconds without a frame after which all may be different
MEMORY = 0.8  # share of the past in the usual change


class Cuts:
    """Tells frame by frame whether the film was cut before it."""

    def __init__(self) -> None:
        self._thumb: np.ndarray | None = None
        self._usual = 0.0
        self._time = 0.0
        self._size: tuple[int, ...] = ()

    def before(self, grey: np.ndarray, time: float) -> bool:
        """Says whether there is a cut before this frame; the first frame is not a cut.

        Args:
            grey: (h, w) uint8; a change of its size is a cut.
            time: seconds; a gap is a cut.
        """
        thumb = cv2.resize(grey, THUMB, interpolation=cv2.INTER_AREA).astype(np.float32)
        last, last_time, last_size = self._thumb, self._time, self._size
        self._thumb, self._time, self._size = thumb, time, grey.shape
        if last is None:
            return False
        if time - last_time > GAP or last_size != grey.shape:
            self._usual = 0.0
            return True
        change = float(np.abs((thumb - thumb.mean()) - (last - last.mean())).mean())
        cut = _likeness(thumb, last) < LEAST_LIKENESS and change > STEP / 4
        cut = cut or (change > STEP and change > LEAP * self._usual)
        self._usual = 0.0 if cut else MEMORY * self._usual + (1 - MEMORY) * change
        return cut


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / max(np.sqrt((one**2).sum() * (other**2).sum()), 1e-6))
