"""The photos in a folder, and who is on each: read from folder and file names."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from face2vec.errors import FolderError, LabelError
from face2vec.text import RESERVED, folded, shown

logger = logging.getLogger(__name__)

SUFFIXES = frozenset(
    f".{name}"
    for name in "jpg jpeg jpe jfif png webp bmp tif tiff pgm ppm pnm gif heic heif avif".split()  # noqa: SIM905
)
PEOPLE_NEEDED = 2
PHOTOS_NEEDED = 2
_TRAILING_NUMBER = re.compile(r"[\s_.\-]*\(?\d+\)?$")


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos and the name of the person on each, in the same order."""

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    from_folders: int
    from_file_names: int

    @property
    def people(self) -> list[str]:
        return sorted(set(self.names))

    @property
    def layout(self) -> str:
        """A clause that says where the names were found."""
        parts = []
        if self.from_folders:
            parts.append(f"{self.from_folders} named by their folder")
        if self.from_file_names:
            parts.append(f"{self.from_file_names} named by their file name")
        return ", ".join(parts)


def list_photos(folder: Path) -> list[Path]:
    """Returns the photos below a folder, sorted, hidden files and folders left out.

    Raises:
        FolderError: the folder is missing, cannot be read, or holds no photo.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FolderError(
            f"{shown(folder)} is not a folder: give the folder that holds the photos, as in "
            "'face2vec train photos'."
        )
    try:
        next(os.scandir(folder), None)
    except OSError as error:
        raise FolderError(f"{shown(folder)} cannot be read: {error.strerror}.") from error
    photos = sorted(_photos_below(folder, ()))
    if not photos:
        raise FolderError(
            f"{shown(folder)} holds no photos: put JPEG, PNG, WebP, BMP, TIFF, GIF, PGM or HEIC "
            "files in it."
        )
    return photos


def _photos_below(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    """Yields photos, also those behind links to folders, but not behind a link back up.

    Args:
        folder: where to look.
        above: device and number of the folders that it lies in.
    """
    try:
        about = os.stat(folder)
        this = (about.st_dev, about.st_ino)
        entries = [] if this in above else list(os.scandir(folder))
    except OSError as error:
        logger.warning("the folder %s cannot be read: %s", shown(folder), error.strerror)
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if _is_folder(entry):
            yield from _photos_below(path, (*above, this))
        elif path.suffix.lower() in SUFFIXES:
            yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def photos_in(places: Sequence[Path]) -> list[Path]:
    """Returns the photos among files and folders, in their order.

    Raises:
        FolderError: a folder without photos.
    """
    photos: list[Path] = []
    for place in map(Path, places):
        photos += list_photos(place) if place.is_dir() else [place]
    return photos


def label_photos(folder: Path) -> LabelledPhotos:
    """Lists a folder's photos with the person's name for each.

    A photo in a sub-folder is of the person whom the first sub-folder names
    (``alan_grant/003.jpg``); one that lies in `folder` itself is of the person named by what comes
    before the trailing number of its file name (``Carrie4.JPG``). Names are case folded, accents
    composed, and what cannot be seen in them is escaped. Both may be mixed.

    Raises:
        FolderError: the folder is missing or holds no photos.
    """
    folder = Path(folder)
    paths, names, from_folders = [], [], 0
    for path in list_photos(folder):
        inside = path.relative_to(folder).parts
        from_folders += len(inside) > 1
        paths.append(path)
        own = inside[0] if len(inside) > 1 else name_in_file_name(path.stem)
        names.append(folded(shown(own)))
    return LabelledPhotos(tuple(paths), tuple(names), from_folders, len(paths) - from_folders)


def together(folders: Sequence[LabelledPhotos]) -> LabelledPhotos:
    """Returns the photos of several folders; a name in one is nobody of that name in another."""
    return LabelledPhotos(
        tuple(path for one in folders for path in one.paths),
        tuple(f"{index}/{name}" for index, one in enumerate(folders) for name in one.names),
        sum(one.from_folders for one in folders),
        sum(one.from_file_names for one in folders),
    )


def name_in_file_name(stem: str) -> str:
    """Returns what comes before the trailing number of a file name, case folded."""
    return folded(without_number(stem))


def without_number(stem: str) -> str:
    """Returns what comes before the trailing number of a file name.

    >>> without_number("Ann Lee_02")
    'Ann Lee'
    """
    return _TRAILING_NUMBER.sub("", stem) or stem


def people_to_train(names: Sequence[str], what: str) -> tuple[str, ...]:
    """Returns the people with photos enough to learn from and to hold out, sorted.

    Args:
        names: the person's name of each photo that counts.
        what: what was counted, for the sentence: ``photos``, ``photos with a face``.

    Raises:
        LabelError: there are fewer than two people with two photos each.
    """
    taken = RESERVED & set(names)
    if taken:
        raise LabelError(
            f"nobody can be called {min(taken)!r}, which is what strangers are called: "
            "rename the folder or the files."
        )
    counts = Counter(names)
    people = tuple(sorted(name for name, count in counts.items() if count >= PHOTOS_NEEDED))
    if len(people) >= PEOPLE_NEEDED:
        return people
    there_are = ", ".join(f"{name} {count}" for name, count in counts.most_common(5)) or "none"
    raise LabelError(
        f"at least two people with two {what} each are needed, and there are: {there_are}. "
        "Add a folder of photos for each person, or name the files like ada_1.jpg."
    )
