"""Boxes, names and landmarks drawn upon a picture: a photo's copy, or a frame of a film.

    draw_faces(frame, [Label(box, Standing.KNOWN, ("José", "0.31"))])
    draw_landmarks(frame, landmarks)

All draw in place on a (h, w, 3) uint8 array, blue first, in pixels of that array, and cut off what
lies beyond it. Line widths and letters suit the picture's size, 200 pixels or 12 megapixels. Text
may be in any script (`fonts`); a frame with the same names as the last costs no new letters.

Known, unknown and conflict differ in how the box is drawn (one line, dashes, two lines) and in the
words of their label as well as in colour; the colours are those of Okabe and Ito, "Color universal
design", 2008, which are told apart by colour-blind people too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from face2vec.detection.shapes import PARTS
from face2vec.drawing.fonts import LINE, text_mask, text_width
from face2vec.records import Box

Colour = tuple[int, int, int]  # blue, green, red

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
SMALLEST_LETTERS = 11  # pixels
LETTERS = 55  # the picture's diagonal, in sizes of the letters
CROWDED = 4  # sizes of the smallest letters: beside a smaller face only the first line is drawn
PADDING = 0.25  # around the text of a label, in sizes of the letters


class Standing(str, Enum):
    """What is said of a face."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"  # its name has gone to another face in the picture


COLOURS: dict[Standing, tuple[Colour, Colour]] = {  # of the box and of the text on it
    Standing.KNOWN: ((115, 158, 0), WHITE),
    Standing.UNKNOWN: ((0, 159, 230), BLACK),
    Standing.CONFLICT: ((167, 121, 204), BLACK),
}


@dataclass(frozen=True)
class Label:
    """A box with lines of text beside it.

    Attributes:
        box: in pixels of the picture; may reach beyond it.
        standing: how the box is drawn.
        lines: from top to bottom; the first is the name, or what is said for want of one. Empty
            for a box alone.
    """

    box: Box
    standing: Standing
    lines: tuple[str, ...] = ()


def draw_faces(picture: np.ndarray, labels: Sequence[Label]) -> None:
    """Draws boxes and their labels, the labels where they cover no face and no other label.

    Args:
        picture: (h, w, 3) uint8, blue first; is drawn upon.
        labels: one for each face.
    """
    width = line_width(picture)
    for label in labels:
        _draw_box(picture, label, width)
    taken = [_sides(label.box) for label in labels]
    for label in labels:
        if label.lines:
            size = letter_size(picture, label.box)
            crowded = size == SMALLEST_LETTERS and label.box.width < CROWDED * size
            lines = label.lines[:1] if crowded else label.lines
            plate = _plate(lines, *COLOURS[label.standing], size, picture.shape[1])
            left, top = _free_place(label.box, plate.shape, picture.shape, taken, width)
            taken.append((left, top, left + plate.shape[1], top + plate.shape[0]))
            _paste(picture, plate, left, top)


def draw_caption(picture: np.ndarray, text: str) -> None:
    """Writes a line on dark ground into the upper left corner of a picture."""
    plate = _plate((text,), BLACK, WHITE, letter_size(picture, _whole(picture)), picture.shape[1])
    _paste(picture, plate, 0, 0)


def draw_landmarks(picture: np.ndarray, landmarks: np.ndarray, colour: Colour = WHITE) -> None:
    """Draws the 68 points, the parts of the face joined.

    Args:
        picture: (h, w, 3) uint8, blue first; is drawn upon.
        landmarks: (68, 2), columns x and y, in pixels of the picture.
        colour: blue, green, red.
    """
    side = float(np.ptp(landmarks, axis=0).max())
    thin = max(1, round(side / 160))
    points = np.round(landmarks * 16).astype(np.int32)
    for part in PARTS.values():
        own = points[part.first : part.last + 1]
        for shade, width in ((BLACK, thin + 2), (colour, thin)):
            cv2.polylines(picture, [own], part.closed, shade, width, cv2.LINE_AA, shift=4)
    for x, y in points.tolist():
        radius = round(16 * max(1.5, side / 90))
        cv2.circle(picture, (x, y), radius + 16, BLACK, cv2.FILLED, cv2.LINE_AA, shift=4)
        cv2.circle(picture, (x, y), radius, colour, cv2.FILLED, cv2.LINE_AA, shift=4)


def line_width(picture: np.ndarray) -> int:
    """Returns the width of a box's line, in pixels, that suits a picture's size."""
    return max(1, round(math.hypot(*picture.shape[:2]) / 350))


