"""``face2vec fit-prior``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _options as shared


@click.command("fit-prior")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The prior file to write; other commands take it as --prior.",
)
@shared.fits_option
@shared.cache_options(Path("cache"))
@shared.landmark_model_option
@shared.workers_option
@shared.json_option
def command(
    folders: tuple[Path, ...],
    out: Path,
    fits: int,
    cache: Path | None,
    landmark_model: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Estimate from FOLDERS how faces vary: the mean shape, and the covariance within a person.

    Each folder is labelled as for training. The file holds aggregates only, no person's shape.
    The more people with several photos each, the better: a hundred photos are a good start.
    """
    from face2vec.training.runs import fit_prior

    with shared.progress_bar("reading photos") as progress:
        prior = fit_prior(
            folders,
            fits=fits,
            cache=cache,
            landmark_model=landmark_model,
            workers=workers,
            progress=progress,
        )
    prior.save(out)
    if as_json:
        shared.print_json({"prior": str(out), "photos": prior.photos, "people": prior.people})
        return
    click.echo(
        f"saved {out}: {shared.plural(prior.photos, 'photo')} of "
        f"{shared.plural(prior.people, 'person')}"
    )
