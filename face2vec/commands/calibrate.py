"""``face2vec calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("calibrate")
@click.argument("folder", type=click.Path(path_type=Path))
@_options.fmr_option(None)
@_options.subject_option
@_gallery.options(cache=defaults.CACHE)
@_options.as_reading
def command(
    folder: Path,
    fmr: float | None,
    gallery: str,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Find the gallery's thresholds for a wanted false-match rate on the labelled photos in FOLDER.

    Everybody in FOLDER is a stranger in turn. The thresholds are kept with the gallery, together
    with how far the photos bear them out, and go before all others.
    """
    from face2vec.gallery.identifier import Identifier

    with _options.progress_bar("reading photos") as progress:
        identifier = Identifier.open(gallery, reading, create=True, compare=compare)
        made = identifier.calibrate(folder, fmr, progress)
    if as_json:
        _options.print_json(made.as_dict())
    else:
        click.echo(f"identify: {made.identify.sentence}")
        click.echo(f"verify: {made.verify.sentence}")
    _gallery.print_suspicions(made)
