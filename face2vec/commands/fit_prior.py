"""``face2vec fit-prior``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("fit-prior")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The prior file to write; other commands take it as --prior.",
)
@_options.fits_option
@_options.cache_options(defaults.CACHE)
@_options.landmark_model_option
@_options.workers_option
@_options.max_bytes_option
@_options.json_option
@_options.as_reading
def command(
    folders: tuple[Path, ...],
    out: Path,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Estimate from FOLDERS how faces vary: the mean shape, and the covariance within a person.

    Each folder is labelled as for training. The file holds aggregates only, no person's shape.
    The more people with several photos each, the better: a hundred photos are a good start.
    """
    from face2vec.training.prior import fit_prior

    with _options.progress_bar("reading photos") as progress:
        prior = fit_prior(folders, reading, progress)
    prior.save(out)
    if as_json:
        _options.print_json({"prior": str(out), "photos": prior.photos, "people": prior.people})
        return
    click.echo(
        f"saved {out}: {_options.plural(prior.photos, 'photo')} of "
        f"{_options.plural(prior.people, 'person')}"
    )
