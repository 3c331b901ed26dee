"""``face2vec tune``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import shared


@click.command("tune")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("settings.json"),
    show_default=True,
    help="The settings file to write; train takes it as --settings.",
)
@click.option(
    "--trials", type=click.IntRange(min=1), default=15, show_default=True,
    help="Settings tried in each search.",
)
@click.option(
    "--folds", type=click.IntRange(min=2), default=3, show_default=True, help="Outer folds."
)
@shared.encoder_option
@shared.fits_option
@shared.prior_option
@shared.seed_option
@click.option(
    "--logs",
    default="logs",
    show_default=True,
    metavar="FOLDER",
    help="Where the trials for TensorBoard go.",
)
@click.option("--no-logs", "logs", flag_value="", help="Write nothing for TensorBoard.")
@shared.cache_options(Path("cache"))
@shared.detector_option
@shared.min_face_option
@shared.landmark_model_option
@shared.workers_option
@shared.json_option
def command(
    folder: Path,
    out: Path,
    trials: int,
    folds: int,
    encoder: str,
    fits: int,
    prior: Path | None,
    seed: int,
    logs: str,
    cache: Path | None,
    detector: str,
    min_face: int,
    landmark_model: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Search for the net's best settings on FOLDER.

    The accuracy that is printed is honest: each outer fold is answered at settings that were
    chosen without it. A last search on all photos gives the settings that are written.
    TensorBoard shows what was tried under HParams.
    """
    from face2vec.api import tune

    with shared.progress_bar("trying settings") as progress:
        report, settings, tried = tune(
            folder,
            out=out,
            trials=trials,
            folds=folds,
            encoder=encoder,
            fits=fits,
            prior=prior,
            seed=seed,
            logs=Path(logs) if logs else None,
            cache=cache,
            detector=detector,
            min_face=min_face,
            landmark_model=landmark_model,
            workers=workers,
            progress=progress,
        )
    if as_json:
        shared.print_json(report.as_dict() | {"settings": settings, "tried": tried})
        return
    from face2vec.commands.reporting import print_kfold

    print_kfold(report)
    chosen = ", ".join(
        f"{name} {settings[name]:.3g}" for name in tried[0]["settings"] if name in settings
    )
    click.echo(f"saved {out}: {chosen}")
