"""Makes a folder of photos of made-up people."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np

from face2vec.demo.people import NAMES, Sitter, draw_looks, pose
from face2vec.demo.photos import take_photo
from face2vec.demo.portraits import load_portraits
from face2vec.errors import FolderError, OptionError
from face2vec.progress import Progress, no_progress

JPEG_QUALITY = 85


def make_people(
    out: Path,
    *,
    seed: int = 0,
    people: int = 8,
    photos: int = 12,
    progress: Progress = no_progress,
) -> list[Path]:
    """Makes photos of people who do not exist: OUT/amara/001.jpg, OUT/amara/002.jpg, ...

    The same seed gives the same bytes; the first people and photos are the same, however many
    are asked for.

    Args:
        out: a folder that is empty or does not exist.
        seed: not negative; another seed gives other people.
        people: how many, at most as many as there are made-up names (26).
        photos: of each person.
        progress: called with the photos done and their total after each one.

    Returns:
        The photos' paths, sorted.

    Raises:
        FolderError: `out` holds something already, or cannot be written.
        MissingPackageError: scikit-image or matplotlib is not installed.
        OptionError: a number out of range.
    """
    out = Path(out)
    _check_numbers(seed, people, photos)
    portraits = load_portraits()
    _make_folder(out)
    try:
        # Made under a hidden name and moved when all are done: half a set never looks like one.
        with tempfile.TemporaryDirectory(prefix=".making-", dir=out) as workshop:
            made = 0
            looks = draw_looks(seed, people)
            for person, look in enumerate(looks):
                sitter = pose(look, portraits)
                folder = Path(workshop) / look.name
                folder.mkdir()
                for photo in range(photos):
                    jpeg = _shot(np.random.default_rng([seed, person, photo]), sitter)
                    (folder / f"{photo + 1:03d}.jpg").write_bytes(jpeg)
                    made += 1
                    progress(made, people * photos)
            for look in looks:
                (Path(workshop) / look.name).rename(out / look.name)
    except OSError as error:
        raise FolderError(f"{out} cannot be written: {error.strerror}.") from error
    return sorted(out.glob("*/*.jpg"))


def _check_numbers(seed: int, people: int, photos: int) -> None:
    if seed < 0:
        raise OptionError(f"the seed must not be negative, got {seed}.")
    if not 1 <= people <= len(NAMES):
        raise OptionError(f"expected 1 to {len(NAMES)} people, got {people}.")
    if not 1 <= photos <= 999:
        raise OptionError(f"expected 1 to 999 photos of each person, got {photos}.")


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = any(out.iterdir())
    except FileExistsError as error:
        raise FolderError(f"{out} is a file: give the name of a new folder.") from error
    except OSError as error:
        raise FolderError(f"{out} cannot be written: {error.strerror}.") from error
    if taken:
        raise FolderError(f"{out} holds something already: give a new or an empty folder.")


def _shot(rng: np.random.Generator, sitter: Sitter) -> bytes:
    photo = take_photo(rng, sitter)
    _, jpeg = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes()
