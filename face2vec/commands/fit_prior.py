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
@click.option(
    "--encoder",
    type=click.Choice(["landmarks", "resnet"]),
    default="landmarks",
    show_default=True,
    help="For which encoder; a prior for resnet says how its vectors are compared.",
)
@_options.subject_option
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
    """Estimate from FOLDERS how people's faces differ, and how one person's varies.

    Each folder is labelled as for training. The file holds aggregates only, no person's shape.
    The more people the better, some with several photos, others with one: hundreds are a start,
    the shipped ones are of thousands.
    """
    from face2vec.training.prior import fit_prior, fit_ratio

    with _options.progress_bar("reading photos") as progress:
        if reading.encoder == "resnet":
            ratio, data = fit_ratio(folders, reading, progress)
            ratio.save(out)
            photos, people = len(data.names), len(set(data.names))
        else:
            prior = fit_prior(folders, reading, progress)
            prior.save(out)
            photos, people = prior.photos, prior.people
    if as_json:
        _options.print_json({"prior": str(out), "photos": photos, "people": people})
        return
    click.echo(
        f"saved {out}: {_options.plural(photos, 'photo')} of {_options.plural(people, 'person')}"
    )
