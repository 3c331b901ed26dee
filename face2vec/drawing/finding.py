"""Pictures of how a face is found: grey and equalised, HOG, boxes, a template that slides."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from face2vec.detection.evidence import stretched
from face2vec.drawing.figures import (
    GREEN,
    INK,
    ORANGE,
    SKY,
    VERMILLION,
    bare,
    show_pixels,
)
from face2vec.drawing.hog import (
    TEMPLATE_CELLS,
    best_place,
    cell_lines,
    face_template,
    hog_picture,
    scaled,
)
from face2vec.drawing.subject import Options, Sighted, Subject, seen_steps
from face2vec.records import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

SHOWN = 1000  # pixels of the long side of a photo in a picture, at most
STEP_COLOURS = (GREEN, SKY, ORANGE, "#cc79a7", "#0072b2", VERMILLION, "#999999")
MOST_LISTED = 12  # boxes that are explained in words


def draw_photo(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the photo as it is, turned as EXIF says."""
    show_pixels(part.subplots(), subject.shown(SHOWN), subject.photo.size)


def draw_equalised(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the grey photo, equalised, and only stretched, which is what Face2Vec looks at."""
    grey = subject.grey(SHOWN)
    pictures = {
        "grey": grey,
        "equalised: as many pixels of each brightness": cv2.equalizeHist(grey),
        "stretched: what Face2Vec fits landmarks on": stretched(grey),
    }
    if options.small:
        show_pixels(part.subplots(), stretched(grey), subject.photo.size)
        return
    rows = part.subplots(2, 3, height_ratios=(4, 1))
    for (title, picture), above, below in zip(pictures.items(), *rows, strict=True):
        show_pixels(above, picture, subject.photo.size)
        above.set_title(title)
        below.hist(picture.ravel(), bins=64, range=(0, 256), color=INK)
        below.set(yticks=[], xlim=(0, 256), xticks=(0, 128, 255))
        below.set_xlabel("brightness")


def draw_hog(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the histograms of oriented gradients: 8 orientations, cells of 16 x 16 pixels."""
    axes = part.subplots()
    show_pixels(axes, hog_picture(scaled(subject.photo.grey)), subject.photo.size)
    if not options.small:
        axes.set_title("HOG: the edges in cells of 16 x 16 pixels, in 8 directions")


def draw_boxes(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws what each detector and rung saw, what was kept, and why."""
    steps = seen_steps(subject.sighted)
    colours = {step: STEP_COLOURS[i % len(STEP_COLOURS)] for i, step in enumerate(steps)}
    if options.small:
        axes = part.subplots()
    else:
        axes, words = part.subplots(1, 2, width_ratios=(1, 1))
        _explain(words, subject, colours)
    show_pixels(axes, subject.shown(SHOWN), subject.photo.size, fade=0.2)
    for number, one in enumerate(subject.sighted, start=1):
        line = {"linewidth": 2.2} if one.kept else {"linewidth": 1.1, "linestyle": "--"}
        _square(axes, one, colours[one.step], **line)
        if not options.small and number <= MOST_LISTED:
            axes.text(one.box.left, one.box.top, f" {number}", va="top", **_on(colours[one.step]))
    for face in subject.found.faces:
        _outline(axes, face.box, INK, linewidth=3.0 if not options.small else 2.0)


def draw_hog_face(part: SubFigure, subject: Subject, options: Options) -> None:
    """Draws the HOG of a face, how well it fits everywhere, and where it fits best."""
    template = face_template()
    place = best_place(subject.photo.grey, template)
    if options.small:
        left, right = None, part.subplots()
    else:
        left, middle, right = part.subplots(1, 3, width_ratios=(2, 3, 3))
        _draw_scores(middle, subject, place.scores, place.step)
        middle.set_title(f"{place.tried} places and sizes tried: how well it fits")
        right.set_title(f"the best place (correlation {place.score:.2f})")
    if left is not None:
        _draw_cells(left, template, Box(0, 0, TEMPLATE_CELLS, TEMPLATE_CELLS), INK)
        left.set(xlim=(0, TEMPLATE_CELLS), ylim=(TEMPLATE_CELLS, 0), aspect="equal")
        left.set_title("the HOG of a face")
        bare(left)
    show_pixels(right, subject.shown(SHOWN), subject.photo.size, fade=0.35)
    _draw_cells(right, template, place.box, VERMILLION)
    _outline(right, place.box, VERMILLION, linewidth=2)


def _draw_scores(axes: Axes, subject: Subject, scores: np.ndarray, step: float) -> None:
    """Draws each window's correlation at the window's centre."""
    show_pixels(axes, subject.grey(SHOWN), subject.photo.size, fade=0.5)
    rows, columns = scores.shape
    first = (TEMPLATE_CELLS - 1) / 2 * step  # the left of the cell in the first window's middle
    extent = (first, first + columns * step, first + rows * step, first)
    axes.imshow(scores, cmap="inferno", alpha=0.75, extent=extent, interpolation="nearest")
    width, height = subject.photo.size
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))


def _draw_cells(axes: Axes, cells: np.ndarray, box: Box, colour: str) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    ends, strength = cell_lines(cells)
    size = np.array([box.width, box.height]) / np.array(cells.shape[1::-1])
    strong = strength > 0.15
    shades = np.column_stack([np.tile(to_rgb(colour), (strong.sum(), 1)), strength[strong]])
    lines = ends[strong] * size + (box.left, box.top)
    axes.add_collection(LineCollection(list(lines), colors=shades, linewidths=2.2), autolim=False)


def _explain(axes: Axes, subject: Subject, colours: dict[str, str]) -> None:
    """Lists the boxes in words."""
    bare(axes)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    shown = subject.sighted[:MOST_LISTED]
    lines = [(_words(i, one), colours[one.step]) for i, one in enumerate(shown, start=1)]
    more = len(subject.sighted) - len(shown)
    lines += [(f"and {more} more", INK)] if more > 0 else []
    faces = len(subject.found.faces)
    found = f"{faces} found, placed by the landmarks" if faces else subject.found.detail
    lines.append((found, INK))
    for number, (text, colour) in enumerate(lines):
        y = 0.97 - number / (MOST_LISTED + 2)
        axes.plot([0, 0.04], [y, y], color=colour, linewidth=3, solid_capstyle="butt")
        axes.text(0.07, y, fill(text, 52), va="center", color=INK, fontsize=9)


def _words(number: int, one: Sighted) -> str:
    turned = f" turned by {one.turn:.0f}°" if one.turn else ""
    score = f" {one.score:.2f}" if one.score else ""
    return f"{number}  {one.step}{turned}{score}: {one.why}"


def _on(colour: str) -> dict[str, Any]:
    return {"color": INK, "fontsize": 8, "bbox": {"facecolor": colour, "pad": 1, "linewidth": 0}}


def _square(axes: Axes, one: Sighted, colour: str, **line: Any) -> None:
    """Draws a box, turned as its detector saw it."""
    from matplotlib.patches import Rectangle

    box = one.box
    axes.add_patch(
        Rectangle(
            (box.left - 0.5, box.top - 0.5),
            box.width,
            box.height,
            angle=one.turn,
            rotation_point="center",
            fill=False,
            edgecolor=colour,
            **line,
        )
    )


def _outline(axes: Axes, box: Box, colour: str, linewidth: float) -> None:
    _square(axes, Sighted("", box, 0.0, 0.0, True, ""), colour, linewidth=linewidth)
