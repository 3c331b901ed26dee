"""``face2vec evaluate``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from click.core import ParameterSource

from face2vec.commands import _options as shared


@click.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path))
@shared.model_option
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    help="Measure a recipe by cross-validation on FOLDER instead of the saved model.",
)
@click.option(
    "--pairs", "pairs_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Verify the pairs that FILE names, in LFW's format, of photos in FOLDER.",
)
@click.option(
    "--strangers", is_flag=True,
    help="Leave half the people in FOLDER out as strangers, in turn: how many get a name?",
)
@shared.encoder_option
@shared.fits_option
@shared.prior_option
@shared.jitter_option
@shared.weights_option
@shared.classifier_option
@shared.fmr_option(0.01)
@shared.seed_option
@shared.reading_options(Path("cache"))
@shared.json_option
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    model: Path,
    folds: int | None,
    pairs_file: Path | None,
    strangers: bool,
    encoder: str,
    fits: int,
    jitter: int,
    classifier: str,
    fmr: float,
    seed: int,
    as_json: bool,
    **reading: object,
) -> None:
    """Measure the saved model on the labelled photos in FOLDER.

    Photos without a face are counted apart, and so are those that the model was trained on. With
    --folds, no model is needed: the recipe is measured on photos held out of its training. With
    --pairs or --strangers an encoder is measured, resnet unless another is named.
    """
    if sum((folds is not None, pairs_file is not None, strangers)) > 1:
        raise click.UsageError("give one of --folds, --pairs and --strangers")
    recipe = {"encoder": encoder, "fits": fits, "jitter": jitter}
    if pairs_file or strangers:
        if context.get_parameter_source("encoder") is ParameterSource.DEFAULT:
            recipe["encoder"] = "resnet"
        _evaluate_encoder(folder, pairs_file, fmr, seed, as_json, **recipe, **reading)
        return
    from face2vec.commands._reports import print_accuracy, print_kfold
    from face2vec.training.runs import get_accuracy, run_kfold

    with shared.progress_bar("reading photos") as progress:
        if folds:
            report = run_kfold(
                folder, classifier=classifier, folds=folds, seed=seed, progress=progress,
                **recipe, **reading,
            )
        else:
            report = get_accuracy(folder, model=model, progress=progress, **reading)
    if as_json:
        shared.print_json(report.as_dict())
    elif folds:
        print_kfold(report)
    else:
        print_accuracy(report)


def _evaluate_encoder(
    folder: Path,
    pairs_file: Path | None,
    fmr: float,
    seed: int,
    as_json: bool,
    **options: object,
) -> None:
    from face2vec.commands._reports import print_open_set, print_pairs
    from face2vec.evaluation.protocols import refuse_strangers, verify_pairs
    from face2vec.reading.reader import make_reader

    reader = make_reader(**options)
    with shared.progress_bar("reading photos") as progress:
        if pairs_file:
            report = verify_pairs(pairs_file, folder, reader, progress)
        else:
            report = refuse_strangers(folder, reader, fmr, seed, progress)
    if as_json:
        shared.print_json(asdict(report))
    elif pairs_file:
        print_pairs(report, reader.encoder.name)
    else:
        print_open_set(report)
