"""``face2vec evaluate``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import shared


@click.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path))
@shared.model_option
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    help="Measure a recipe by cross-validation on FOLDER instead of the saved model.",
)
@shared.encoder_option
@shared.fits_option
@shared.prior_option
@shared.seed_option
@shared.cache_options(Path("cache"))
@shared.detector_option
@shared.min_face_option
@shared.landmark_model_option
@shared.workers_option
@shared.json_option
def command(
    folder: Path,
    model: Path,
    folds: int | None,
    encoder: str,
    fits: int,
    prior: Path | None,
    seed: int,
    cache: Path | None,
    detector: str,
    min_face: int,
    landmark_model: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Measure the saved model on the labelled photos in FOLDER.

    Photos without a face are counted apart, and so are those that the model was trained on. With
    --folds, no model is needed: the recipe is measured on photos held out of its training.
    """
    from face2vec.api import get_accuracy, run_kfold
    from face2vec.commands.reporting import print_accuracy, print_kfold

    common = {
        "prior": prior,
        "cache": cache,
        "detector": detector,
        "min_face": min_face,
        "landmark_model": landmark_model,
        "workers": workers,
    }
    with shared.progress_bar("reading photos") as progress:
        if folds:
            report = run_kfold(
                folder, encoder=encoder, fits=fits, folds=folds, seed=seed, progress=progress,
                **common,
            )
        else:
            report = get_accuracy(folder, model=model, progress=progress, **common)
    if as_json:
        shared.print_json(report.as_dict())
    elif folds:
        print_kfold(report)
    else:
        print_accuracy(report)
