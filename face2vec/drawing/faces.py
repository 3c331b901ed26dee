"""Pictures of one face: its landmarks, their distances from the nose tip, the aligned chip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from face2vec.detection.shapes import NOSE_TIP, PARTS
from face2vec.drawing.figures import GREEN, INK, PAPER, bare, show_pixels, zoom
from face2vec.drawing.finding import SHOWN
from face2vec.drawing.subject import CHIP_SIDE, Options, Subject
from face2vec.records import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

CLOSE = 1.25  # side of what is shown of the photo, in sides of what the landmarks span
SOME = (8, 27, 36, 45, 51)  # chin, bridge of the nose, corners of the eyes, upper lip
FARTHEST = 5  # distances that are written beside their landmarks


def draw_landmarks(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the 68 landmarks of the largest face, the parts joined."""
    landmarks = subject.face.landmarks
    axes = _close_up(part, subject)
    for first, last, closed in PARTS.values():
        own = landmarks[first : last + 1]
        line = np.vstack([own, own[:1]]) if closed else own
        axes.plot(*line.T, color=GREEN, linewidth=1.6, zorder=2)
    axes.scatter(
        landmarks[:, 0], landmarks[:, 1], s=9 if options.small else 16, color=INK, zorder=3
    )
    if options.numbers:
        _number(axes, landmarks)
    if not options.small:
        axes.set_title("68 landmarks (iBUG 300-W), their parts joined")


def draw_distances(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws lines from the nose tip to all landmarks, as the published Face2Vec measures them."""
    landmarks = subject.face.landmarks
    tip = landmarks[NOSE_TIP]
    lengths = np.linalg.norm(landmarks - tip, axis=1)
    shares = lengths / max(float(lengths.max()), 1e-9)
    axes = _close_up(part, subject)
    from matplotlib import colormaps
    from matplotlib.collections import LineCollection

    colours = colormaps["plasma"](0.9 * shares)
    lines = LineCollection([(tip, point) for point in landmarks], colors=colours, linewidths=1.5)
    axes.add_collection(lines, autolim=False)
    axes.scatter(landmarks[:, 0], landmarks[:, 1], s=9, color=INK, zorder=3)
    axes.scatter(tip[0], tip[1], s=50, color=INK, zorder=3)
    if options.small:
        return
    axes.set_title("distances from the nose tip, as shares of the longest")
    for point in [*np.argsort(-lengths)[:FARTHEST].tolist(), *SOME]:
        _beside(axes, landmarks[point], tip, f"{shares[point]:.2f}")


def draw_aligned(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the chip: the face upright, eyes and mouth at fixed places, 150 x 150 pixels."""
    chip = subject.chip
    axes = part.subplots()
    show_pixels(axes, chip, (CHIP_SIDE, CHIP_SIDE))
    if not options.small:
        axes.set_title(f"the face upright, {CHIP_SIDE} x {CHIP_SIDE} pixels")


def _close_up(part: SubFigure, subject: Subject) -> Axes:
    """Shows the largest face with some air around it."""
    axes = part.subplots()
    box = around(subject.face.landmarks)
    width, height = subject.photo.size
    scale = max(1.0, SHOWN / max(box.width, box.height))  # the face, not the photo, must be sharp
    side = round(min(max(width, height), scale * max(width, height)))
    show_pixels(axes, subject.shown(side), subject.photo.size, fade=0.3)
    zoom(axes, box)
    bare(axes)
    return axes


def around(landmarks: np.ndarray) -> Box:
    """Returns the square in which a face is shown."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    half = CLOSE / 2 * float((high - low).max())
    left, top = np.floor((low + high) / 2 - half).astype(int).tolist()
    right, bottom = np.ceil((low + high) / 2 + half).astype(int).tolist()
    return Box(left, top, right, bottom)


def _number(axes: Axes, landmarks: np.ndarray) -> None:
    """Writes each landmark's number beside it, away from the middle of its part."""
    for first, last, _ in PARTS.values():
        own = landmarks[first : last + 1]
        centre = landmarks[NOSE_TIP] if first == 0 else own.mean(axis=0)
        for number, point in enumerate(own, start=first):
            _beside(axes, point, centre, str(number), size=6.5)


def _beside(axes: Axes, point: np.ndarray, centre: np.ndarray, text: str, size: float = 8) -> None:
    """Writes a few letters beside a point, on the side away from a centre."""
    away = point - centre
    away = away / max(float(np.hypot(*away)), 1e-9) if np.hypot(*away) > 1e-9 else np.array([0, 1])
    axes.annotate(
        text,
        (float(point[0]), float(point[1])),
        xytext=tuple(9 * away * (1, -1)),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=size,
        color=INK,
        bbox={"facecolor": PAPER, "alpha": 0.7, "pad": 0.6, "linewidth": 0},
    )
