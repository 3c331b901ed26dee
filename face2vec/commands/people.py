"""``face2vec people``."""

from __future__ import annotations

import click

from face2vec.commands import _gallery as common
from face2vec.commands import _options as shared


@click.command("people")
@common.gallery_option
@shared.json_option
def command(gallery: str, as_json: bool) -> None:
    """Say who is enrolled, and from how many photos."""
    from face2vec.gallery.store import open_store

    people = open_store(gallery).people()
    if as_json:
        shared.print_json([
            {"name": person.name, "photos": [vars(photo) for photo in person.photos]}
            for person in people
        ])
        return
    if not people:
        click.echo("nobody is enrolled")
        return
    rows = [["person", "photos"], *([p.name, str(len(p.photos))] for p in people)]
    click.echo(shared.table(rows))
