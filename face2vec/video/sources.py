"""Where frames come from: a video file, a camera, a stream; each says in a sentence how it fails.

A file gives every frame, in its own time. A live source gives the newest frame: those that nobody
had the time to look at are dropped, so that what is shown never lags.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from face2vec.errors import SourceError
from face2vec.video.frames import Frame

USUAL_RATE = 25.0  # frames a second, where a source does not say
PATIENCE = 30.0  # seconds that a live source may stall before it counts as gone
OPENING = 10_000  # milliseconds that a stream may take to open
SHORTEST = 0.9  # share of a file's frames that must come for it to be whole


class Source(Protocol):
    """Gives frames.

    Attributes:
        name: for messages.
        live: whether frames that come too quickly are dropped.
        rate: frames a second, as the source says.
        frames: how many there are, as the source says; 0 where it does not.
        dropped: how many frames were dropped so far.
        ending: after the end, a sentence where it came too early; else empty.
    """

    name: str
    live: bool
    rate: float
    frames: int
    dropped: int
    ending: str

    def read(self) -> Frame | None:
        """Returns the next frame; None at the end."""

    def close(self) -> None:
        """Lets go of the file or device."""


class Device(Protocol):
    """What a live source reads: a camera or a stream."""

    def read(self) -> np.ndarray | None:
        """Waits for the next frame, (h, w, 3) uint8, blue first; None where it is gone."""

    def close(self) -> None:
        """Lets go of the device."""


def open_source(place: str) -> Source:
    """Opens a video file, the camera of this number, or an rtsp or http address.

    Raises:
        SourceError: there is none, or it cannot be read.
    """
    quiet()
    if place.isascii() and place.isdigit():
        return LiveSource(CaptureDevice(_camera(int(place))), f"camera {place}")
    if "://" in place:
        return _stream(place)
    path = Path(place)
    if path.is_dir() or not path.exists():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise SourceError(
            f"{place} {what}: give a video file, the number of a camera, "
            "or an rtsp or http address."
        )
    return FileSource(path)


class FileSource:
    """Every frame of a video file, in its order.

    Raises:
        SourceError: the file is no video, or holds no frame.
    """

    live = False
    dropped = 0

    def __init__(self, path: Path | str, capture: cv2.VideoCapture | None = None) -> None:
        quiet()
        self.name = str(path)
        self.ending = ""
        self._capture = capture or cv2.VideoCapture(self.name, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise SourceError(
                f"{self.name} cannot be read as a video: it is another kind of file, or was cut "
                "off before its index was written."
            )
        self.rate = _rate(self._capture)
        self.frames = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        self._index = 0
        self._last = -1.0
        self._first = self._decoded()
        if self._first is None:
            self.close()
            raise SourceError(f"{self.name} holds no frame that can be decoded.")

    def read(self) -> Frame | None:
        frame, self._first = self._first or self._decoded(), None
        if frame is None and self._index < SHORTEST * self.frames:
            self.ending = (
                f"{self.name} ends after {self._index} of {self.frames} frames: "
                "the file is cut off or damaged."
            )
        return frame

    def close(self) -> None:
        self._capture.release()

    def _decoded(self) -> Frame | None:
        there, image = self._capture.read()
        if not there or image is None:
            return None
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._index and seconds <= self._last:  # the file says no times, or wrong ones
            seconds = self._last + 1 / self.rate
        self._last = seconds
        if self._index == 0:
            self._start = seconds
        frame = Frame(self._index, seconds - self._start, as_colour(image), time.monotonic())
        self._index += 1
        return frame


class LiveSource:
    """The newest frame of a device, read in a thread of its own.

    Args:
        device: gives the frames.
        name: for messages.
        patience: seconds without a frame after which the device counts as gone.
    """

    live = True
    rate = USUAL_RATE
    frames = 0

    def __init__(self, device: Device, name: str, patience: float = PATIENCE) -> None:
        self.name = name
        self.dropped = 0
        self.ending = ""
        self._device = device
        self._patience = patience
        self._newest: Frame | None = None
        self._gone = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def read(self) -> Frame | None:
        """Waits for a frame that was not read yet; None once the device is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._gone, self._patience)
            frame, self._newest = self._newest, None
            if frame is None and not self._closed:
                self.ending = (
                    f"{self.name} is gone: it gives no frames any more."
                    if self._gone
                    else f"no frame came from {self.name} for {self._patience:.0f} seconds."
                )
            return frame

    def close(self) -> None:
        self._closed = True
        self._thread.join(timeout=1.0)  # the device may be stalled

    def _run(self) -> None:
        index, start = 0, None
        while not self._closed:
            try:
                image = self._device.read()
            except Exception:  # whatever a driver throws: the device is gone
                image = None
            if image is None:
                break
            now = time.monotonic()
            start = now if start is None else start
            with self._changed:
                self.dropped += self._newest is not None
                self._newest = Frame(index, now - start, as_colour(image), now)
                self._changed.notify()
            index += 1
        self._device.close()
        with self._changed:
            self._gone = True
            self._changed.notify()


class CaptureDevice:
    """A camera or stream that OpenCV reads."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    def read(self) -> np.ndarray | None:
        there, image = self._capture.read()
        return image if there else None

    def close(self) -> None:
        self._capture.release()


def as_colour(image: np.ndarray) -> np.ndarray:
    """Returns (h, w, 3) uint8 of what a decoder gives: grey, or with alpha, or colour."""
    if image.ndim == 2 or image.shape[2] == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(image[:, :, :3])


def quiet() -> None:
    """Stops the messages of OpenCV and FFmpeg: what is wrong is said in a sentence instead."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _camera(number: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        raise SourceError(
            f"there is no camera {number}, or another program uses it: give another number, "
            "a video file, or an rtsp or http address."
        )
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _stream(address: str) -> Source:
    scheme = address.split("://", 1)[0].lower()
    if scheme not in ("rtsp", "rtsps", "http", "https"):
        raise SourceError(f"{scheme} is no kind of address that can be watched: give rtsp or http.")
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPENING]
    limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * PATIENCE)]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise SourceError(f"{address} cannot be opened: is it there, and is it a video?")
    if scheme.startswith("http") and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        return FileSource(address, capture)  # a file that lies elsewhere
    return LiveSource(CaptureDevice(capture), address)


def _rate(capture: cv2.VideoCapture) -> float:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 1 <= rate <= 240 else USUAL_RATE
