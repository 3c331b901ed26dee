"""``face2vec predict``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _annotate, _options
from face2vec.text import shown

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions
    from face2vec.records import Answer, Prediction


@click.command("predict")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@_options.model_option
@click.option(
    "--top", type=click.IntRange(min=1), default=1, show_default=True, help="Candidates a face."
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Probability below which a face is unknown.  [default: that of the model]",
)
@_options.twins_option
@_annotate.annotate_option
@_options.prior_option
@_options.weights_option
@_options.reading_options(None)
@_options.json_option
@_options.as_reading
def command(
    photos: tuple[Path, ...],
    model: Path,
    top: int,
    threshold: float | None,
    twins: bool,
    annotate: Path | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Name every face in PHOTOS, files or folders, left to right.

    A line for each face: photo, name, probability, box. The probability is the chance that the
    name is right where half of the faces are strangers'; a model of too few photos cannot tell
    those, and says so. Exit code 1 where no photo has a face, 2 where no photo can be read.
    """
    from face2vec.recognition.recognizer import predict
    from face2vec.records import Reason

    with _options.progress_bar("reading photos") as progress:
        answers = predict(
            photos,
            model=model,
            top=max(top, 2),
            threshold=threshold,
            twins=twins,
            reading=reading,
            progress=progress,
        )
    if as_json:
        _options.print_json([_as_dict(answer, top) for answer in answers])
    else:
        _print(answers, top)
    if annotate:
        from face2vec.drawing.labels import of_answers

        _annotate.write(annotate, of_answers(answers))
    if not any(answer.faces for answer in answers):
        unreadable = all(answer.reason is Reason.UNREADABLE for answer in answers)
        raise SystemExit(2 if unreadable else 1)


def _print(answers: list[Answer], top: int) -> None:
    faces = [face for answer in answers for face in answer.faces]
    if faces and not faces[0].counts_strangers:
        click.echo(
            "face2vec: this model cannot tell strangers: probabilities are among the people it "
            "knows, and strangers get names too",
            err=True,
        )
    for answer in answers:
        if answer.reason is not None:
            click.echo(f"face2vec: {answer.detail}", err=True)
        for face in answer.faces:
            box = ",".join(str(side) for side in face.box.as_dict().values())
            click.echo(
                f"{shown(answer.path)}\t{shown(face.name or 'unknown')}"
                f"\t{face.probability:.3f}\t{box}"
                + "".join(f"\t{shown(c.name)} {c.probability:.3f}" for c in face.candidates[1:top])
            )


def _as_dict(answer: Answer, top: int) -> dict[str, object]:
    return {
        "path": str(answer.path),
        "reason": None if answer.reason is None else answer.reason.value,
        "detail": answer.detail,
        "faces": [_face_as_dict(face, top) for face in answer.faces],
    }


def _face_as_dict(face: Prediction, top: int) -> dict[str, object]:
    return {
        "name": face.name,
        "probability": face.probability,
        "counts_strangers": face.counts_strangers,
        "threshold": face.threshold,
        "box": face.box.as_dict(),
        "found_by": face.found_by,
        "runner_up": face.runner_up and vars(face.runner_up),
        "conflict": face.conflict,
        "top": [vars(candidate) for candidate in face.candidates[:top]],
    }
