"""``face2vec distances``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _gallery as common
from face2vec.commands import _options as shared


@click.command("distances")
@click.argument("photo", type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), help="Show so many people.  [default: all]")
@common.options(cache=None)
def command(
    photo: Path, top: int | None, gallery: str, as_json: bool, **reading: object
) -> None:
    """Say how far the largest face in PHOTO is from every enrolled person, nearest first.

    Whom do I look like? The distance is halfway between that to the person's nearest photo and
    that to the mean of all their photos.
    """
    from face2vec.gallery.identifier import Identifier

    neighbours = Identifier(gallery, **reading).distances(photo, top)
    if as_json:
        shared.print_json([common.neighbour_as_dict(neighbour) for neighbour in neighbours])
        return
    rows = [["person", "distance", "nearest", "to mean", "photos"]]
    rows += [
        [n.name, f"{n.distance:.3f}", f"{n.nearest:.3f}", f"{n.to_mean:.3f}", str(n.photos)]
        for n in neighbours
    ]
    click.echo(shared.table(rows) if neighbours else "nobody is enrolled")
