"""``face2vec identify``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _annotate, _gallery, _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions
    from face2vec.records import Identification, Match


@click.command("identify")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@_gallery.threshold_option
@_options.twins_option
@_annotate.annotate_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "csv"]),
    default="table",
    show_default=True,
    help="csv is path,name,distance, with the words of face_recognition.",
)
@_gallery.options(cache=None)
@_options.as_reading
def command(
    photos: tuple[Path, ...],
    threshold: float | None,
    twins: bool,
    annotate: Path | None,
    style: str,
    gallery: str,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Say which enrolled person each face in PHOTOS is, files or folders, or that it is unknown.

    Exit code 1 where no photo has a face, 2 where no photo can be read.
    """
    from face2vec.gallery.identifier import Identifier
    from face2vec.records import Reason

    identifier = Identifier.open(gallery, reading, threshold=threshold, compare=compare)
    with _options.progress_bar("reading photos") as progress:
        answers = identifier.identify(photos, twins=twins, progress=progress)
    if as_json:
        _options.print_json([_gallery.identification_as_dict(answer) for answer in answers])
    elif style == "csv":
        click.echo(_gallery.as_csv(answers))
    else:
        _print(answers)
    if annotate:
        from face2vec.drawing.labels import of_answers

        _annotate.write(annotate, of_answers(answers))
    if not any(answer.faces for answer in answers):
        unreadable = all(answer.reason is Reason.UNREADABLE for answer in answers)
        raise SystemExit(2 if unreadable else 1)


def _print(answers: Sequence[Identification]) -> None:
    from face2vec.gallery.chosen import Chosen

    rows = [
        ["photo", "name", "distance", "threshold", "as near by chance", "plain", "runner-up", ""]
    ]
    for answer in answers:
        if answer.reason is not None:
            click.echo(f"face2vec: {answer.detail}", err=True)
        rows += [[str(answer.path), *_cells(match)] for match in answer.faces]
    if len(rows) > 1:
        click.echo(_options.table(rows))
        first = next(match for answer in answers for match in answer.faces)
        click.echo(Chosen(first.threshold, first.fpir, first.calibration).sentence)


def _cells(match: Match) -> list[str]:
    second = match.runner_up
    return [
        match.name or "unknown",
        "-" if match.distance is None else f"{match.distance:.3f}",
        f"{match.threshold:.3f}",
        "-" if match.score is None else _gallery.as_near(match.score),
        f"{match.neighbours[0].euclidean:.3f}" if match.neighbours else "-",
        f"{second.name} {second.distance:.3f}" if second else "-",
        f"another face here is {match.conflict}" if match.conflict else "",
    ]
