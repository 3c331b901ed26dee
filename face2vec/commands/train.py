"""``face2vec train``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _options as shared


@click.command("train")
@click.argument("folder", type=click.Path(path_type=Path))
@shared.model_option
@shared.encoder_option
@shared.fits_option
@shared.prior_option
@shared.jitter_option
@shared.weights_option
@shared.classifier_option
@click.option(
    "--fmr",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The wanted false-match rate: how often strangers may get a name.  "
    "[default: 0.01 with resnet, else 0.05]",
)
@click.option(
    "--folds", type=click.IntRange(min=2), default=10, show_default=True, help=shared.folds_help
)
@shared.seed_option
@click.option(
    "--objective",
    type=click.Choice(["classify", "triplet"]),
    default="classify",
    show_default=True,
    help="triplet learns an embedding that also tells people apart whom it has never seen.",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Settings that tune found.  [default: those of all folders]",
)
@click.option("--fresh", is_flag=True, help="Start over, whatever the model file knows.")
@click.option(
    "--logs",
    default="logs",
    show_default=True,
    metavar="FOLDER",
    help="Where the folds' curves for TensorBoard go.",
)
@click.option("--no-logs", "logs", flag_value="", help="Write nothing for TensorBoard.")
@shared.reading_options(Path("cache"))
@shared.json_option
def command(
    folder: Path,
    model: Path,
    classifier: str,
    fmr: float | None,
    folds: int,
    seed: int,
    objective: str,
    settings: Path | None,
    fresh: bool,
    logs: str,
    as_json: bool,
    **reading: object,
) -> None:
    """Train on FOLDER, which holds a folder of photos for each person.

    Photos may also lie in FOLDER itself, the name before a trailing number in the file name.
    Prints the accuracy on photos held out of training, then trains on all of them and writes the
    model file. Where that file knows the same people and photos, the last fit goes on from its
    weights.
    """
    from face2vec.commands._reports import print_kfold
    from face2vec.training.runs import train

    with shared.progress_bar("reading photos") as progress:
        trained = train(
            folder,
            model=model,
            classifier=classifier,
            fmr=fmr,
            folds=folds,
            seed=seed,
            objective=objective,
            settings=settings,
            fresh=fresh,
            logs=Path(logs) if logs else None,
            progress=progress,
            **reading,
        )
    if as_json:
        document = trained.report.as_dict()
        document |= {"model": str(model), "continued": trained.continued}
        document["calibration"] = trained.model.calibration
        shared.print_json(document)
        return
    print_kfold(trained.report)
    how = "went on from the weights that were there" if trained.continued else "from new weights"
    people = shared.plural(len(trained.model.people), "person")
    click.echo(f"saved {model}: {people}, {how}")
    if trained.calibration:
        click.echo(f"unknown faces: {trained.calibration.sentence}")
    else:
        click.echo("unknown faces: too few people or photos to learn them; everybody gets a name")
