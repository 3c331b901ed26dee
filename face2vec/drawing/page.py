"""A page of figures: sections of charts and tables, as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from face2vec.drawing.charts import Chart
from face2vec.errors import FolderError
from face2vec.files import write_atomically

TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what it says.
        share: 0 to 1, how strongly it is coloured; None for not at all.
        image: a ``data:`` address of a picture, which the text describes.
    """

    text: str
    share: float | None = None
    image: str | None = None


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its header.

    Attributes:
        caption: what it shows.
        head: the columns' headers.
        rows: cells, or their text alone.
        kind: ``numbers``, ``words``, or ``matrix`` for many narrow columns of numbers.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    kind: str = "numbers"

    def cells(self) -> list[list[Cell]]:
        """Returns the rows, each cell with all that it may have."""
        return [[Cell(one) if isinstance(one, str) else one for one in row] for row in self.rows]


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: its heading.
        text: a sentence or two of what is to be seen.
        charts: pictures of figures.
        tables: the same in figures, and more.
        folded: tables that are opened by a click.
    """

    title: str
    text: str = ""
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    folded: Sequence[Table] = ()

    @property
    def anchor(self) -> str:
        return self.title.lower().replace(" ", "-").replace(",", "")


@dataclass(frozen=True)
class Page:
    """The whole page.

    Attributes:
        title: its heading.
        subtitle: what was measured, on what.
        figures: the most important figures: value and what it is.
        warnings: what the reader must know before believing them.
        sections: the rest.
    """

    title: str
    subtitle: str
    figures: Sequence[tuple[str, str]]
    warnings: Sequence[str] = ()
    sections: Sequence[Section] = field(default=())


def render(page: Page) -> str:
    """Returns the page as HTML; names and paths in it are escaped."""
    from jinja2 import Environment, StrictUndefined  # only who wants a page needs it

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(page=page)


def write(page: Page, path: Path) -> None:
    """Writes the page.

    Raises:
        FolderError: the place cannot be written.
    """
    try:
        write_atomically(path, render(page).encode(), durable=False)
    except OSError as error:
        raise FolderError(
            f"the report cannot be written to {path} ({error.strerror}): choose another place."
        ) from error
