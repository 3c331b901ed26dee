"""Films are written whole or not at all, each picture at its time, the same bytes each time."""

from __future__ import annotations

import builtins
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from face2vec.errors import FolderError, OptionError
from face2vec.video import films
from face2vec.video.films import fitted, open_film
from face2vec.video.sources import FileSource

av = pytest.importorskip("av")


def picture(number: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    image = np.full((size[1], size[0], 3), 40, np.uint8)
    image[10:30, 5 + number : 25 + number] = (30, 200, 120)
    return image


def write(path: Path, times, size=(64, 48), sound_of: Path | None = None) -> Path:
    film = open_film(path, 25, sound_of)
    for number, time in enumerate(times):
        film.write(picture(number, size), time)
    film.close()
    return film.path


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mkv", ".mov"])
def test_each_picture_is_shown_at_its_time(ending, tmp_path):
    times = [0.0, 0.04, 0.2, 0.21, 0.5]
    path = write(tmp_path / f"film{ending}", times)
    assert times_of(path) == pytest.approx(times, abs=0.002)
    assert list(tmp_path.iterdir()) == [path]


def test_mp4_is_what_browsers_play(tmp_path):
    with av.open(str(write(tmp_path / "film.mp4", [0, 0.04]))) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_the_same_pictures_give_the_same_bytes(tmp_path):
    one, other = (write(tmp_path / f"{n}.mp4", np.arange(20) / 25) for n in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_odd_sizes_and_sizes_that_change(tmp_path):
    film = open_film(tmp_path / "film.mp4", 25)
    film.write(picture(0, (63, 47)), 0.0)
    film.write(picture(0, (32, 48)), 0.04)
    film.close()
    source = FileSource(film.path)
    first, second = source.read().image, source.read().image
    assert first.shape == second.shape == (48, 64, 3)
    assert second[:, :10].max() < 30  # black bars beside a picture of another shape
    assert second[20, 25:40].max() > 90


def test_without_pyav_a_webm_is_written_and_said(tmp_path, monkeypatch, caplog):
    original = builtins.__import__

    def without_av(name, *args, **kwargs):
        if name == "av":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_av)
    film = open_film(tmp_path / "film.mp4", 25)
    monkeypatch.undo()
    for number, time in enumerate([0.0, 0.04, 0.2, 0.24]):
        film.write(picture(number), time)
    film.close()
    assert film.path == tmp_path / "film.webm"
    assert list(tmp_path.iterdir()) == [film.path]
    assert "pip install 'face2vec[video]'" in caplog.text
    assert len(times_of(film.path)) == 7  # a steady rate: pictures are repeated


def test_a_moving_picture_for_a_page(tmp_path):
    from PIL import Image

    path = write(tmp_path / "film.webp", [0.0, 0.1, 0.2])
    with Image.open(path) as image:
        assert image.n_frames == 3
        assert image.size == (64, 48)


def test_what_is_discarded_leaves_nothing_and_what_was_there_stays(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"before")
    film = open_film(path, 25)
    film.write(picture(0), 0.0)
    film.discard()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_film_without_pictures_is_none(tmp_path):
    for ending in (".mp4", ".webp"):
        open_film(tmp_path / f"film{ending}", 25).close()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(OptionError, match=r"film\.avi should end in \.mp4"):
        open_film(tmp_path / "film.avi", 25)
    with pytest.raises(FolderError, match="there is no folder"):
        open_film(tmp_path / "missing" / "film.mp4", 25)


def test_the_sound_is_taken_over(tmp_path):
    loud = tmp_path / "loud.mp4"
    with_sound(loud)
    silent = write(tmp_path / "silent.mp4", np.arange(25) / 25)
    path = write(tmp_path / "film.mp4", np.arange(25) / 25, sound_of=loud)
    with av.open(str(path)) as container:
        heard = [frame.to_ndarray() for frame in container.decode(audio=0)]
    assert sum(frame.shape[1] for frame in heard) > 30_000
    assert np.abs(np.concatenate(heard, axis=1)).max() > 0.1
    with av.open(str(silent)) as container:
        assert not container.streams.audio


def test_pictures_of_another_shape_get_bars():
    whole = fitted(np.full((10, 40, 3), 200, np.uint8), (20, 20))
    assert whole.shape == (20, 20, 3)
    assert whole[0].max() == 0
    assert whole[10].min() == 200


def with_sound(path: Path) -> None:
    """Writes a second of a tone and of pictures."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=44100)
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
            container.mux(video.encode(frame))
        tone = np.sin(np.arange(44100) * 2 * np.pi * 440 / 44100).astype(np.float32) * 0.5
        for begin in range(0, 44100 - 1024, 1024):
            part = np.stack([tone[begin : begin + 1024]] * 2)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = 44100, begin
            frame.time_base = Fraction(1, 44100)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
        container.mux(video.encode(None))


def test_opencv_is_not_brought_a_second_time():
    from importlib.metadata import requires

    assert not [need for need in requires("av") or [] if "opencv" in need.lower()]
    assert films.BY_PYAV and cv2.__version__.startswith("4.")
