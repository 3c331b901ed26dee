"""What `watch` and `capture` have in common: who is known, what is shown, what is written."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from face2vec.errors import FolderError, MissingPackageError, OptionError

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions
    from face2vec.video.films import Film
    from face2vec.video.namers import Namer
    from face2vec.video.overlay import Overlay
    from face2vec.video.presences import Presence, Presences
    from face2vec.video.session import Sink, Stats
    from face2vec.video.sources import Source
    from face2vec.video.watch import Watcher
    from face2vec.video.window import Window

BLUR_BUT = "everyone-but"
LIVE_DELAY = 1.0  # seconds that live events wait for a name


class BlurCommand(click.Command):
    """Takes ``--blur everyone-but NAME`` as three words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = list(args)
        for place in range(len(words) - 2):
            said = words[place : place + 2] == ["--blur", BLUR_BUT]
            if said and not words[place + 2].startswith("-"):
                words[place + 1 : place + 3] = [" ".join(words[place + 1 : place + 3])]
                break
        return super().parse_args(ctx, words)


def numbers(context: click.Context, option: click.Parameter, text: str) -> tuple[int, ...]:
    """Reads ``0,32,64``."""
    try:
        found = tuple(int(word) for word in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 0:
        raise click.BadParameter(f"expected numbers like 0,32,64, got {text!r}")
    return found


def check_views(views: tuple[str, ...]) -> None:
    """Raises MissingPackageError where a view needs a package that is not installed."""
    if "hog" in views and importlib.util.find_spec("skimage") is None:
        raise MissingPackageError("--draw hog needs scikit-image: pip install 'face2vec[demo]'.")


def namer(
    context: click.Context,
    gallery: str,
    model: Path | None,
    threshold: float | None,
    compare: str | None,
    reading: ReadingOptions,
) -> Namer:
    """Returns who says who is known: the gallery, or the model.

    Where the gallery is not there yet and was not asked for, nobody is known until it is.
    """
    from face2vec.gallery.identifier import Identifier
    from face2vec.gallery.opening import is_there
    from face2vec.video.namers import FutureGallery, GalleryNamer, ModelNamer

    chosen = context.get_parameter_source("gallery")
    if model is not None:
        if chosen is not click.core.ParameterSource.DEFAULT:
            raise OptionError("give --gallery or --model, not both.")
        from face2vec.recognition.recognizer import Recognizer

        return ModelNamer(Recognizer.load(model, reading, threshold=threshold))
    if chosen is click.core.ParameterSource.DEFAULT and not is_there(gallery):
        click.echo(
            "face2vec: nobody is enrolled yet, so that everybody is unknown: "
            "'face2vec capture NAME' or 'face2vec enrol NAME PHOTOS' makes somebody known.",
            err=True,
        )
        return FutureGallery(gallery, reading, threshold, compare)
    return GalleryNamer(Identifier.open(gallery, reading, threshold=threshold, compare=compare))


def watcher(source: Source, namer: Namer, reading: ReadingOptions, wanted: Wanted) -> Watcher:
    """Returns what follows and names the faces of a source."""
    from face2vec.detection.landmarks import landmark_model
    from face2vec.video.finder import Finder
    from face2vec.video.watch import DELAY, Watcher

    delay = (LIVE_DELAY if source.live else DELAY) if wanted.anything else 0.0
    return Watcher(
        Finder(landmark_model(reading.landmark_model), reading.min_face),
        namer,
        rate=source.rate,
        live=source.live,
        delay=delay,
        images=wanted.images,
    )


def screen(stack: ExitStack, window: bool | None, quiet: bool) -> Window | None:
    """Opens a window where one is wanted.

    Args:
        window: what the user said; None for nothing.
        quiet: whether nothing said means no window.

    Raises:
        OptionError: a window is asked for and cannot be opened.
    """
    from face2vec.video.window import Window, has_screen

    if window is False or (window is None and quiet):
        return None
    if not has_screen():
        if window:
            raise OptionError("there is no screen here, or OpenCV has no windows: use --no-window.")
        return None
    opened = Window()
    stack.callback(opened.close)
    return opened


@dataclass
class Wanted:
    """The files and figures that a run shall leave."""

    output: Path | None
    frames: Path | None
    events: Path | None
    summary: bool
    crops: Path | None
    written: Path | None = None
    _film: Film | None = field(default=None, init=False)
    _lines: Lines | None = field(default=None, init=False)
    _events: TextIO | None = field(default=None, init=False)
    _presences: Presences | None = field(default=None, init=False)
    _kept: bool = field(default=False, init=False)

    @property
    def images(self) -> bool:
        """Whether pictures must wait for the names."""
        return self.output is not None or self.crops is not None

    @property
    def anything(self) -> bool:
        """Whether frames must wait for the names at all."""
        return self.images or self.summary or bool(self.frames or self.events)

    def sinks(self, stack: ExitStack, source: Source, overlay: Overlay) -> list[Sink]:
        """Opens all files and returns what writes into them."""
        from face2vec.video.films import open_film
        from face2vec.video.presences import Presences, as_line, frame_as_dict

        stack.callback(self._let_go)
        sinks: list[Sink] = []
        if self.output is not None:
            sound = None if source.live or "://" in source.name else Path(source.name)
            film = self._film = open_film(self.output, source.rate, sound)
            sinks.append(lambda watched: film.write(overlay.draw(watched), watched.frame.time))
        if self.frames is not None:
            lines = self._lines = Lines(self.frames)
            measure = overlay.measure
            sinks.append(lambda watched: lines.write(as_line(frame_as_dict(watched, measure))))
        if self.events is not None:
            self._events = _opened_for_lines(self.events)
        if self.summary or self.events is not None or self.crops is not None:
            self._presences = Presences(self._tell if self._events else None, self.crops)
            sinks.append(self._presences.see)
        return sinks

    def keep(self) -> None:
        """Finishes all files."""
        self._kept = True
        if self._presences is not None:
            self._stays = self._presences.finish()
        if self._film is not None:
            self._film.close()
            self.written = self._film.path
        if self._lines is not None:
            self._lines.close()

    def presences(self) -> list[Presence]:
        """Returns who was there."""
        return self._stays if self._presences is not None else []

    def _tell(self, event: dict[str, object]) -> None:
        from face2vec.video.presences import as_line

        assert self._events is not None
        self._events.write(as_line(event))
        self._events.flush()

    def _let_go(self) -> None:
        if self._events is not None and self._events is not sys.stdout:
            self._events.close()
        if not self._kept:
            for half in (self._film, self._lines):
                if half is not None:
                    half.discard()


class Lines:
    """A file of lines, which gets its name when it is whole.

    Raises:
        FolderError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        try:
            self._file = self._temporary.open("w", encoding="utf-8")
        except OSError as error:
            raise FolderError(f"{path} cannot be written: {error.strerror}.") from error

    def write(self, line: str) -> None:
        """Adds a line."""
        self._file.write(line)

    def close(self) -> None:
        """Puts the file in its place."""
        self._file.close()
        self._temporary.replace(self._path)

    def discard(self) -> None:
        """Leaves nothing."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


@contextmanager
def frame_counter(source: Source, seconds: float | None) -> Iterator[Callable[[int], None] | None]:
    """Gives a function that is told how many frames are done; None off a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    total = source.frames
    if seconds is not None:
        limit = round(seconds * source.rate)
        total = min(total, limit) if total else limit
    columns = ("watching ", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("watching", total=total or None)
        yield lambda done: bar.update(task, completed=done)


def sentence(stats: Stats) -> str:
    """Says what a run did."""
    text = (
        f"{stats.frames} frames at {stats.rate:.1f} a second, {stats.dropped} dropped, "
        f"{stats.detections} looked at for faces, {stats.encodings} encodings"
    )
    median, late, oldest = (stats.age(share) for share in (0.5, 0.95, 1.0))
    if median is None or late is None or oldest is None:
        return text
    median, late, oldest = 1000 * median, 1000 * late, 1000 * oldest
    ages = f"{median:.0f} ms, 95 % under {late:.0f} ms, at most {oldest:.0f} ms"
    return f"{text}; age of the shown frame: {ages}"


def _opened_for_lines(path: Path) -> TextIO:
    if str(path) == "-":
        return sys.stdout
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise FolderError(f"{path} cannot be written: {error.strerror}.") from error
