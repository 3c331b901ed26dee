"""``face2vec capture``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _gallery, _options, _video

if TYPE_CHECKING:
    from face2vec.gallery.enrolment import Confirm, Enrolment
    from face2vec.reading.options import ReadingOptions
    from face2vec.video.booth import Verdict
    from face2vec.video.frames import Frame
    from face2vec.video.window import Window

COUNTDOWN = 3.0  # seconds, for a live source


@click.command("capture")
@click.argument("name")
@click.option(
    "-n", "count", type=click.IntRange(min=1), default=10, show_default=True, help="Photos to take."
)
@click.option(
    "--source",
    default="0",
    show_default=True,
    help="The number of a camera, a video file, or an rtsp or http address.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("faces"),
    show_default=True,
    help="The folder of labelled photos; they go into a folder NAME in it.",
)
@click.option("--no-enrol", is_flag=True, help="Only take photos: leave the gallery as it is.")
@click.option(
    "--anyway", is_flag=True, help="Enrol photos that look like somebody else's without asking."
)
@click.option(
    "--countdown",
    type=click.FloatRange(min=0),
    help="Seconds before the first photo.  [default: 3; 0 for a file]",
)
@click.option(
    "--window/--no-window",
    "window",
    default=None,
    help="Show it; q ends.  [default: where there is a screen]",
)
@_gallery.gallery_option
@_gallery.encoder_option
@_options.landmark_model_option
@_options.json_option
@_options.as_reading
def command(
    name: str,
    count: int,
    source: str,
    into: Path,
    no_enrol: bool,
    anyway: bool,
    countdown: float | None,
    window: bool | None,
    gallery: str,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Take photos of the person NAME with a camera, and enrol them: the photo booth.

    One face, sharp, well lit, each time in another pose; what is wrong is said. 'watch' knows the
    person at once. Exit code 1 where fewer photos were taken than wanted.
    """
    from face2vec.detection.landmarks import landmark_model
    from face2vec.video.booth import Booth, capture, folder_for, write_photos
    from face2vec.video.finder import Finder
    from face2vec.video.sources import open_source

    folder = folder_for(into, name)
    booth = Booth(Finder(landmark_model(reading.landmark_model), thorough=True), count)
    with ExitStack() as stack:
        opened = open_source(source)
        stack.callback(opened.close)
        screen = _video.screen(stack, window, quiet=False)
        wait = countdown if countdown is not None else (COUNTDOWN if opened.live else 0.0)
        capture(opened, booth, countdown=wait, tell=_tell, show=_shown(screen))
    paths = write_photos(booth.photos, folder) if booth.photos else []
    enrolment = None
    if paths and not no_enrol:
        confirm = _gallery.confirm_in(anyway, sys.stdin.isatty() and not as_json)
        enrolment = _enrol(name, paths, gallery, reading, confirm)
    if as_json:
        document: dict[str, object] = {"name": name, "photos": [str(path) for path in paths]}
        document["enrolled"] = enrolment and _gallery.enrolment_as_dict(enrolment)
        _options.print_json(document)
    else:
        place = f" in {folder}" if paths else ""
        click.echo(f"{name}: {_options.plural(len(paths), 'photo')} taken{place}")
        if enrolment:
            _gallery.print_enrolment(enrolment)
    if len(paths) < count:
        why = opened.ending or f"{source} ended."
        click.echo(f"face2vec: {len(paths)} of {count} photos were taken: {why}", err=True)
        raise SystemExit(1)


def _enrol(
    name: str, paths: list[Path], gallery: str, reading: ReadingOptions, confirm: Confirm
) -> Enrolment:
    from face2vec.gallery.identifier import Identifier

    identifier = Identifier.open(gallery, reading, create=True)
    enrolment = identifier.enrol(name, paths, confirm=confirm)
    if enrolment.added:
        identifier.gallery.calibrate_itself()
    return enrolment


def _tell(advice: str) -> None:
    click.echo(advice, err=True)


def _shown(screen: Window | None) -> Callable[[Frame, Verdict], bool]:
    """Gives what shows each frame with what is said of it."""
    if screen is None:
        return lambda frame, verdict: True
    from face2vec.video.booth import framed

    return lambda frame, verdict: screen.show(framed(frame, verdict))
