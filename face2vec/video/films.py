"""Writing films: H.264 or VP9 by PyAV, VP8 by OpenCV where PyAV is missing, WebP by Pillow.

A film is written under a temporary name and renamed when it is whole. All pictures of a film get
the size of its first one.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import cv2
import numpy as np

from face2vec.errors import FolderError, OptionError

if TYPE_CHECKING:
    from PIL import Image

logger = logging.getLogger(__name__)

# In one thread and without a look ahead: else the same pictures give other bytes now and then.
ONE_WAY = "sync-lookahead=0:rc-lookahead=0:mbtree=0:threads=1:sliced-threads=0"
X264 = {"crf": "20", "preset": "veryfast", "x264-params": ONE_WAY}
BY_PYAV = {  # by the ending: encoder, its options, and what sound can be taken over
    ".mp4": ("libx264", X264, ("aac", "mp3", "ac3")),
    ".mov": ("libx264", X264, ("aac", "mp3", "ac3")),
    ".mkv": ("libx264", X264, ("aac", "mp3", "ac3", "opus")),
    ".webm": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "crf": "32", "b": "0"},
        ("opus", "vorbis"),
    ),
}
ENDINGS = (*BY_PYAV, ".webp")
TICKS = 90_000  # a second, in which times are counted
BT601 = 5  # how OpenCV makes YUV of colours, in FFmpeg's numbers
WEBP_WIDTH, WEBP_STEP = 480, 0.079  # pixels at most, seconds between two pictures at least
MOST_PICTURES = 600  # of an animated WebP: a film belongs into the other formats
INSTALL = "pip install 'face2vec[video]'"


class Film(Protocol):
    """A film that is being written.

    Attributes:
        path: where it will be.
    """

    path: Path

    def write(self, image: np.ndarray, time: float) -> None:
        """Adds a picture, (h, w, 3) uint8, blue first, shown from `time` seconds on."""

    def close(self) -> None:
        """Finishes the film and puts it in its place; without a picture there will be none."""

    def discard(self) -> None:
        """Leaves nothing."""


def open_film(path: Path, rate: float, sound_of: Path | None = None) -> Film:
    """Begins a film; its ending says how it is written.

    Without PyAV it becomes a .webm, and a warning says so.

    Args:
        path: where it goes; a file that is there is replaced.
        rate: frames a second, about.
        sound_of: a video file whose sound it gets, if it can be taken over as it is.

    Raises:
        OptionError: another ending than those of `ENDINGS`.
        FolderError: the folder is missing.
    """
    kind = path.suffix.lower()
    if kind not in ENDINGS:
        raise OptionError(f"{path} should end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    if not path.parent.is_dir():
        raise FolderError(f"there is no folder {path.parent} for {path.name}: make it first.")
    if kind == ".webp":
        return WebPFilm(path)
    try:
        import av  # noqa: F401 - whether it is there
    except ImportError:
        webm = path.with_suffix(".webm")
        logger.warning("%s is written with OpenCV: for H.264 and sound, %s.", webm, INSTALL)
        return OpenCVFilm(webm, rate)
    return PyAVFilm(path, rate, sound_of)


class PyAVFilm:
    """H.264 or VP9, each picture at its own time."""

    def __init__(self, path: Path, rate: float, sound_of: Path | None = None) -> None:
        import av

        self.path = path
        self._temporary = _beside(path)
        codec, options, sounds = BY_PYAV[path.suffix.lower()]
        try:
            self._container = av.open(str(self._temporary), "w", options={"fflags": "+bitexact"})
        except OSError as error:
            raise FolderError(f"{path} cannot be written: {error.strerror}.") from error
        self._stream = cast(
            Any,
            self._container.add_stream(
                codec, rate=Fraction(rate).limit_denominator(1001), options=options
            ),
        )
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, TICKS)
        self._stream.codec_context.thread_count = 1  # the same bytes each time
        self._stream.codec_context.colorspace = BT601
        self._sound = _Sound(sound_of, self._container, sounds) if sound_of else None
        self._size: tuple[int, int] | None = None
        self._last = -1

    def write(self, image: np.ndarray, time: float) -> None:
        from av.video.frame import VideoFrame

        if self._size is None:
            self._size = _even(image)
            self._stream.width, self._stream.height = self._size
        # PyAV's own conversion does not give the same bytes each time.
        planes = np.asarray(
            cv2.cvtColor(fitted(image, self._size), cv2.COLOR_BGR2YUV_I420), dtype=np.uint8
        )
        frame = VideoFrame.from_ndarray(planes, format="yuv420p")
        self._last = max(self._last + 1, round(time * TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, TICKS)
        self._container.mux(self._stream.encode(frame))
        if self._sound:
            self._sound.copy_until(time)

    def close(self) -> None:
        if self._size is None:
            return self.discard()
        self._container.mux(self._stream.encode(None))
        self._release()
        os.replace(self._temporary, self.path)

    def discard(self) -> None:
        self._release()
        self._temporary.unlink(missing_ok=True)

    def _release(self) -> None:
        if self._sound:
            self._sound.close()
        self._container.close()


class OpenCVFilm:
    """VP8 in WebM, at a steady rate: pictures are repeated or left out to keep the time."""

    def __init__(self, path: Path, rate: float) -> None:
        self.path = path
        self._temporary = _beside(path)
        self._rate = rate
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._written = 0
        self._start = 0.0
        self._last: np.ndarray | None = None

    def write(self, image: np.ndarray, time: float) -> None:
        if self._writer is None:
            self._size, self._start = _even(image), time
            with _silence():  # OpenCV complains of WebM's tags, and writes it well
                code = cv2.VideoWriter.fourcc(*"VP80")
                self._writer = cv2.VideoWriter(
                    str(self._temporary), cv2.CAP_FFMPEG, code, self._rate, self._size
                )
            if not self._writer.isOpened():
                raise FolderError(f"{self.path} cannot be written: choose another folder.")
        image = fitted(image, self._size)
        due = round((time - self._start) * self._rate) + 1
        while self._written < due - 1 and self._last is not None:
            self._put(self._last)
        if self._written < due:
            self._put(image)
        self._last = image

    def close(self) -> None:
        if self._writer is None:
            return
        self._writer.release()
        os.replace(self._temporary, self.path)

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.release()
        self._temporary.unlink(missing_ok=True)

    def _put(self, image: np.ndarray) -> None:
        assert self._writer is not None
        self._writer.write(image)
        self._written += 1


class WebPFilm:
    """A small animated picture for a page, 12 a second, which plays by itself and for ever."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pictures: list[Image.Image] = []
        self._times: list[float] = []

    def write(self, image: np.ndarray, time: float) -> None:
        from PIL import Image

        if self._times and time - self._times[-1] < WEBP_STEP:
            return
        scale = min(1.0, WEBP_WIDTH / image.shape[1])
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if len(self._pictures) == MOST_PICTURES:
            raise OptionError(
                f"{self.path} can hold {MOST_PICTURES} pictures: give --seconds, or write an .mp4."
            )
        self._pictures.append(Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)))
        self._times.append(time)

    def close(self) -> None:
        import io

        from face2vec.files import write_atomically

        if not self._pictures:
            return
        steps = np.diff(self._times).tolist()
        steps.append(steps[-1] if steps else 1.0)
        first, *others = self._pictures
        data = io.BytesIO()
        first.save(
            data,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=[max(1, round(1000 * step)) for step in steps],
            loop=0,
            quality=70,
            method=4,
        )
        write_atomically(self.path, data.getvalue())

    def discard(self) -> None:
        self._pictures.clear()


