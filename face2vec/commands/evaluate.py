"""``face2vec evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from face2vec import defaults
from face2vec.commands import _annotate, _options, _report
from face2vec.progress import telling_of_training

if TYPE_CHECKING:
    from face2vec.evaluation.reports import AccuracyReport, KFoldReport
    from face2vec.reading.options import ReadingOptions


@click.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path))
@_options.model_option
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    help="Measure a recipe by cross-validation on FOLDER instead of the saved model.",
)
@click.option(
    "--pairs",
    "pairs_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Verify the pairs that FILE names, in LFW's format, of photos in FOLDER.",
)
@click.option(
    "--strangers",
    is_flag=True,
    help="Leave half the people in FOLDER out as strangers, in turn: how many get a name?",
)
@_annotate.annotate_option
@_report.report_option
@_report.thumbnails_option
@click.option(
    "--roc",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --pairs: write the ROC curve there, true and false accepts a line.",
)
@_options.compare_option
@_options.encoder_option
@_options.subject_option
@_options.fits_option
@_options.prior_option
@_options.jitter_option
@_options.weights_option
@_options.classifier_option
@_options.fmr_option(defaults.FMR)
@_options.seed_option
@_options.reading_options(defaults.CACHE)
@_options.json_option
@click.pass_context
@_options.as_reading
def command(
    context: click.Context,
    folder: Path,
    model: Path,
    folds: int | None,
    pairs_file: Path | None,
    strangers: bool,
    annotate: Path | None,
    page: Path | None,
    thumbnails: bool,
    roc: Path | None,
    compare: str | None,
    classifier: str,
    fmr: float,
    seed: int,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Measure the saved model on the labelled photos in FOLDER.

    Photos without a face are counted apart, and so are those that the model was trained on. With
    --folds, no model is needed: the recipe is measured on photos held out of its training. With
    --pairs or --strangers an encoder is measured, resnet unless another is named.
    """
    if sum((folds is not None, pairs_file is not None, strangers)) > 1:
        raise click.UsageError("give one of --folds, --pairs and --strangers")
    _report.check(page, thumbnails)
    if roc and not pairs_file:
        raise click.UsageError("--roc goes with --pairs")
    if pairs_file or strangers:
        if annotate:
            raise click.UsageError("--annotate shows answers: it goes with a model or --folds")
        if context.get_parameter_source("encoder") is ParameterSource.DEFAULT:
            reading = reading.but(encoder=defaults.GALLERY_ENCODER)
        if pairs_file:
            _evaluate_pairs(folder, pairs_file, roc, compare, as_json, reading, page)
        else:
            _evaluate_strangers(folder, fmr, compare, seed, as_json, reading, page)
        return
    report: AccuracyReport | KFoldReport
    if folds:
        report = _evaluate_recipe(folder, classifier, folds, seed, as_json, reading)
    else:
        report = _evaluate_model(folder, model, as_json, reading)
    if annotate:
        from face2vec.drawing.labels import of_report

        _annotate.write(annotate, of_report(report))
    if page:
        _write_page(page, report, model, seed, thumbnails, reading)


def _evaluate_recipe(
    folder: Path, classifier: str, folds: int, seed: int, as_json: bool, reading: ReadingOptions
) -> KFoldReport:
    from face2vec.commands._reports import print_kfold
    from face2vec.training.runs import run_kfold

    with (
        _options.progress_bars("reading photos", "training nets") as (progress, training),
        telling_of_training(training),
    ):
        report = run_kfold(
            folder,
            save=False,
            classifier=classifier,
            folds=folds,
            seed=seed,
            reading=reading,
            progress=progress,
        )
    if as_json:
        _options.print_json(report.as_dict())
    else:
        print_kfold(report, folds)
    return report


def _evaluate_model(
    folder: Path, model: Path, as_json: bool, reading: ReadingOptions
) -> AccuracyReport:
    from face2vec.commands._reports import print_accuracy
    from face2vec.evaluation.accuracy import get_accuracy

    with _options.progress_bar("reading photos") as progress:
        report = get_accuracy(folder, model=model, reading=reading, progress=progress)
    if as_json:
        _options.print_json(report.as_dict())
    else:
        print_accuracy(report)
    return report


def _evaluate_pairs(
    folder: Path,
    pairs_file: Path,
    roc: Path | None,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
    page: Path | None,
) -> None:
    from face2vec.commands._reports import print_pairs
    from face2vec.evaluation.pairs import verify_pairs

    reader = reading.reader()
    with _options.progress_bar("reading photos") as progress:
        scores = verify_pairs(pairs_file, folder, reader, progress, compare=compare, roc=roc)
    if as_json:
        _options.print_json(scores.as_dict())
    else:
        print_pairs(scores, reader.encoder.name)
    if page:
        from face2vec.drawing.report import page_of_pairs

        recipe = _report.recipe_of(reader, folder=folder.name, pairs=pairs_file)
        _report.write(page_of_pairs(scores, reader.encoder.name, recipe), page)


def _evaluate_strangers(
    folder: Path,
    fmr: float,
    compare: str | None,
    seed: int,
    as_json: bool,
    reading: ReadingOptions,
    page: Path | None,
) -> None:
    from face2vec.commands._reports import print_open_set
    from face2vec.evaluation.strangers import refuse_strangers

    reader = reading.reader()
    with _options.progress_bar("reading photos") as progress:
        report = refuse_strangers(folder, reader, fmr, seed, progress, compare=compare)
    if as_json:
        _options.print_json(report.as_dict())
    else:
        print_open_set(report)
    if page:
        from face2vec.drawing.report import page_of_strangers

        recipe = _report.recipe_of(reader, folder=folder.name, seed=seed)
        _report.write(page_of_strangers(report, recipe), page)


def _write_page(
    page: Path,
    report: AccuracyReport | KFoldReport,
    model: Path,
    seed: int,
    thumbnails: bool,
    reading: ReadingOptions,
) -> None:
    from face2vec.drawing.report import page_of_accuracy, page_of_kfold
    from face2vec.evaluation.reports import KFoldReport
    from face2vec.recognition.model import Model

    if isinstance(report, KFoldReport):
        reader = reading.reader()
        recipe = _report.recipe_of(reader, seed=seed)
        _report.write(page_of_kfold(report, reader, recipe, thumbnails=thumbnails), page)
        return
    known = Model.load(model)
    recipe = {"model": str(model), **known.recipe, "made": known.made}
    _report.write(page_of_accuracy(report, recipe, thumbnails=thumbnails), page)
