"""``face2vec train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from face2vec import defaults
from face2vec.commands import _options, _report
from face2vec.progress import telling_of_training

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions
    from face2vec.reading.reader import Reader
    from face2vec.training.runs import Trained


@click.command("train")
@click.argument("folder", default=defaults.FOLDER, type=click.Path(path_type=Path))
@_options.model_option
@_options.encoder_option
@_options.subject_option
@_options.fits_option
@_options.prior_option
@_options.jitter_option
@_options.weights_option
@_options.classifier_option
@click.option(
    "--fmr",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The wanted false-match rate: how often strangers may get a name.  "
    "[default: 0.01 with resnet, else 0.05]",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    default=defaults.FOLDS,
    show_default=True,
    help=_options.folds_help,
)
@_options.seed_option
@click.option(
    "--objective",
    type=click.Choice(["classify", "triplet"]),
    default=defaults.OBJECTIVE,
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
    default=str(defaults.LOGS),
    show_default=True,
    metavar="FOLDER",
    help="Where the folds' curves for TensorBoard go.",
)
@click.option("--no-logs", "logs", flag_value="", help="Write nothing for TensorBoard.")
@_report.report_option
@_report.thumbnails_option
@_options.reading_options(defaults.CACHE)
@_options.json_option
@_options.as_reading
def command(
    folder: Path,
    model: Path,
    logs: str,
    page: Path | None,
    thumbnails: bool,
    as_json: bool,
    reading: ReadingOptions,
    **options: Any,
) -> None:
    """Train on FOLDER, which holds a folder of photos for each person; on faces if none is given.

    Photos may also lie in FOLDER itself, the name before a trailing number in the file name.
    Prints the accuracy on photos held out of training, then trains on all of them and writes the
    model file. Where that file knows the same people and photos, the last fit goes on from its
    weights.
    """
    from face2vec.commands._reports import print_kfold
    from face2vec.training.runs import TrainingOptions, train

    _report.check(page, thumbnails)
    wanted = TrainingOptions(**options, logs=Path(logs) if logs else None)
    with (
        _options.progress_bars("reading photos", "training nets") as (progress, training),
        telling_of_training(training),
    ):
        trained = train(folder, model=model, options=wanted, reading=reading, progress=progress)
    if page:
        _write_page(page, trained, reading.reader(), thumbnails)
    if as_json:
        document = trained.report.as_dict()
        document |= {"model": str(model), "continued": trained.continued}
        document["calibration"] = trained.model.calibration
        document["note"] = trained.note
        document["expectation"] = trained.expectation
        _options.print_json(document)
        return
    print_kfold(trained.report, wanted.folds)
    if trained.note:
        click.echo(trained.note)
    people = _options.plural(len(trained.model.people), "person")
    if trained.left_alone:
        click.echo(f"{model}: {people}, left as it is: the same photos gave the same model")
    else:
        how = (
            "went on from the weights that were there" if trained.continued else "from new weights"
        )
        click.echo(f"saved {model}: {people}, {how}")
    click.echo(trained.expectation)
    if trained.calibration:
        click.echo(f"unknown faces: {trained.calibration.sentence}")


def _write_page(page: Path, trained: Trained, reader: Reader, thumbnails: bool) -> None:
    from face2vec.drawing.report import page_of_kfold

    made = page_of_kfold(
        trained.report,
        reader,
        {**trained.model.recipe, "made": trained.model.made},
        calibration=trained.calibration,
        thumbnails=thumbnails,
    )
    _report.write(made, page)
