"""What is drawn upon a frame: names, or a stage of the method as a live view; and blurred faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from face2vec.drawing.annotations import (
    Label,
    Standing,
    draw_caption,
    draw_faces,
    draw_landmarks,
)
from face2vec.errors import OptionError
from face2vec.gallery.store import key_of
from face2vec.records import Box
from face2vec.video.frames import TrackedFace, Watched

VIEWS = ("names", "boxes", "landmarks", "hog", "encoding", "none")
VALUES = (0, 32, 64, 96, 127)
UNKNOWN, EVERYONE_BUT = "unknown", "everyone-but"
COARSE = 7  # squares along a blurred face: nobody is recognised in fewer than ten
MARGIN = 0.4  # around the box, so that hair and chin are blurred too


@dataclass(frozen=True)
class Blur:
    """Whose faces are made unrecognisable.

    Attributes:
        name: the person; None for all who are unknown.
        but: everybody but this person.

    A face that is not decided yet counts as one that is to be blurred.
    """

    name: str | None
    but: bool = False

    @classmethod
    def parse(cls, text: str) -> Blur:
        """Reads ``unknown``, ``NAME`` or ``everyone-but NAME``.

        Raises:
            OptionError: everyone but nobody.
        """
        first, _, rest = text.strip().partition(" ")
        if first == EVERYONE_BUT:
            if not rest.strip():
                raise OptionError("give a name after --blur everyone-but.")
            return cls(rest.strip(), but=True)
        return cls(None if text == UNKNOWN else text.strip())

    def hides(self, face: TrackedFace) -> bool:
        """Says whether a face is to be blurred."""
        if not face.decided:
            return True
        if self.name is None:
            return face.name is None
        same = face.name is not None and key_of(face.name) == key_of(self.name)
        return same != self.but


@dataclass(frozen=True)
class Overlay:
    """How frames are shown and written.

    Attributes:
        views: of `VIEWS`; several are drawn upon each other.
        values: which numbers of the encoding are written beside a face.
        blur: whose faces are blurred, or None.
        measure: what the number of a face is, ``distance`` or ``probability``.
    """

    views: Sequence[str] = ("names",)
    values: Sequence[int] = VALUES
    blur: Blur | None = None
    measure: str = "distance"

    def draw(self, watched: Watched, caption: str = "") -> np.ndarray:
        """Returns a frame with all that is drawn upon it, (h, w, 3) uint8, blue first."""
        picture: np.ndarray = watched.frame.image.copy()
        hidden = {face.track for face in watched.faces if self.blur and self.blur.hides(face)}
        for face in watched.faces:
            if face.track in hidden:
                blur_face(picture, face.box)
        if "hog" in self.views:
            picture = _hog(picture)
        shown = [face for face in watched.faces if face.track not in hidden]
        for face in shown:
            if "landmarks" in self.views and face.landmarks is not None:
                draw_landmarks(picture, face.landmarks)
        draw_faces(picture, [self._label(face) for face in shown if self._has_box()])
        if caption:
            draw_caption(picture, caption)
        return picture

    def _has_box(self) -> bool:
        return bool({"names", "boxes", "encoding"} & set(self.views))

    def _label(self, face: TrackedFace) -> Label:
        standing = Standing.UNKNOWN
        if face.name is not None:
            standing = Standing.KNOWN
        elif face.conflict is not None:
            standing = Standing.CONFLICT
        lines: list[str] = []
        if "names" in self.views:
            lines.append(face.name or (UNKNOWN if face.decided else "…"))
            if face.distance is not None and face.name is not None:
                lines.append(f"{face.distance:.2f}")
        if "encoding" in self.views and face.vector is not None:
            lines += [
                f"{index}: {face.vector[index]:+.3f}"
                for index in self.values
                if index < len(face.vector)
            ]
        return Label(face.box, standing, tuple(lines))


def blur_face(picture: np.ndarray, box: Box) -> None:
    """Makes a face unrecognisable: a few coarse squares, blurred into each other."""
    margin = round(MARGIN * box.width)
    top, left = max(0, box.top - margin), max(0, box.left - margin)
    area = picture[top : max(0, box.bottom + margin), left : max(0, box.right + margin)]
    if not area.size:
        return
    height, width = area.shape[:2]
    squares = (
        max(1, round(COARSE * width / (box.width + 2 * margin))),
        max(1, round(COARSE * height / (box.height + 2 * margin))),
    )
    coarse = cv2.resize(area, squares, interpolation=cv2.INTER_AREA)
    area[:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


def _hog(picture: np.ndarray) -> np.ndarray:
    """The frame's histograms of gradients as lines, in the frame's size."""
    from face2vec.drawing.hog import hog_picture, scaled

    drawn = hog_picture(scaled(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)))
    full = cv2.resize(drawn, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(full, cv2.COLOR_GRAY2BGR))
