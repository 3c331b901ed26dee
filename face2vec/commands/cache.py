"""``face2vec cache``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec import defaults
from face2vec.commands import _options

folder_option = click.option(
    "--cache",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=defaults.CACHE,
    show_default=True,
    help="The cache folder.",
)


@click.group("cache")
def command() -> None:
    """Show or empty the cache of faces and vectors, and what is kept of models."""


@command.command("info")
@folder_option
@_options.json_option
def info(folder: Path, as_json: bool) -> None:
    """Say how many entries the cache holds, of how many photos, and how large it is."""
    from face2vec.dlib_models import kept
    from face2vec.reading.cache import Cache

    about = Cache(folder).info()
    models = kept.info()
    if as_json:
        _options.print_json({**about, "models": {"folder": str(kept.folder()), **models}})
        return
    click.echo(
        f"{folder}: {_options.plural(about['entries'], 'file')} of "
        f"{_options.plural(about['photos'], 'photo')}, {about['bytes'] / 1e6:.1f} MB, "
        f"{about['broken']} broken"
    )
    click.echo(
        f"{kept.folder()}: {_options.plural(models['files'], 'file')} of landmark models, of no "
        f"person, {models['bytes'] / 1e6:.1f} MB"
    )


@command.command("clear")
@folder_option
@click.option(
    "--models", is_flag=True, help="Also what is kept of landmark models: it is made again."
)
@_options.json_option
def clear(folder: Path, models: bool, as_json: bool) -> None:
    """Remove all entries from the cache."""
    from face2vec.dlib_models import kept
    from face2vec.reading.cache import Cache

    removed = Cache(folder).clear()
    if models:
        removed += kept.clear()
    if as_json:
        _options.print_json({"folder": str(folder), "removed": removed})
        return
    click.echo(f"{folder}: removed {_options.plural(removed, 'file')}")
