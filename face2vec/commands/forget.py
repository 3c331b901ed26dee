"""``face2vec forget``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.gallery.receipt import Receipt


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
@click.option(
    "--logs",
    type=click.Path(path_type=Path, file_okay=False),
    default=defaults.LOGS,
    show_default=True,
    help="Where trainings wrote their held-out answers.",
)
@click.option("--photos", is_flag=True, help="Delete the enrolled photos too, after asking.")
@click.option("--yes", is_flag=True, help="With --photos: do not ask.")
@_options.cache_options(defaults.CACHE)
@_options.json_option
def command(
    name: str,
    gallery: str,
    models: tuple[Path, ...],
    logs: Path,
    photos: bool,
    yes: bool,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Forget the person NAME: in the gallery, the cache, the trained models and their logs.

    Afterwards the gallery, cache and model files are searched for the person's vectors and for the
    digests of their photos, and a receipt is printed. Photos are left alone unless --photos is
    given. What was interrupted is completed by the same command. Exit code 1 where it is not
    verified that nothing is left; the receipt says why.
    """
    from face2vec.gallery.forgetting import forget
    from face2vec.gallery.opening import is_there, open_store

    if photos and not yes:
        click.confirm(f"Delete the photos that {name} was enrolled from?", abort=True, err=True)
    store = open_store(gallery) if is_there(gallery) else None
    with _options.progress_bar("searching files") as progress:
        receipt = forget(
            name,
            store,
            cache,
            models or sorted(Path().glob("*.hdf5")),
            logs=logs,
            delete_photos=photos,
            progress=progress,
        )
    if as_json:
        _options.print_json(
            {**vars(receipt), "unfinished": receipt.unfinished, "verified": receipt.verified}
        )
    else:
        click.echo("\n".join(_lines(receipt, gallery)))
    if not receipt.verified:
        raise SystemExit(1)


def _lines(receipt: Receipt, gallery: str) -> Iterator[str]:
    yield _conclusion(receipt)
    yield f"  {gallery}: {_options.plural(receipt.encodings, 'encoding')} removed"
    yield f"  cache: {_options.plural(receipt.cache_entries, 'file')} removed"
    if receipt.cache_entries_of_unknown:
        files = _options.plural(receipt.cache_entries_of_unknown, "file")
        yield f"  cache: {files} more removed, of photos that may be of anybody (only evaluated)"
    yield from (f"  {path}: {what}" for path, what in receipt.models.items())
    yield from (f"  {path}: deleted, as it holds answers about them" for path in receipt.logs)
    if receipt.photos_deleted:
        yield f"  {_options.plural(len(receipt.photos_deleted), 'photo')} deleted"
    if receipt.photos_left:
        yield f"  {_photos_left(len(receipt.photos_left))}:"
        yield from (f"    {path}" for path in receipt.photos_left)


def _conclusion(receipt: Receipt) -> str:
    searched = (
        f"{_options.plural(receipt.vectors_searched, 'vector')} and "
        f"{_options.plural(receipt.digests_searched, 'digest')} of photos, searched for in "
        f"{_options.plural(receipt.files_searched, 'file')} with {receipt.bytes_searched} bytes"
    )
    if receipt.verified:
        return f"forgot {receipt.name}; verified: no byte is left of {searched}"
    lines = [f"forgot {receipt.name}, but NOT verified ({searched}):", *_reasons(receipt)]
    if receipt.unfinished:
        lines.append(f"unfinished: put this right, and forget {receipt.name} again")
    return "\n  ".join(lines)


def _reasons(receipt: Receipt) -> Iterator[str]:
    yield from (f"{place} cannot be changed: {why}" for place, why in receipt.failed.items())
    yield from (f"not looked into: {why}" for why in receipt.not_read.values())
    yield from (f"{path} still holds something of them" for path in receipt.found_in)
    for photo, names in receipt.shared.items():
        yield f"{photo} is of {' and '.join(names)} too, and what is kept of it stays there"
    yield from receipt.not_known
    if not receipt.vectors_searched + receipt.digests_searched and not receipt.shared:
        yield "no vector and no photo of them was known that could be searched for"


def _photos_left(count: int) -> str:
    return "1 photo left where it is" if count == 1 else f"{count} photos left where they are"
