"""``face2vec forget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.gallery.forgetting import Receipt


@click.command("forget")
@click.argument("name")
@_gallery.gallery_option
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A model file that may know the person.  [default: every *.hdf5 here]",
)
@click.option("--photos", is_flag=True, help="Delete the enrolled photos too, after asking.")
@click.option("--yes", is_flag=True, help="With --photos: do not ask.")
@_options.cache_options(defaults.CACHE)
@_options.json_option
def command(
    name: str,
    gallery: str,
    models: tuple[Path, ...],
    photos: bool,
    yes: bool,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Forget the person NAME: in the gallery, the cache and the trained models.

    Afterwards the gallery, cache and model files are searched for the bytes of the person's
    vectors, and a receipt is printed. Photos are left alone unless --photos is given. Exit code 1
    where something of the person is still found.
    """
    from face2vec.gallery.forgetting import forget
    from face2vec.gallery.opening import is_there, open_store

    if photos and not yes:
        click.confirm(f"Delete the photos that {name} was enrolled from?", abort=True, err=True)
    store = open_store(gallery) if is_there(gallery) else None
    receipt = forget(
        name, store, cache, models or sorted(Path().glob("*.hdf5")), delete_photos=photos
    )
    if as_json:
        _options.print_json({**vars(receipt), "verified": receipt.verified})
    else:
        _print(receipt, gallery)
    if not receipt.verified:
        raise SystemExit(1)


def _print(receipt: Receipt, gallery: str) -> None:
    click.echo(f"forgot {receipt.name}")
    click.echo(f"  {gallery}: {_options.plural(receipt.encodings, 'encoding')} removed")
    click.echo(f"  cache: {_options.plural(receipt.cache_entries, 'file')} removed")
    for path, what in receipt.models.items():
        click.echo(f"  {path}: {what}")
    if receipt.photos_deleted:
        click.echo(f"  {_options.plural(len(receipt.photos_deleted), 'photo')} deleted")
    if receipt.photos_left:
        click.echo(f"  {_options.plural(len(receipt.photos_left), 'photo')} left where they are:")
        for path in receipt.photos_left:
            click.echo(f"    {path}")
    searched = (
        f"{_options.plural(receipt.files_searched, 'file')} with {receipt.bytes_searched} bytes"
    )
    if receipt.verified:
        click.echo(f"  verified: no byte of the vectors in {searched}")
    else:
        click.echo(f"  NOT verified: of {searched}, these still hold bytes of the vectors:")
        for path in receipt.found_in:
            click.echo(f"    {path}")
