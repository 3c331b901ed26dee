"""``--annotate``: copies of the photos with what was said of each face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _options

if TYPE_CHECKING:
    from face2vec.drawing.labels import Annotation

annotate_option = click.option(
    "--annotate",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a copy of each photo with boxes and names to DIR.",
)


def write(folder: Path, annotations: Sequence[Annotation]) -> None:
    """Writes the copies, and says on stderr how many, and which letters no font here holds."""
    from face2vec.drawing.copies import write_copies
    from face2vec.drawing.fonts import INSTALL, letters_without_font

    with _options.progress_bar("drawing copies") as progress:
        copies = write_copies(folder, annotations, progress)
    click.echo(f"face2vec: {_options.plural(len(copies), 'annotated photo')} in {folder}", err=True)
    texts = [line for one in annotations for label in one.labels for line in label.lines]
    missing = letters_without_font(texts)
    if missing:
        click.echo(f"face2vec: no font here has the letters {missing}: {INSTALL}", err=True)