def letter_size(picture: np.ndarray, box: Box) -> int:
    """Returns the size of a label's letters, in pixels: smaller beside a small face."""
    by_picture = math.hypot(*picture.shape[:2]) / LETTERS
    by_face = min(max(box.width / 5, by_picture / 2), by_picture)
    return max(SMALLEST_LETTERS, round(by_face))


def _draw_box(picture: np.ndarray, label: Label, width: int) -> None:
    colour = COLOURS[label.standing][0]
    box = label.box
    ring = [(box.left, box.top), (box.right - 1, box.top)]
    ring += [(box.right - 1, box.bottom - 1), (box.left, box.bottom - 1)]
    corners = np.array(ring)
    if label.standing is Standing.CONFLICT:
        inner = corners + 3 * width * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        _outlined(picture, _whole_sides(inner), colour, width)
    if label.standing is Standing.UNKNOWN:
        _outlined(picture, _dashes(corners, 7 * width), colour, width)
    else:
        _outlined(picture, _whole_sides(corners), colour, width)


def _outlined(picture: np.ndarray, pieces: list[np.ndarray], colour: Colour, width: int) -> None:
    """Draws lines with a dark edge, so that they are seen on any ground."""
    for shade, thickness in ((BLACK, width + 2 * ((width + 1) // 3)), (colour, width)):
        for one, other in pieces:
            start, end = (tuple(round(float(c)) for c in point) for point in (one, other))
            cv2.line(picture, start, end, shade, thickness)


def _whole_sides(corners: np.ndarray) -> list[np.ndarray]:
    return [np.stack(pair) for pair in zip(corners, np.roll(corners, -1, axis=0), strict=True)]


def _dashes(corners: np.ndarray, length: float) -> list[np.ndarray]:
    """Cuts each side into dashes of about a length, with one at every corner."""
    pieces = []
    for one, other in _whole_sides(corners):
        count = 2 * max(1, round(float(np.abs(other - one).sum()) / length / 2)) + 1
        ends = one + (other - one) * np.linspace(0, 1, count + 1)[:, None]
        pieces += [ends[i : i + 2] for i in range(0, count, 2)]
    return pieces


def _plate(lines: Sequence[str], ground: Colour, ink: Colour, size: int, widest: int) -> np.ndarray:
    """Draws lines of text on their own ground: (h, w, 3) uint8."""
    padding = round(PADDING * size)
    room = max(1, widest - 2 * padding)
    masks = [text_mask(_shortened(line, size, room), size) for line in lines]
    height, width = round(LINE * size), max(mask.shape[1] for mask in masks) + 2 * padding
    plate = np.full((height * len(masks) + padding, width, 3), ground, np.uint8)
    for number, mask in enumerate(masks):
        top = number * height + padding // 2
        place = plate[top : top + height, padding : padding + mask.shape[1]]
        share = mask[:, :, None] / np.float32(255)
        place[:] = np.round(place * (1 - share) + np.array(ink, np.float32) * share)
    return plate


def _shortened(text: str, size: int, room: int) -> str:
    """Cuts text off where it is too wide."""
    while len(text) > 2 and text_width(text, size) > room:
        text = text[:-2].rstrip() + "…"
    return text


def _whole(picture: np.ndarray) -> Box:
    return Box(0, 0, picture.shape[1], picture.shape[0])


_Sides = tuple[int, int, int, int]  # left, top, right, bottom


def _sides(box: Box) -> _Sides:
    return box.left, box.top, box.right, box.bottom


def _free_place(
    box: Box,
    plate: tuple[int, ...],
    picture: tuple[int, ...],
    taken: Sequence[_Sides],
    width: int,
) -> tuple[int, int]:
    """Returns the left and top of a label: of the places around its box the least covered one."""
    height, across = plate[:2]
    best, least = (0, 0), math.inf
    for left, top in _places(box, across, height, width):
        inside = (
            min(max(left, 0), max(0, picture[1] - across)),
            min(max(top, 0), max(0, picture[0] - height)),
        )
        own = (*inside, inside[0] + across, inside[1] + height)
        covered = sum(_common(own, other) for other in taken)
        if covered < least:
            best, least = inside, covered
    return best


def _places(box: Box, across: int, height: int, gap: int) -> Iterator[tuple[int, int]]:
    for left in (box.left, box.right - across):
        yield left, box.top - height - gap
        yield left, box.bottom + gap
    yield box.right + gap, box.top
    yield box.left - across - gap, box.top


def _common(one: _Sides, other: _Sides) -> int:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)


def _paste(picture: np.ndarray, plate: np.ndarray, left: int, top: int) -> None:
    place = picture[top : top + plate.shape[0], left : left + plate.shape[1]]
    place[:] = plate[: place.shape[0], : place.shape[1]]
