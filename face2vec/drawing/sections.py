"""The sections of reports: charts and tables out of figures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from face2vec.drawing.charts import Axis, Line, chart, number_axis, rate_axis, share_axis
from face2vec.drawing.page import Cell, Section, Table
from face2vec.evaluation.answers import Answers, per_person, without_answer
from face2vec.evaluation.curves import TABLED, ErrorRates, error_rates, reliability
from face2vec.evaluation.reports import AccuracyReport, KFoldReport, LearningCurves
from face2vec.evaluation.strangers import OpenSetReport
from face2vec.thresholds import Calibration

IN_MATRIX = 30  # people in the confusion matrix: of more, those who are confused most
Report = AccuracyReport | KFoldReport


def percent(share: float | None, digits: int = 1) -> str:
    """Returns a share for people to read."""
    if share is None or np.isnan(share):
        return "-"
    return f"{100 * share:.{digits}f} %"


def between(interval: tuple[float, float]) -> str:
    """Returns an interval of shares."""
    return f"{percent(interval[0], 2)} to {percent(interval[1], 2)}"


def people(report: Report) -> Section:
    """How each person fared."""
    table = per_person(report.answers, report.labelled.names, report.readings)
    rows: list[list[Cell | str]] = [
        [name, str(one["photos"]), str(one["found"]), _accuracy(one["accuracy"])]
        for name, one in table.items()
    ]
    head = ("person", "photos", "with a face", "named right")
    caption = f"{len(rows)} people"
    return Section("People", tables=[Table(caption, head, rows)])


def _accuracy(accuracy: object) -> Cell:
    return Cell(percent(accuracy), accuracy) if isinstance(accuracy, float) else Cell("-")


def confusion(answers: Answers) -> Section:
    """Who was taken for whom."""
    count = len(answers.people)
    matrix = np.zeros((count, count), dtype=int)
    known = answers.truth >= 0
    np.add.at(matrix, (answers.truth[known], answers.guesses[known]), 1)
    wrong = matrix - np.diag(np.diag(matrix))
    shown = np.sort(np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:IN_MATRIX])
    head = ["is \\ taken for", *(answers.people[i] for i in shown)]
    rows = []
    for i in shown:
        whole = max(int(matrix[i].sum()), 1)
        cells = [Cell(str(matrix[i, j]), float(matrix[i, j] / whole)) for j in shown]
        rows.append([Cell(answers.people[i]), *cells])
    text = "Rows: who it is. Columns: who it was taken for. The diagonal is right."
    if count > IN_MATRIX:
        text += f" Of {count} people, the {IN_MATRIX} who were confused most."
    table = Table("Photos, by who it is and who it was taken for", head, rows, "matrix")
    return Section("Confusion", text, tables=[table])


def mistakes(answers: Answers, thumbnails: Mapping[str, str], most: int = 20) -> Section:
    """The surest wrong answers, worst first.

    Args:
        answers: all.
        thumbnails: ``data:`` addresses of pictures of the faces, by path; may be empty.
        most: how many are shown.
    """
    misled = answers.sure_and_wrong(at_least=0.0)
    if not misled:
        return Section("Worst mistakes", "There are none.")
    root = _root(answers.paths)
    rows: list[list[Cell | str]] = [
        [
            Cell(one.path.removeprefix(root), image=thumbnails.get(one.path)),
            one.name,
            one.taken_for,
            percent(one.probability),
        ]
        for one in misled[:most]
    ]
    head = ("photo", "who it is", "taken for", "probability")
    caption = f"{len(rows)} of {len(misled)} wrong answers, the surest first"
    return Section("Worst mistakes", tables=[Table(caption, head, rows, "words")])


def tell_apart(answers: Answers) -> Section:
    """ROC and DET curves of the probabilities of names."""
    rates = error_rates(answers)
    if rates is None:
        return Section("Telling people apart", "Nobody who is known is in these photos.")
    text = (
        "Is this really NAME? The probability of each photo's right name against those of all "
        "others, at every threshold."
    )
    return error_curves(rates, text)


def error_curves(rates: ErrorRates, text: str) -> Section:
    """ROC and DET curves, and the same in figures."""
    thin = rates.thinned()
    axes = share_axis("false-match rate"), share_axis("true-match rate")
    chance = Line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "ideal")
    roc = chart(
        f"ROC curve: area {rates.auc:.4f}; dotted: chance",
        *axes,
        [chance, Line(thin.fmr, 1 - thin.fnmr)],
    )
    det = chart(
        f"DET curve: equal error rate {percent(rates.eer, 2)}; nearer to the lower left is better",
        rate_axis("false-match rate"),
        rate_axis("false-non-match rate"),
        [Line(thin.fmr, thin.fnmr)],
    )
    rows = [
        [percent(rate, 1), percent(1 - rates.fnmr_at(rate), 2), percent(rates.fnmr_at(rate), 2)]
        for rate in TABLED
    ]
    head = ("false-match rate at most", "true-match rate", "false-non-match rate")
    caption = f"{rates.genuine} genuine and {rates.impostors} impostor comparisons"
    table = Table(caption, head, rows)
    return Section("Telling people apart", text, [roc, det], [table])


def trust(answers: Answers, ece: float) -> Section:
    """The reliability plot: how often answers of a probability are right."""
    bins = reliability(answers)
    ideal = Line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "ideal")
    held = Line(
        np.array([one.probability for one in bins]),
        np.array([one.right for one in bins]),
        dots=True,
    )
    plot = chart(
        "Reliability: on the dotted line a probability of 80 % is right in 80 of 100 answers",
        share_axis("probability of the answer"),
        share_axis("share that was right"),
        [ideal, held],
    )
    rows = [
        [
            f"{percent(one.low, 0)} to {percent(one.high, 0)}",
            str(one.count),
            percent(one.probability),
            percent(one.right),
        ]
        for one in bins
    ]
    head = ("probability", "answers", "mean probability", "right")
    text = f"Probabilities are off by {percent(ece)} on average (calibration error)."
    return Section(
        "How far probabilities hold", text, [plot], [Table("Answers by probability", head, rows)]
    )


def learning(curves: LearningCurves, accuracies: Sequence[float]) -> Section:
    """Learning curves, one line a fold."""
    epochs = np.arange(1, len(curves.loss) + 1, dtype=float)
    along = number_axis("epoch", 1.0, float(max(len(epochs), 2)))
    charts = []
    for title, kept, axis in (
        ("Loss on the photos kept back", curves.val_loss, _loss_axis(curves.val_loss)),
        ("Accuracy on the photos kept back", curves.val_accuracy, share_axis("accuracy")),
    ):
        folds = [Line(epochs, kept[:, fold], "fold") for fold in range(kept.shape[1])]
        mean = Line(epochs, kept.mean(axis=1))
        charts.append(chart(f"{title}; thick: the folds' mean", along, axis, [*folds, mean]))
    rows = []
    for fold, best in enumerate(curves.best_epochs.tolist()):
        at_best = curves.val_loss[best - 1, fold], curves.val_accuracy[best - 1, fold]
        rows.append(
            [
                str(fold + 1),
                str(best),
                f"{at_best[0]:.3g}",
                percent(float(at_best[1])),
                percent(accuracies[fold]) if fold < len(accuracies) else "-",
            ]
        )
    head = ("fold", "best epoch", "loss there", "accuracy there", "held-out accuracy")
    text = "Each fold's net learns without its held-out photos, and stops by photos kept back."
    return Section("How the folds learnt", text, charts, [Table("Folds", head, rows)])


def _loss_axis(loss: np.ndarray) -> Axis:
    return number_axis("loss", 0.0, float(max(np.nanmax(loss), 1e-3)))


def folds(accuracies: Sequence[float]) -> Section:
    """The folds of a classifier that does not learn in epochs."""
    rows = [[str(fold), percent(one)] for fold, one in enumerate(accuracies, start=1)]
    return Section("Folds", tables=[Table("Folds", ("fold", "held-out accuracy"), rows)])


def open_set(report: OpenSetReport) -> Section:
    """How strangers and known people fare in a gallery."""
    rows = [
        ["strangers who got a name (FPIR)", percent(report.fpir, 2), between(report.fpir_interval)],
        ["known people named right (TPIR)", percent(report.tpir, 2), between(report.tpir_interval)],
        ["known people misnamed", percent(report.misnamed, 2), "-"],
    ]
    low, high = report.thresholds
    text = (
        f"The encoder {report.encoder} in a gallery, half of the people being strangers in turn: "
        f"{report.strangers} probes of strangers, {report.known} of known people; thresholds "
        f"calibrated for {percent(report.fmr)} on the enrolled photos alone: {low:.3f} to "
        f"{high:.3f}."
    )
    table = Table("Open set", ("what", "share", "95 % interval"), rows)
    return Section("Strangers", text, tables=[table])


def strangers_of(report: AccuracyReport) -> Section:
    """What `predict` says with its threshold, to known people and to strangers."""
    right, known = report.answers.right, report.answers.truth >= 0
    unknown = report.unknown
    rows = []
    for name, group in (("known to the model", known), ("strangers to it", ~known)):
        whole = int(group.sum())
        shares = [group & right & ~unknown, group & ~right & ~unknown, group & unknown]
        cells = [Cell(str(int(one.sum())), float(one.sum() / max(whole, 1))) for one in shares]
        rows.append([Cell(name), Cell(str(whole)), *cells])
    head = ("people", "photos", "named right", "named wrong", "unknown")
    text = "With the model's threshold, as predict answers: below it a face is unknown."
    return Section("Strangers", text, tables=[Table("Open set", head, rows)])


def threshold(calibration: Calibration) -> Section:
    """How the model's threshold was found."""
    rows = [
        ["threshold of the probability", f"{calibration.threshold:.3f}"],
        ["wanted false-match rate", percent(calibration.wanted_fmr, 2)],
        ["false-match rate", percent(calibration.fmr, 2)],
        ["its 95 % interval", between(calibration.fmr_interval)],
        ["false-non-match rate", percent(calibration.fnmr, 2)],
    ]
    if calibration.fnmr_interval:
        rows.append(["its 95 % interval", between(calibration.fnmr_interval)])
    rows.append(["impostor comparisons", str(calibration.impostors)])
    rows.append(["genuine comparisons", str(calibration.genuine)])
    table = Table("The model's threshold", ("figure", "value"), rows)
    return Section("When a face is unknown", calibration.sentence, tables=[table])


def unanswered(report: Report) -> Section:
    """The photos without an answer."""
    root = _root([str(path) for path in report.labelled.paths])
    rows = [
        [one["path"].removeprefix(root), one["reason"], one["detail"].replace(root, "")]
        for one in without_answer(report.readings)
    ]
    if not rows:
        return Section("Photos without an answer", "There are none.")
    caption = f"{len(rows)} photo{'' if len(rows) == 1 else 's'}"
    table = Table(caption, ("photo", "reason", "detail"), rows, "words")
    return Section("Photos without an answer", folded=[table])


def _root(paths: Sequence[str]) -> str:
    """Returns the folder that holds all photos, which is nobody's business who is given a page."""
    return os.path.join(os.path.commonpath([os.path.dirname(path) for path in paths] or [""]), "")


def recipe(values: Mapping[str, object]) -> Section:
    """All that the figures depend on."""
    rows = list(_flat(values))
    return Section(
        "Recipe and versions", tables=[Table("Recipe", ("what", "value"), rows, "words")]
    )


def _flat(values: Mapping[str, object], before: str = "") -> list[list[str]]:
    rows: list[list[str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{name}: ")
        else:
            rows.append([f"{before}{name}", "-" if value is None else str(value)])
    return rows
