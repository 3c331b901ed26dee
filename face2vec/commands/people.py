"""``face2vec people``."""

from __future__ import annotations

import click

from face2vec.commands import _gallery, _options


@click.command("people")
@_gallery.gallery_option
@_options.json_option
def command(gallery: str, as_json: bool) -> None:
    """Say who is enrolled, and from how many photos."""
    from face2vec.gallery.opening import open_store

    people = open_store(gallery).people()
    if as_json:
        _options.print_json(
            [
                {"name": person.name, "photos": [vars(photo) for photo in person.photos]}
                for person in people
            ]
        )
        return
    if not people:
        click.echo("nobody is enrolled")
        return
    rows = [["person", "photos"], *([p.name, str(len(p.photos))] for p in people)]
    click.echo(_options.table(rows))