class _Sound:
    """The sound of a file, copied without being decoded."""

    def __init__(self, path: Path, container: Any, can: tuple[str, ...]) -> None:
        import av

        self._input: Any = None
        try:
            opened = av.open(str(path))
        except (OSError, ValueError):
            return
        streams = opened.streams.audio
        if not streams:
            opened.close()
            return
        if streams[0].codec_context.name not in can:
            opened.close()
            logger.warning("the sound of %s is of a kind that the new film cannot hold.", path)
            return
        self._input = opened
        self._stream = container.add_stream_from_template(streams[0])
        self._container = container
        self._packets: Iterator[Any] = opened.demux(streams[0])
        self._next = next(self._packets, None)

    def copy_until(self, time: float) -> None:
        if self._input is None:
            return
        while self._next is not None and _begins(self._next) <= time:
            if self._next.dts is not None:
                self._next.stream = self._stream
                self._container.mux(self._next)
            self._next = next(self._packets, None)

    def close(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None


def _begins(packet: Any) -> float:
    return 0.0 if packet.pts is None else float(packet.pts * packet.time_base)


def fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns a picture in the size of its film, with black bars where its shape is another."""
    width, height = size
    if image.shape[1::-1] == size:
        return image
    if 0 <= width - image.shape[1] <= 1 and 0 <= height - image.shape[0] <= 1:
        return cv2.copyMakeBorder(
            image, 0, height - image.shape[0], 0, width - image.shape[1], cv2.BORDER_REPLICATE
        )
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = [
        max(1, min(most, round(length * scale)))
        for length, most in zip(image.shape[1::-1], size, strict=True)
    ]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(image, inner, interpolation=how)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    whole = np.zeros((height, width, 3), np.uint8)
    whole[top : top + inner[1], left : left + inner[0]] = resized
    return whole


def _even(image: np.ndarray) -> tuple[int, int]:
    """Width and height, each rounded up to an even number, as video codecs want them."""
    return image.shape[1] + image.shape[1] % 2, image.shape[0] + image.shape[0] % 2


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")


@contextmanager
def _silence() -> Iterator[None]:
    """Lets nothing through to stderr: what a library writes there by itself."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
