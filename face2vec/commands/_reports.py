"""Reports, printed for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from face2vec.commands._options import plural, table
from face2vec.evaluation.answers import Answers, without_answer
from face2vec.evaluation.pairs import PairScores
from face2vec.evaluation.reports import AccuracyReport, KFoldReport
from face2vec.evaluation.strangers import OpenSetReport
from face2vec.photos.folders import LabelledPhotos
from face2vec.records import Reading
from face2vec.text import shown

SHOWN = 5  # rows of a list that could be long


def print_kfold(report: KFoldReport, wanted_folds: int) -> None:
    """Prints the held-out figures of a recipe, and why there are fewer folds than wanted."""
    right, of = int(report.answers.right.sum()), len(report.answers.paths)
    click.echo(
        f"of {plural(of, 'photo')} that the training had not seen, {right} were named right: "
        f"held-out accuracy {report.accuracy:.3f} +- {report.accuracy_std:.3f} over the folds "
        f"(chance {report.chance:.3f})"
    )
    _print_photos(report.labelled, report.readings)
    if report.left_out:
        click.echo(f"left out, with less than two photos with a face: {', '.join(report.left_out)}")
    if report.prior_saw:
        click.echo(
            f"warning: the prior was estimated from {report.prior_saw} of these photos, so that "
            "the figures are somewhat too good: give another one with --prior (see fit-prior)",
            err=True,
        )
    folds = report.fold_accuracies
    if len(folds) < wanted_folds:
        name, photos = report.fewest
        click.echo(
            f"{len(folds)} folds instead of {wanted_folds}: {name} has {plural(photos, 'photo')} "
            "with a face, and each fold needs one of everybody"
        )
    click.echo(f"encoder {report.encoder}, classifier {report.classifier}, {len(folds)} folds")
    numbers = [str(fold + 1) for fold in range(len(folds))]
    click.echo(table([["fold", *numbers], ["accuracy", *(f"{a:.2f}" for a in folds)]]))
    click.echo(
        f"probabilities are off by {report.ece:.3f} on average for photos of known people "
        "(calibration error)"
    )
    _print_mistakes(report.answers)
    _print_without_answer(report.readings)


def print_accuracy(report: AccuracyReport) -> None:
    """Prints the figures of a saved model on a folder."""
    click.echo(f"accuracy {report.accuracy:.3f} on {plural(report.found, 'photo')} with a face")
    _print_photos(report.labelled, report.readings)
    seen = int(report.trained_on.sum())
    if seen:
        click.echo(
            f"warning: the model was trained on {seen} of the {report.found} photos with a face: "
            "its answers for those say little",
            err=True,
        )
    if report.unknown_people:
        click.echo(
            f"warning: the model does not know {', '.join(report.unknown_people)}: "
            "their photos count as wrong",
            err=True,
        )
    rows = [["person", "photos", "found", "accuracy"]]
    for name, figures in report.as_dict()["per_person"].items():
        accuracy = "-" if figures["accuracy"] is None else f"{figures['accuracy']:.2f}"
        rows.append([name, str(figures["photos"]), str(figures["found"]), accuracy])
    click.echo(table(rows))
    if report.unknown.any():
        right = int((report.unknown & report.answers.right).sum())
        wrong = int(report.unknown.sum()) - right
        click.echo(
            f"that names the likeliest person; predict says unknown to {right} of the right "
            f"answers and {wrong} of the wrong ones"
        )
    if seen:
        unseen = report.unseen
        count = plural(len(unseen.paths), "photo")
        click.echo(
            f"accuracy {unseen.accuracy:.3f} on the {count} that it was not trained on"
            if unseen.paths
            else "it was trained on all of them: how it does on new photos is not shown here"
        )
    _print_mistakes(report.answers)
    _print_without_answer(report.readings)


def print_pairs(scores: PairScores, encoder: str) -> None:
    """Prints how well pairs are verified."""
    if scores.seen:
        click.echo(
            f"warning: the prior was estimated from {scores.seen} of these photos, so that the "
            "figures are somewhat too good: give another one with --prior (see fit-prior)",
            err=True,
        )
    click.echo(
        f"encoder {encoder}, compared by {scores.compare}: {scores.answered} of {scores.pairs} "
        "pairs have faces"
    )
    click.echo(
        f"accuracy {scores.accuracy:.4f}, standard error {scores.accuracy_error:.4f} over "
        f"{len(scores.thresholds)} folds, thresholds {min(scores.thresholds):.3f} to "
        f"{max(scores.thresholds):.3f}"
    )
    click.echo(
        f"accuracy {scores.accuracy_of_all:.4f}, standard error "
        f"{scores.accuracy_of_all_error:.4f}, where pairs without an answer are errors"
    )
    click.echo(f"area under the ROC curve {scores.auc:.4f}, equal error rate {scores.eer:.4f}")
    for far, tar in scores.tar_at_far.items():
        click.echo(f"true accepts {tar:.4f} at false accepts of at most {far}")


def print_open_set(report: OpenSetReport) -> None:
    """Prints how strangers and known people fared."""
    low, high = report.thresholds
    click.echo(
        f"encoder {report.encoder}: {plural(report.photos, 'photo')} of "
        f"{plural(report.people, 'person')}, half of them strangers in turn"
    )
    click.echo(
        f"strangers who got a name (FPIR): {report.fpir:.2%} of {report.strangers} probes "
        f"(95 % interval {report.fpir_interval[0]:.2%} to {report.fpir_interval[1]:.2%})"
    )
    click.echo(
        f"known people named right (TPIR): {report.tpir:.2%} of {report.known} probes "
        f"(95 % interval {report.tpir_interval[0]:.2%} to {report.tpir_interval[1]:.2%}), "
        f"{report.misnamed:.2%} misnamed"
    )
    click.echo(
        f"thresholds calibrated for {report.fmr:.2%} on the enrolled photos alone: "
        f"{low:.3f} to {high:.3f}"
    )


def _print_photos(labelled: LabelledPhotos, readings: Sequence[Reading]) -> None:
    people = plural(len(labelled.people), "person")
    click.echo(f"{plural(len(readings), 'photo')} of {people}: {labelled.layout}")
    found = Counter(reading.largest.face.found_by for reading in readings if reading.encodings)
    steps = ", ".join(f"{count} {step}" for step, count in found.most_common())
    how = f" ({steps})" if steps else ""
    click.echo(f"found: {sum(found.values())} of {len(readings)}{how}")


def _print_mistakes(answers: Answers) -> None:
    confusions = answers.confusions()
    if confusions:
        click.echo("most often confused:")
        for confusion in confusions[:SHOWN]:
            click.echo(f"  {confusion.name} taken for {confusion.taken_for}: {confusion.count}")
    misled = answers.sure_and_wrong()
    if misled:
        click.echo(f"sure and wrong ({len(misled)}):")
        for one in misled[:SHOWN]:
            click.echo(f"  {shown(one.path)}: taken for {one.taken_for} at {one.probability:.2f}")


def _print_without_answer(readings: Sequence[Reading]) -> None:
    missing = without_answer(readings)
    if missing:
        click.echo(f"without an answer ({len(missing)}):")
        for one in missing:
            click.echo(f"  {_why(str(one['reason']), str(one['detail']))}")


def _why(reason: str, detail: str) -> str:
    """Returns the sentence about a photo without an answer, its reason said once."""
    return detail if reason in detail else f"{reason}: {detail}"
