"""``face2vec convert``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _gallery, _options
from face2vec.text import shown

if TYPE_CHECKING:
    from face2vec.gallery.enrolment import Enrolment
    from face2vec.gallery.identifier import Identifier
    from face2vec.reading.options import ReadingOptions


@click.command("convert")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--name", help="Whose the encodings are, where the files hold no names.")
@click.option(
    "--names",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="As many names as there are encodings: a name a line, or a .npy or pickle of them.",
)
@click.option(
    "--anyway", is_flag=True, help="Enrol photos that look like somebody else's without asking."
)
@_gallery.gallery_option
@_options.reading_options(cache=defaults.CACHE)
@_options.json_option
@_options.as_reading
def command(
    sources: tuple[Path, ...],
    name: str | None,
    names: Path | None,
    anyway: bool,
    gallery: str,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Make a gallery of what face_recognition and programs built on it have stored in SOURCES.

    These are pickles of encodings with names, .npy and .csv files of 128 numbers an encoding, and
    folders of known people: a photo for each, called by the name. The encodings are searched as
    those of the encoder resnet; of which photos they are is not known. Nothing in a file is run.
    Exit code 1 where nothing was added.
    """
    from face2vec.gallery.identifier import Identifier

    identifier = Identifier.open(
        gallery, reading.but(encoder=defaults.GALLERY_ENCODER), create=True
    )
    enrolments = []
    for source in sources:
        enrolments += _converted(identifier, source, name, names, anyway, as_json)
    calibrations = None
    if any(enrolment.added for enrolment in enrolments):
        calibrations = identifier.gallery.calibrate_itself()
    if as_json:
        _options.print_json(
            {
                "gallery": gallery,
                "people": [_gallery.enrolment_as_dict(enrolment) for enrolment in enrolments],
                "calibration": calibrations and calibrations.as_dict(),
            }
        )
    else:
        _print(enrolments)
        if calibrations:
            click.echo(f"identify: {calibrations.identify.sentence}")
    _gallery.print_suspicions(calibrations)
    if not any(enrolment.added or enrolment.known for enrolment in enrolments):
        raise SystemExit(1)


def _converted(
    identifier: Identifier,
    source: Path,
    name: str | None,
    names: Path | None,
    anyway: bool,
    as_json: bool,
) -> list[Enrolment]:
    from face2vec.gallery.conversion import add_encodings, add_known_people
    from face2vec.gallery.foreign import read_encodings

    if not source.is_dir():
        return add_encodings(identifier, read_encodings(source, name, names), source)
    confirm = _gallery.confirm_in(anyway, sys.stdin.isatty() and not as_json)
    with _options.progress_bar("reading photos") as progress:
        return add_known_people(identifier, source, progress, confirm)


def _print(enrolments: Sequence[Enrolment]) -> None:
    for enrolment in enrolments:
        known = f", {enrolment.known} known already" if enrolment.known else ""
        click.echo(f"{enrolment.name}: {_options.plural(enrolment.added, 'encoding')} added{known}")
        for _, detail in enrolment.without_face:
            click.echo(f"face2vec: {shown(detail)}", err=True)
