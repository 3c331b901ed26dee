"""A short film of made-up people, of whom two are enrolled."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from face2vec.demo.film import RATE, Shown, film_frames
from face2vec.gallery.identifier import Identifier
from face2vec.reading.options import ReadingOptions

KNOWN = ("edith", "luisa")
SECONDS = 4.0

Frames = list[tuple[np.ndarray, list[Shown]]]


@pytest.fixture(scope="session")
def shot() -> Frames:
    """The film's pictures and what is true of each."""
    return list(film_frames(seconds=SECONDS))


@pytest.fixture(scope="session")
def film(shot, tmp_path_factory) -> Path:
    """The film as a file, written without PyAV."""
    path = tmp_path_factory.mktemp("film") / "film.avi"
    write_avi(path, [picture for picture, _ in shot])
    return path


@pytest.fixture(scope="session")
def known(faces, cache, tmp_path_factory) -> str:
    """A gallery that knows two of the four."""
    url = f"sqlite:///{tmp_path_factory.mktemp('known')}/gallery.db"
    identifier = Identifier.open(url, ReadingOptions(cache=cache), create=True)
    for name in KNOWN:
        identifier.enrol(name, sorted((faces / name).iterdir())[:4])
    return url


def write_avi(path: Path, pictures: list[np.ndarray]) -> None:
    """Writes a film with OpenCV's own writer."""
    size = pictures[0].shape[1::-1]
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE, size
    )
    for picture in pictures:
        writer.write(picture)
    writer.release()
