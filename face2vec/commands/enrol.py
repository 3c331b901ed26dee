"""``face2vec enrol``."""

from __future__ import annotations

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
@_options.fmr_option(defaults.FMR)
@_gallery.options(cache=defaults.CACHE)
@_options.as_reading
def command(
    name: str,
    photos: tuple[Path, ...],
    folder: Path | None,
    fmr: float,
    gallery: str,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Add the person NAME from PHOTOS, files or folders, or everybody --from FOLDER.

    Of each photo the largest face is taken. Where there are enough people, the gallery's threshold
    is calibrated on them. What is said to be enrolled is on the disk. Exit code 1 where no photo
    has a face.
    """
    from face2vec.gallery.identifier import Identifier

    if bool(folder) == bool(name) or bool(name) != bool(photos):
        raise click.UsageError("give NAME and PHOTOS, or --from FOLDER")
    identifier = Identifier.open(gallery, reading, create=True)
    with _options.progress_bar("reading photos") as progress:
        if folder:
            enrolments = identifier.enrol_folder(folder, progress)
        else:
            enrolments = [identifier.enrol(name, photos, progress)]
    added = sum(enrolment.added for enrolment in enrolments)
    calibrations = identifier.gallery.calibrate_itself(fmr) if added else None
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
            click.echo(f"identify: {calibrations.identify.sentence}")
    if not any(enrolment.added or enrolment.known for enrolment in enrolments):
        raise SystemExit(1)
