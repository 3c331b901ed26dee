"""What several commands have in common: options, progress, output."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from face2vec import defaults
from face2vec.progress import Progress
from face2vec.text import shown

if TYPE_CHECKING:
    from rich.progress import TaskID

SECONDS_A_LINE = 10  # off a terminal

Function = Callable[..., Any]  # of a command, which may have got options already
Decorator = Callable[[Function], Function]

_NO_TEXT = re.compile("[\ud800-\udfff]")

model_option = click.option(
    "--model",
    type=click.Path(path_type=Path, dir_okay=False),
    default=defaults.MODEL,
    show_default=True,
    help="The model file.",
)
encoder_option = click.option(
    "--encoder", default=defaults.ENCODER, show_default=True, help="How a face becomes a vector."
)
fits_option = click.option(
    "--fits",
    type=click.IntRange(min=1),
    default=defaults.FITS,
    show_default=True,
    help="How often 'landmarks' fits a face's points; it takes their mean.",
)
prior_option = click.option(
    "--prior",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A prior made by fit-prior.  [default: the shipped one]",
)
folds_help = "Folds of the cross-validation; fewer where somebody has fewer photos."
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=defaults.SEED,
    show_default=True,
    help="Same photos and seed, same scores.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    show_default="one a core",
    help="Processes that read photos.",
)


class LandmarkModelPath(click.Path):
    """A file, or 5."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click."""
        return Path(value) if str(value) == "5" else super().convert(value, param, ctx)


