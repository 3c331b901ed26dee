"""Pictures of encodings: the numbers of a face, and how far two faces are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from face2vec.distance import distance
from face2vec.drawing.figures import PAPER, bare, parts_of, show_pixels, zoom
from face2vec.drawing.subject import Options, Subject
from face2vec.records import Box
from face2vec.thresholds import STAND_IN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

COLUMNS = 16  # numbers in a row
GREY = "#d9d9d9"


def draw_encoding(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the encoding of the largest face, and of that of a second photo beside it."""
    if options.small:
        vector = subject.vector
        _strip(part.subplots(), vector, "", values=False)
        return
    if options.beside is None:
        _with_face(part, subject, "the encoding")
        return
    other = options.beside
    apart = between(subject, other)
    upper, middle, lower = parts_of(part, 3, 1)
    _with_face(upper, subject, "the encoding")
    _with_face(middle, other, "that of the other photo")
    blank, strip = lower.subplots(1, 2, width_ratios=(1, 4))
    bare(blank)
    blank.text(0.5, 0.5, f"distance\n{apart:.3f}", ha="center", va="center", fontsize=15)
    _strip(strip, subject.vector - other.vector, _verdict(apart, subject), values=True)


def between(subject: Subject, other: Subject) -> float:
    """Returns the distance between the largest faces of two photos.

    Raises:
        NoFaceError: one of them has none.
    """
    return float(distance(subject.vector, other.vector))


def _verdict(apart: float, subject: Subject) -> str:
    title = "the difference; the root of the sum of its squares is the distance"
    threshold = STAND_IN["euclidean"].get(subject.reader.encoder.name)
    if threshold is None:
        return title
    same = "the same person" if threshold.accepts(apart) else "different people"
    return f"{title}: {same}, by the documented threshold of {threshold:g}"


def _with_face(part: SubFigure | Figure, subject: Subject, what: str) -> None:
    picture, strip = part.subplots(1, 2, width_ratios=(1, 4))
    face = subject.face
    show_pixels(picture, subject.shown(max(subject.photo.size)), subject.photo.size)
    zoom(picture, _grown(face.box))
    name = subject.reader.encoder.name
    _strip(strip, subject.vector, f"{what}: {len(subject.vector)} numbers, {name}", values=True)


def _grown(box: Box) -> Box:
    margin = round(0.25 * box.width)
    return Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)


def _strip(axes: Axes, vector: np.ndarray, title: str, values: bool) -> None:
    """Draws a vector in rows of 16, orange for negative and purple for positive numbers."""
    rows = -(-len(vector) // COLUMNS)
    cells = np.full(rows * COLUMNS, np.nan)
    cells[: len(vector)] = vector
    largest = max(float(np.abs(vector).max()), 1e-9)
    axes.set_facecolor(GREY)
    axes.imshow(
        cells.reshape(rows, COLUMNS), cmap="PuOr", vmin=-largest, vmax=largest, aspect="auto"
    )
    axes.set_title(title)
    bare(axes)
    if not values:
        return
    axes.set_yticks(range(rows), [str(row * COLUMNS) for row in range(rows)], fontsize=7)
    axes.tick_params(length=0)
    for index, value in enumerate(vector.tolist()):
        dark = abs(value) > 0.55 * largest
        shade = PAPER if dark else "black"
        place = index % COLUMNS, index // COLUMNS
        text = f"{value:.2f}" if largest < 10 else f"{value:.1f}"
        text = text.replace("-0.00", "0.00")
        axes.text(*place, text, ha="center", va="center", color=shade, fontsize=6.5)
