"""What the commands about enrolled people have in common: options and how answers are written."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _options
from face2vec.text import cell, shown

if TYPE_CHECKING:
    from face2vec.gallery.calibration import Calibrations
    from face2vec.gallery.enrolment import Confirm, Doubt, Enrolment
    from face2vec.records import Identification, Match, Neighbour

LEAST_MEASURED = 1e-5  # rate to which the stock calibrations were measured

gallery_option = click.option(
    "--gallery",
    default=defaults.GALLERY,
    show_default=True,
    metavar="URL",
    help="Where the enrolled people are.",
)
encoder_option = click.option(
    "--encoder", help="How a face becomes a vector.  [default: the gallery's, resnet for a new one]"
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(min=0),
    help="Distance up to which it is the same person, a plain one unless with --compare ratio.  "
    "[default: the calibrated one]",
)


def options(cache: Path | None) -> _options.Decorator:
    """Adds what every command that reads photos for a gallery takes."""

    def add(function: _options.Function) -> _options.Function:
        for option in (
            _options.compare_option,
            _options.json_option,
            _options.workers_option,
            _options.max_bytes_option,
            _options.landmark_model_option,
            _options.min_face_option,
            _options.detector_option,
            _options.cache_options(cache),
            _options.prior_option,
            _options.weights_option,
            encoder_option,
            gallery_option,
        ):
            function = option(function)
        return function

    return add


def match_as_dict(match: Match) -> dict[str, object]:
    """Returns a face's answer as DESIGN's ``identify --json`` has it."""
    return {
        "name": match.name,
        "distance": match.distance,
        "threshold": match.threshold,
        "fpir": match.fpir,
        "calibration": match.calibration,
        "compare": match.compare,
        "score": match.score,
        "euclidean": match.neighbours[0].euclidean if match.neighbours else None,
        "box": match.box.as_dict(),
        "found_by": match.found_by,
        "runner_up": match.runner_up and neighbour_as_dict(match.runner_up),
        "nearest": match.neighbours[0].nearest if match.neighbours else None,
        "to_mean": match.neighbours[0].to_mean if match.neighbours else None,
        "conflict": match.conflict,
    }


def neighbour_as_dict(neighbour: Neighbour) -> dict[str, object]:
    """Returns a person's distances as JSON has them."""
    return {
        "name": neighbour.name,
        "distance": neighbour.distance,
        "euclidean": neighbour.euclidean,
        **vars(neighbour),
    }


def identification_as_dict(answer: Identification) -> dict[str, object]:
    """Returns a photo's answer as DESIGN's ``identify --json`` has it."""
    return {
        "path": str(answer.path),
        "reason": None if answer.reason is None else answer.reason.value,
        "detail": answer.detail,
        "faces": [match_as_dict(match) for match in answer.faces],
    }


def percent(rate: float) -> str:
    """Returns a rate with two figures that count: 0.1 %, 0.012 %."""
    return f"{rate * 100:.2g} %"


def as_csv(answers: Sequence[Identification]) -> str:
    """Returns ``path,name,distance`` lines, with the words of face_recognition's command."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for answer in answers:
        if not answer.faces:
            writer.writerow([cell(answer.path), "no_persons_found", None])
        for match in answer.faces:
            name = cell(match.name or "unknown_person")
            writer.writerow([cell(answer.path), name, _plain(match)])
    return text.getvalue().removesuffix("\n")


def _plain(match: Match) -> float | None:
    return match.neighbours[0].euclidean if match.neighbours else None


def print_enrolment(enrolment: Enrolment) -> None:
    """Says what became of the photos of one person."""
    known = f", {enrolment.known} known already" if enrolment.known else ""
    click.echo(
        f"{shown(enrolment.name)}: {_options.plural(enrolment.added, 'photo')} enrolled{known}"
    )
    for path in enrolment.crowded:
        click.echo(f"face2vec: {shown(path)} shows several faces: the largest was taken", err=True)
    for _, detail in enrolment.without_face:
        click.echo(f"face2vec: {detail}", err=True)


def as_near(score: float) -> str:
    """Returns how many different people are as near, in words where that is beyond measuring."""
    if score < LEAST_MEASURED:
        return f"less than {percent(LEAST_MEASURED)}"
    return percent(score)


def confirm_in(anyway: bool, ask: bool) -> Confirm:
    """Returns what says photos that look like somebody else's, and asks whether to enrol them.

    Args:
        anyway: enrol them without asking.
        ask: whether there is somebody to ask; otherwise they are left out.
    """

    def confirm(doubts: Sequence[Doubt]) -> bool:
        for doubt in doubts:
            click.echo(f"face2vec: {doubt.sentence}", err=True)
        if anyway:
            return True
        what = _options.plural(len(doubts), "photo")
        if ask:
            return click.confirm(f"Enrol {what} all the same?", err=True)
        click.echo(f"face2vec: {what} left out: --anyway enrols all the same", err=True)
        return False

    return confirm


def print_suspicions(calibrations: Calibrations | None) -> None:
    """Says which names are not trusted, if there are any."""
    for pair in calibrations.suspicions if calibrations else ():
        click.echo(
            f"face2vec: {pair.one} and {pair.other} look like one person (distance "
            f"{pair.distance:.3f}): the thresholds were found without them; if one name is wrong, "
            "face2vec forget it",
            err=True,
        )


def enrolment_as_dict(enrolment: Enrolment) -> dict[str, object]:
    """Returns what became of the photos of one person, as JSON has it."""
    return {
        "name": enrolment.name,
        "added": enrolment.added,
        "known": enrolment.known,
        "crowded": [str(path) for path in enrolment.crowded],
        "without_face": [
            {"path": str(path), "detail": detail} for path, detail in enrolment.without_face
        ],
        "doubtful": [
            {
                "path": str(doubt.path),
                "other": doubt.other,
                "distance": doubt.distance,
                "threshold": doubt.threshold,
            }
            for doubt in enrolment.doubtful
        ],
    }