landmark_model_option = click.option(
    "--landmark-model",
    type=LandmarkModelPath(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE|5",
    help="Another 68-point model file of dlib's kind; or 5 for dlib's model of five points, in the "
    "public domain: it finds faces, for the encoders resnet, facenet, onnx and pixels.",
)
max_bytes_option = click.option(
    "--max-bytes",
    type=click.IntRange(min=1),
    default=defaults.MAX_BYTES,
    show_default=True,
    help="A larger file is not read as a photo.",
)
detector_option = click.option(
    "--detector",
    type=click.Choice(("ladder", "cnn")),
    default=defaults.DETECTOR,
    show_default=True,
    help="How faces are found: cnn is dlib's network alone, slower.",
)
min_face_option = click.option(
    "--min-face",
    type=click.IntRange(min=0),
    default=defaults.MIN_FACE,
    metavar="PIXELS",
    show_default="as small as can be found",
    help="Side of the smallest face that counts.",
)
_weights_options = (
    click.option(
        "--weights",
        type=click.Path(path_type=Path, dir_okay=False),
        help="For the encoder facenet: your Keras model, .h5 or .keras; for onnx: your network, "
        ".onnx; for embedding: the model file of a training with --objective triplet.",
    ),
    click.option(
        "--input-order",
        type=click.Choice(["rgb", "bgr"]),
        help="For onnx: the order of colours.  [default: as in the .json beside it, rgb]",
    ),
    click.option(
        "--input-mean",
        type=float,
        help="For onnx: is taken from each pixel.  [default: as in the .json, 127.5]",
    ),
    click.option(
        "--input-scale",
        type=float,
        help="For onnx: what is left is multiplied by it.  [default: as in the .json, 1/127.5]",
    ),
)


def weights_option(function: Function) -> Function:
    """Adds --weights, and how the pixels are that such a network is given."""
    for option in reversed(_weights_options):
        function = option(function)
    return function


jitter_option = click.option(
    "--jitter",
    type=click.IntRange(min=1),
    default=defaults.JITTER,
    show_default=True,
    help="For the encoder resnet: chips of each face whose vectors are averaged.",
)
classifier_option = click.option(
    "--classifier",
    type=click.Choice(["dense", "ratio", "svm", "knn", "centroid"]),
    default=defaults.CLASSIFIER,
    show_default=True,
    help="How a vector becomes a name.",
)
subject_option = click.option(
    "--subject",
    type=click.Choice(["largest", "central", "only"]),
    default=defaults.SUBJECT,
    show_default=True,
    help="Which face a photo of one person is of, where it shows several; largest leaves it out "
    "where another is about as large.",
)
compare_option = click.option(
    "--compare",
    type=click.Choice(["ratio", "euclidean"]),
    help="How faces are compared: by the ratio of likelihoods, or by plain distance.  "
    "[default: ratio where the encoder has one]",
)
twins_option = click.option(
    "--allow-twins",
    "twins",
    is_flag=True,
    help="Let one person be in a photo twice: mirrors, collages.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def fmr_option(default: float | None) -> Decorator:
    """Adds --fmr; without a default, `thresholds.Rates` has one for each question."""
    shown = "0.01 of strangers for identify, 0.001 of pairs for verify"
    return click.option(
        "--fmr",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        default=default,
        show_default=shown if default is None else True,
        help="The wanted false-match rate: how often strangers may get a name.",
    )


def cache_options(default: Path | None) -> Decorator:
    """Adds --cache and --no-cache, which give the parameter `cache`."""

    def add(function: Function) -> Function:
        function = click.option(
            "--no-cache", "cache", flag_value="", help="Remember nothing of the photos."
        )(function)
        return click.option(
            "--cache",
            "cache",
            default=str(default) if default else "",
            show_default=True if default else "none",
            metavar="FOLDER",
            callback=lambda ctx, option, value: Path(value) if value else None,
            help="Folder that remembers faces and vectors.",
        )(function)

    return add


def reading_options(cache: Path | None) -> Decorator:
    """Adds how photos are read and remembered, for `as_reading`."""

    def add(function: Function) -> Function:
        for option in (
            workers_option,
            max_bytes_option,
            landmark_model_option,
            min_face_option,
            detector_option,
            cache_options(cache),
        ):
            function = option(function)
        return function

    return add


_READING = (
    "encoder",
    "fits",
    "prior",
    "jitter",
    "weights",
    "cache",
    "detector",
    "min_face",
    "landmark_model",
    "workers",
    "max_bytes",
    "subject",
)


def as_reading(function: Function) -> Function:
    """Hands the options that say how photos are read on as one: `reading`, a `ReadingOptions`."""

    @wraps(function)
    def collected(*args: object, **values: Any) -> object:
        from face2vec.reading.options import ReadingOptions  # help needs none of it

        fields = {name: values.pop(name) for name in _READING if name in values}
        pixels = {name: values.pop(f"input_{name}", None) for name in ("order", "mean", "scale")}
        if any(value is not None for value in pixels.values()):
            from face2vec.encoders.network_input import NetworkInput

            fields["network_input"] = NetworkInput(**pixels)
        return function(*args, reading=ReadingOptions(**fields), **values)

    return collected


def print_json(document: object) -> None:
    """Prints one JSON document, strictly; paths and names stay readable."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    # Of a name that is no UTF-8: as JSON can hold it, and as Python gives it back.
    click.echo(_NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Gives a function that is told how many are done, of how many; see `progress_bars`."""
    with progress_bars(label) as (progress,):
        yield progress


@contextmanager
def progress_bars(*labels: str) -> Iterator[list[Progress]]:
    """Gives a function for each work: a bar on a terminal, else a line every ten seconds.

    A bar is shown from the first time that its function is told how many are done, of how many.
    """
    if not sys.stderr.isatty():
        yield [_in_lines(label) for label in labels]
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description} "),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [bars.add_task(label, total=None, visible=False) for label in labels]

        def shown_by(task: TaskID) -> Progress:
            return lambda done, of: bars.update(task, completed=done, total=of, visible=True)

        yield [shown_by(task) for task in tasks]


def _in_lines(label: str) -> Progress:
    """Returns a function that says at most every ten seconds how far it is."""
    said = time.monotonic()

    def say(done: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_A_LINE:
            said = time.monotonic()
            click.echo(f"face2vec: {label}: {done} of {of}", err=True)

    return say


def plural(count: int, noun: str) -> str:
    """Returns ``1 photo``, ``2 photos``, ``1 person``, ``2 people``."""
    many = {"person": "people"}.get(noun, f"{noun}s")
    return f"{count} {noun if count == 1 else many}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lays rows out in columns, the first to the left, the others to the right."""
    rows = [[shown(one) for one in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first = row[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)
