"""``face2vec enrol``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("enrol")
@click.argument("name", default="")
@click.argument("photos", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Enrol everybody in FOLDER, which holds a folder of photos for each person.",
)
@click.option(
    "--jitter",
    type=click.IntRange(min=1),
    default=defaults.JITTER,
    show_default=True,
    help="For a new gallery with resnet: chips of each face whose vectors are averaged.",
)
@click.option(
    "--anyway", is_flag=True, help="Enrol photos that look like somebody else's without asking."
)
@_options.fmr_option(None)
@_options.subject_option
@_gallery.options(cache=defaults.CACHE)
@_options.as_reading
def command(
    name: str,
    photos: tuple[Path, ...],
    folder: Path | None,
    anyway: bool,
    fmr: float | None,
    gallery: str,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Add the person NAME from PHOTOS, files or folders, or everybody --from FOLDER.

    Of each photo the largest face is taken. Where one is as near to another name as one person's
    photos are, or is that person's photo, you are asked first; where nobody can be asked, it is
    left out. The gallery's thresholds are calibrated anew. What is said to be enrolled is on the
    disk. Exit code 1 where nothing is enrolled.
    """
    from face2vec.gallery.identifier import Identifier
    from face2vec.thresholds import Rates

    if bool(folder) == bool(name) or bool(name) != bool(photos):
        raise click.UsageError(
            "give NAME and PHOTOS, as in: face2vec enrol Ann ann.jpg; or --from FOLDER, which "
            "holds a folder of photos for each person"
        )
    identifier = Identifier.open(gallery, reading, create=True, compare=compare)
    confirm = _gallery.confirm_in(anyway, sys.stdin.isatty() and not as_json)
    with _options.progress_bar("reading photos") as progress:
        if folder:
            enrolments = identifier.enrol_folder(folder, progress, confirm=confirm)
        else:
            enrolments = [identifier.enrol(name or "", photos, progress, confirm=confirm)]
    added = sum(enrolment.added for enrolment in enrolments)
    rates = None if fmr is None else Rates.of(fmr)
    calibrations = identifier.gallery.calibrate_itself(rates) if added else None
    if as_json:
        _options.print_json(
            {
                "gallery": gallery,
                "people": [_gallery.enrolment_as_dict(enrolment) for enrolment in enrolments],
                "calibration": calibrations and calibrations.as_dict(),
            }
        )
    else:
        for enrolment in enrolments:
            _gallery.print_enrolment(enrolment)
        if calibrations:
            click.echo(identifier.gallery.chosen.sentence)
    _gallery.print_suspicions(calibrations)
    if not any(enrolment.added or enrolment.known for enrolment in enrolments):
        raise SystemExit(1)
