"""``face2vec demo``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _options


@click.command("demo")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--people", type=click.IntRange(min=1), default=8, show_default=True, help="How many people."
)
@click.option(
    "--photos",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Photos of each person.",
)
@_options.seed_option
@_options.json_option
def command(out: Path, people: int, photos: int, seed: int, as_json: bool) -> None:
    """Make photos of made-up people in the folder OUT.

    They are blends of two public-domain portraits, so that nobody's photos are needed for trying
    Face2Vec. The same seed gives the same bytes.
    """
    from face2vec.demo import make_people

    with _options.progress_bar("making photos") as progress:
        made = make_people(out, people=people, photos=photos, seed=seed, progress=progress)
    if as_json:
        _options.print_json({"folder": str(out), "photos": [str(path) for path in made]})
        return
    click.echo(
        f"{out}: {_options.plural(len(made), 'photo')} of {_options.plural(people, 'person')}"
    )
