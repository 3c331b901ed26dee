"""``--report``: the figures as a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from face2vec.drawing.page import Page
    from face2vec.reading.reader import Reader

report_option = click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all figures, with curves and tables, to FILE, an HTML page that opens offline.",
)
thumbnails_option = click.option(
    "--thumbnails", is_flag=True, help="With --report: show the faces that were named worst."
)


def check(page: Path | None, thumbnails: bool) -> None:
    """Says before anything is read that thumbnails need a report, and a report its folder."""
    if thumbnails and page is None:
        raise click.UsageError("--thumbnails is for a report: give --report FILE")
    if page is not None and not page.absolute().parent.is_dir():
        raise click.UsageError(f"--report {page}: there is no folder {page.parent}")


def write(made: Page, path: Path) -> None:
    """Writes the page, and says on stderr where it is."""
    from face2vec.drawing.page import write

    write(made, path)
    click.echo(f"face2vec: report in {path}", err=True)


def recipe_of(reader: Reader, **others: object) -> Mapping[str, object]:
    """Returns what figures depend on: how photos are read, and other plain values."""
    return {**others, "detector": reader.detector.name, **reader.vector_recipe}
