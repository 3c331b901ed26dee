"""Sources: files that are broken in all ways, and live ones that are too quick, stall or go."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from face2vec.errors import SourceError
from face2vec.video.sources import FileSource, LiveSource, open_source


class FakeCamera:
    """Gives frames in real time, as a camera does; the first pixel counts them."""

    def __init__(self, rate: float, count: int, stall_after: int | None = None) -> None:
        self.given = 0
        self.closed = threading.Event()
        self._rate, self._count, self._stall_after = rate, count, stall_after

    def read(self) -> np.ndarray | None:
        if self.given == self._count:
            return None
        if self.given == self._stall_after:
            self.closed.wait(5)
            return None
        time.sleep(1 / self._rate)
        frame = np.full((48, 64, 3), self.given % 256, np.uint8)
        self.given += 1
        return frame

    def close(self) -> None:
        self.closed.set()


def all_frames(source) -> list:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def test_a_file_gives_every_frame_in_its_own_time(film, shot):
    source = open_source(str(film))
    frames = all_frames(source)
    assert [frame.index for frame in frames] == list(range(len(shot)))
    assert frames[-1].time == pytest.approx((len(shot) - 1) / 25)
    assert np.abs(frames[50].image.astype(int) - shot[50][0]).mean() < 4
    assert source.ending == ""


@pytest.mark.parametrize("content", [b"", b"not a film at all" * 50])
def test_what_is_no_video_is_said(content, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"film\.mp4 cannot be read as a video"):
        open_source(str(path))


def test_a_truncated_file_gives_what_is_there_and_says_so(film, tmp_path):
    path = tmp_path / "half.avi"
    path.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    try:
        source = open_source(str(path))
    except SourceError as error:  # the index stood at the end
        assert "cut off" in str(error)
        return
    frames = all_frames(source)
    assert 0 < len(frames) < 100
    assert f"ends after {len(frames)} of 100 frames" in source.ending


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing.mp4", "does not exist"),
        (".", "is a folder"),
        ("ftp://somewhere/film.mp4", "ftp is no kind of address"),
        ("97", "there is no camera 97"),
        ("http://127.0.0.1:9/film.mp4", "cannot be opened"),
    ],
)
def test_what_is_not_there_is_said(place, words):
    with pytest.raises(SourceError, match=words):
        open_source(place)


def test_live_frames_are_dropped_rather_than_lagged_behind():
    camera = FakeCamera(rate=200, count=60)
    source = LiveSource(camera, "camera")
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
        time.sleep(0.02)  # the camera is four times as quick
    assert 0 < len(frames) < 60
    assert len(frames) + source.dropped == 60
    gaps = np.diff([frame.index for frame in frames])
    assert (gaps > 0).all()
    assert gaps.max() > 1
    assert all(frame.image[0, 0, 0] == frame.index for frame in frames)


def test_a_live_source_that_ends_says_so():
    source = LiveSource(FakeCamera(rate=500, count=3), "camera 0")
    assert len(all_frames(source)) >= 1
    assert source.ending == "camera 0 is gone: it gives no frames any more."


def test_a_stream_that_stalls_is_waited_for_and_then_given_up():
    camera = FakeCamera(rate=500, count=9, stall_after=2)
    source = LiveSource(camera, "the stream", patience=0.3)
    begun = time.monotonic()
    while source.read() is not None:
        pass
    assert time.monotonic() - begun >= 0.3
    assert source.ending == "no frame came from the stream for 0 seconds."
    camera.close()


def test_a_driver_that_fails_is_a_camera_that_is_gone():
    class Broken:
        def read(self):
            raise RuntimeError("select timeout")

        def close(self):
            pass

    source = LiveSource(Broken(), "camera 1")
    assert source.read() is None
    assert "camera 1 is gone" in source.ending


def test_frames_have_times_that_grow_even_where_the_file_says_none():
    class Timeless:
        def isOpened(self):
            return True

        def get(self, what):
            return 0.0

        def read(self):
            return True, np.zeros((4, 4, 3), np.uint8)

        def release(self):
            pass

    source = FileSource("film", Timeless())
    times = [source.read().time for _ in range(4)]
    assert times == pytest.approx([0.0, 0.04, 0.08, 0.12])
