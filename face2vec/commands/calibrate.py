"""``face2vec calibrate``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _gallery as common
from face2vec.commands import _options as shared


@click.command("calibrate")
@click.argument("folder", type=click.Path(path_type=Path))
@shared.fmr_option(0.01)
@common.options(cache=Path("cache"))
def command(folder: Path, fmr: float, gallery: str, as_json: bool, **reading: object) -> None:
    """Find the gallery's thresholds for a wanted false-match rate on the labelled photos in FOLDER.

    Everybody in FOLDER is a stranger in turn. The thresholds are kept with the gallery, together
    with how far the photos bear them out.
    """
    from face2vec.gallery.identifier import Identifier

    with shared.progress_bar("reading photos") as progress:
        made = Identifier(gallery, create=True, **reading).calibrate(folder, fmr, progress)
    if as_json:
        shared.print_json(made.as_dict())
    else:
        click.echo(f"identify: {made.identify.sentence}")
        click.echo(f"verify: {made.verify.sentence}")
