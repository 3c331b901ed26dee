"""``face2vec distances``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("distances")
@click.argument("photo", type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), help="Show so many people.  [default: all]")
@_options.subject_option
@_gallery.options(cache=None)
@_options.as_reading
def command(
    photo: Path,
    top: int | None,
    gallery: str,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Say how far the largest face in PHOTO is from every enrolled person, nearest first.

    Whom do I look like? By the ratio of likelihoods, the distance is how much is missing to a
    perfect match, all photos of a person being evidence; the plain distance, by --compare
    euclidean, is halfway between that to the person's nearest photo and that to the mean of all.
    """
    from face2vec.gallery.identifier import Identifier

    neighbours = Identifier.open(gallery, reading, compare=compare).distances(photo, top)
    if as_json:
        _options.print_json([_gallery.neighbour_as_dict(neighbour) for neighbour in neighbours])
        return
    rows = [["person", "distance", "plain", "nearest", "to mean", "photos"]]
    rows += [
        [
            n.name,
            *(f"{apart:.3f}" for apart in (n.distance, n.euclidean, n.nearest, n.to_mean)),
            str(n.photos),
        ]
        for n in neighbours
    ]
    click.echo(_options.table(rows) if neighbours else "nobody is enrolled")
