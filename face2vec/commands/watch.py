"""``face2vec watch``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _gallery, _options, _video

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions
    from face2vec.video.presences import Presence


@click.command("watch", cls=_video.BlurCommand)
@click.argument("source", metavar="SOURCE")
@_gallery.gallery_option
@click.option(
    "--model",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Name by this trained model instead of the gallery.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0),
    help="Distance up to which it is the same person; with --model the least probability.  "
    "[default: the calibrated one]",
)
@_options.compare_option
@click.option(
    "--draw",
    "views",
    type=click.Choice(("names", "boxes", "landmarks", "hog", "encoding", "none")),
    multiple=True,
    default=("names",),
    show_default=True,
    help="What is drawn: may be given several times, as in --draw hog --draw boxes.",
)
@click.option(
    "--values",
    default="0,32,64,96,127",
    show_default=True,
    metavar="N,N,...",
    callback=_video.numbers,
    help="For --draw encoding: which numbers of the encoding.",
)
@click.option(
    "--blur",
    metavar="unknown|NAME|everyone-but NAME",
    help="Make faces unrecognisable: those of strangers, of somebody, or of all others.",
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after these.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the film with what is drawn: .mp4, .webm, .mkv, .mov, or .webp for a short one.",
)
@click.option(
    "--frames",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a line of JSON for each frame: who is where.",
)
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write a line of JSON whenever somebody appears, is named, or leaves; - for stdout.",
)
@click.option("--summary", is_flag=True, help="Print who was there from when to when.")
@click.option(
    "--crops",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the best picture of each track there.",
)
@click.option("--stats", is_flag=True, help="Print rates and the age of the shown frames.")
@click.option(
    "--window/--no-window",
    "window",
    default=None,
    help="Show it; q ends.  [default: where there is a screen and no --output]",
)
@_options.min_face_option
@_options.landmark_model_option
@_options.prior_option
@_options.weights_option
@_options.json_option
@_options.as_reading
@click.pass_context
def command(
    context: click.Context,
    source: str,
    gallery: str,
    model: Path | None,
    threshold: float | None,
    compare: str | None,
    views: tuple[str, ...],
    values: tuple[int, ...],
    blur: str | None,
    seconds: float | None,
    output: Path | None,
    frames: Path | None,
    events: Path | None,
    summary: bool,
    crops: Path | None,
    stats: bool,
    window: bool | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Name people in SOURCE: a video file, the number of a camera, or an rtsp or http address.

    Faces are followed from frame to frame and named by all that is seen of them, or unknown. q in
    the window or Ctrl-C ends it and leaves whole files.
    """
    from face2vec.video.overlay import Blur, Overlay
    from face2vec.video.session import run
    from face2vec.video.sources import open_source

    measure = "distance" if model is None else "probability"
    overlay = Overlay(views, values, Blur.parse(blur) if blur else None, measure)
    _video.check_views(views)
    namer = _video.namer(context, gallery, model, threshold, compare, reading)
    wanted = _video.Wanted(output, frames, events, summary or as_json, crops)
    with ExitStack() as stack:
        opened = open_source(source)
        stack.callback(opened.close)
        screen = _video.screen(stack, window, quiet=output is not None)
        sinks = wanted.sinks(stack, opened, overlay)
        watcher = _video.watcher(opened, namer, reading, wanted)
        progress = stack.enter_context(_video.frame_counter(opened, seconds))
        done = run(
            opened,
            watcher,
            sinks=sinks,
            overlay=overlay,
            screen=screen,
            seconds=seconds,
            captions=stats,
            progress=progress,
        )
        wanted.keep()
    if opened.ending:
        click.echo(f"face2vec: {opened.ending}", err=True)
    presences = wanted.presences()
    if as_json:
        document: dict[str, object] = {"source": source, **done.as_dict()}
        document["people"] = [presence.as_dict() for presence in presences]
        document["output"] = str(wanted.written) if wanted.written else None
        _options.print_json(document)
        return
    if summary:
        _print_summary(presences)
    if stats:
        click.echo(_video.sentence(done), err=True)
    if not (summary or stats) and events is None:
        click.echo(f"{source}: {_options.plural(done.frames, 'frame')} watched")


def _print_summary(presences: Sequence[Presence]) -> None:
    from face2vec.video.frames import timecode

    rows = [["name", "from", "to", "first frame", "last frame", "frames"]]
    for one in presences:
        name = one.name or f"unknown (track {one.tracks[0]})"
        ends = [timecode(one.first[1]), timecode(one.last[1])]
        rows.append([name, *ends, str(one.first[0]), str(one.last[0]), str(one.frames)])
    click.echo(_options.table(rows) if presences else "nobody was seen")
