"""Who is on which photo: read from folder and file names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from face2vec.errors import LabelError
from face2vec.photos.photo import list_photos

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


def label_photos(folder: Path) -> LabelledPhotos:
    """Lists a folder's photos with the person's name for each.

    A photo in a sub-folder is of the person whom the first sub-folder names
    (``alan_grant/003.jpg``); one that lies in `folder` itself is of the person named by what comes
    before the trailing number of its file name (``Carrie4.JPG``). Names are case folded. Both may
    be mixed.

    Raises:
        FolderError: the folder is missing or holds no photos.
    """
    folder = Path(folder)
    paths, names, from_folders = [], [], 0
    for path in list_photos(folder):
        inside = path.relative_to(folder).parts
        from_folders += len(inside) > 1
        paths.append(path)
        names.append(inside[0].casefold() if len(inside) > 1 else name_in_file_name(path.stem))
    return LabelledPhotos(tuple(paths), tuple(names), from_folders, len(paths) - from_folders)


def name_in_file_name(stem: str) -> str:
    """Returns what comes before the trailing number of a file name, case folded."""
    return (_TRAILING_NUMBER.sub("", stem) or stem).casefold()


def people_to_train(names: Sequence[str], what: str) -> tuple[str, ...]:
    """Returns the people with photos enough to learn from and to hold out, sorted.

    Args:
        names: the person's name of each photo that counts.
        what: what was counted, for the sentence: ``photos``, ``photos with a face``.

    Raises:
        LabelError: there are fewer than two people with two photos each.
    """
    counts = Counter(names)
    people = tuple(sorted(name for name, count in counts.items() if count >= PHOTOS_NEEDED))
    if len(people) >= PEOPLE_NEEDED:
        return people
    there_are = ", ".join(f"{name} {count}" for name, count in counts.most_common(5)) or "none"
    raise LabelError(
        f"at least two people with two {what} each are needed, and there are: {there_are}. "
        "Add a folder of photos for each person, or name the files like ada_1.jpg."
    )
