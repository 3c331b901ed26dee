"""``face2vec tune``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("tune")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=defaults.SETTINGS,
    show_default=True,
    help="The settings file to write; train takes it as --settings.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=defaults.TUNING_TRIALS,
    show_default=True,
    help="Settings tried in each search.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    default=defaults.TUNING_FOLDS,
    show_default=True,
    help="Outer folds.",
)
@_options.encoder_option
@_options.subject_option
@_options.fits_option
@_options.prior_option
@_options.seed_option
@click.option(
    "--logs",
    default=str(defaults.LOGS),
    show_default=True,
    metavar="FOLDER",
    help="Where the trials for TensorBoard go.",
)
@click.option("--no-logs", "logs", flag_value="", help="Write nothing for TensorBoard.")
@_options.reading_options(defaults.CACHE)
@_options.json_option
@_options.as_reading
def command(
    folder: Path,
    out: Path,
    trials: int,
    folds: int,
    seed: int,
    logs: str,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Search for the net's best settings on FOLDER.

    The accuracy that is printed is honest: each outer fold is answered at settings that were
    chosen without it. A last search on all photos gives the settings that are written.
    TensorBoard shows what was tried under HParams.
    """
    from face2vec.training.tuning import tune

    with _options.progress_bars("reading photos", "trying settings") as (photos, progress):
        report, settings, tried = tune(
            folder,
            out=out,
            trials=trials,
            folds=folds,
            seed=seed,
            logs=Path(logs) if logs else None,
            reading=reading,
            progress=progress,
            photos_progress=photos,
        )
    if as_json:
        _options.print_json(report.as_dict() | {"settings": settings, "tried": tried})
        return
    from face2vec.commands._reports import print_kfold

    print_kfold(report, folds)
    chosen = ", ".join(
        f"{name} {settings[name]:.3g}" for name in tried[0]["settings"] if name in settings
    )
    click.echo(f"saved {out}: {chosen}")
