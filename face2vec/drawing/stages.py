"""The stages of the way from a photo to a vector, each as a picture, and all on one sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from face2vec.drawing import faces, finding, vectors
from face2vec.drawing.figures import INK, new_figure, parts_of
from face2vec.drawing.subject import Options, Subject
from face2vec.errors import NoFaceError, OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

SHEET_COLUMNS = 3
SHEET_CELL = (560, 500)  # pixels


@dataclass(frozen=True)
class Stage:
    """One picture.

    Attributes:
        draw: draws it on an empty figure, or a part of one.
        width: pixels of the figure.
        height: the same; 0 where it follows from the photo's shape.
        share: of the figure's width that the photo takes.
    """

    draw: Callable[[SubFigure, Subject, Options], None]
    width: int = 960
    height: int = 0
    share: float = 1.0


STAGES = {
    "photo": Stage(finding.draw_photo),
    "equalised": Stage(finding.draw_equalised, 1440, 620),
    "hog": Stage(finding.draw_hog),
    "boxes": Stage(finding.draw_boxes, 1320, share=0.5),
    "landmarks": Stage(faces.draw_landmarks, 960, 1000),
    "distances": Stage(faces.draw_distances, 960, 1000),
    "aligned": Stage(faces.draw_aligned, 720, 760),
    "encoding": Stage(vectors.draw_encoding, 1320, 620),
    "hog-face": Stage(finding.draw_hog_face, 1440, 640),
}
ALL = "all"
ON_SHEET = {  # in the order of the way, with what the sheet says above each
    "photo": "1  The photo",
    "equalised": "2  Grey, stretched",
    "hog": "3  Its gradients: HOG",
    "hog-face": "4  A face's HOG, slid over it",
    "boxes": "5  Where detectors see it",
    "landmarks": "6  68 landmarks",
    "distances": "7  Distances from the nose tip",
    "aligned": "8  Turned upright, cut out",
    "encoding": "9  A vector of numbers",
}


def draw_stage(name: str, subject: Subject, options: Options) -> Figure:
    """Draws one stage, or all on one sheet.

    Args:
        name: one of `STAGES`, or ``all``.
        subject: the photo.
        options: what is drawn besides.

    Raises:
        NoFaceError: the stage is about a face, and the photo has none.
        OptionError: there is no such stage, or it cannot take these options.
    """
    if name not in STAGES and name != ALL:
        raise OptionError(f"there is no stage {name!r}: choose one of {', '.join(STAGES)} or all.")
    if options.beside is not None and name != "encoding":
        raise OptionError("--beside is for the encoding: give --stage encoding.")
    if options.numbers and name != "landmarks":
        raise OptionError("--numbers is for the landmarks: give --stage landmarks.")
    if name == ALL:
        return _sheet(subject)
    stage = STAGES[name]
    figure = new_figure(stage.width, stage.height or _height(stage, subject))
    stage.draw(parts_of(figure, 1, 1)[0], subject, options)
    return figure


def _height(stage: Stage, subject: Subject) -> int:
    """Returns the height of a figure in which the photo is as wide as there is room."""
    across, down = subject.photo.size
    width = stage.share * stage.width
    return int(np.clip(width * down / across + 60, 0.4 * width, 1.4 * width))


def _sheet(subject: Subject) -> Figure:
    rows = -(-len(ON_SHEET) // SHEET_COLUMNS)
    figure = new_figure(SHEET_CELL[0] * SHEET_COLUMNS, SHEET_CELL[1] * rows)
    parts = parts_of(figure, rows, SHEET_COLUMNS)
    for part, (name, title) in zip(parts, ON_SHEET.items(), strict=True):
        try:
            STAGES[name].draw(part, subject, Options(small=True))
        except NoFaceError:
            _say(part, subject.found.reason.value if subject.found.reason else "")
        part.suptitle(title, x=0.02, ha="left", fontsize=13, color=INK)
    return figure


def _say(part: SubFigure, text: str) -> None:
    part.text(0.5, 0.45, text, ha="center", va="center", color=INK)
