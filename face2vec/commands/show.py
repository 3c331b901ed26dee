"""``face2vec show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _options

if TYPE_CHECKING:
    from face2vec.drawing.subject import Subject
    from face2vec.reading.options import ReadingOptions

STAGES = (
    "photo",
    "equalised",
    "hog",
    "boxes",
    "landmarks",
    "distances",
    "aligned",
    "encoding",
    "hog-face",
    "all",
)


@click.command("show")
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--stage",
    type=click.Choice(STAGES),
    default="all",
    show_default=True,
    help="What of the way from the photo to a vector is shown.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the picture goes: .png, .jpg, .webp or .svg.  [default: a window]",
)
@click.option("--numbers", is_flag=True, help="With landmarks: write the number of each.")
@click.option(
    "--beside",
    type=click.Path(path_type=Path),
    metavar="OTHER",
    help="With encoding: show that of a second photo beside it, and their distance.",
)
@click.option(
    "--encoder",
    default=defaults.GALLERY_ENCODER,
    show_default=True,
    help="How a face becomes a vector.",
)
@_options.prior_option
@_options.weights_option
@_options.detector_option
@_options.min_face_option
@_options.landmark_model_option
@_options.json_option
@_options.as_reading
def command(
    photo: Path,
    stage: str,
    output: Path | None,
    numbers: bool,
    beside: Path | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Show how PHOTO is read, stage by stage, as a picture.

    equalised: its brightness. hog: its gradients. boxes: what each detector saw, and what was kept.
    landmarks: 68 points, and distances from the tip of the nose. aligned: the face upright.
    encoding: its numbers. hog-face: a face's gradients slid to their best place. all: one sheet of
    these. Exit code 1 where the stage is about a face, and there is none.
    """
    from face2vec.detection.five_points import needs_all
    from face2vec.drawing import figures
    from face2vec.drawing.stages import draw_stage
    from face2vec.drawing.subject import Options, Subject
    from face2vec.errors import OptionError
    from face2vec.records import LANDMARKS

    if output is None:  # what cannot be is said before anything is drawn
        figures.need_windows()
    else:
        figures.format_of(output)
    reader = reading.reader()
    if reader.detector.landmark_model.points < LANDMARKS:
        raise OptionError(needs_all("a picture of the way"))
    with figures.style(), _options.progress_bar("drawing"):
        subject = Subject.open(photo, reader)
        other = Subject.open(beside, reader) if beside else None
        figure = draw_stage(stage, subject, Options(numbers, other))
        if output is not None:
            figures.save(figure, output)
    if as_json:
        _options.print_json(_as_dict(subject, other, stage, output))
    elif output is not None:
        click.echo(f"saved {output}")
    if output is None:
        figures.show_window(figure, f"{photo.name}: {stage}")


def _as_dict(
    subject: Subject, other: Subject | None, stage: str, output: Path | None
) -> dict[str, object]:
    from face2vec.drawing.vectors import between

    found = subject.found
    return {
        "path": subject.photo.name,
        "stage": stage,
        "output": None if output is None else str(output),
        "reason": None if found.reason is None else found.reason.value,
        "detail": found.detail,
        "faces": [{"box": face.box.as_dict(), "found_by": face.found_by} for face in found.faces],
        "seen": [one.as_dict() for one in subject.sighted],
        "distance": None if other is None else between(subject, other),
    }
