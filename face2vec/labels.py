"""Who is on which photo: read from folder and file names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from face2vec.errors import LabelError
from face2vec.images import list_photos

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


def require_people(names: list[str], what: str = "photos with a face") -> None:
    """Raises LabelError unless at least two people have at least two photos each.

    Args:
        names: the person's name of each photo that counts.
        what: what was counted, for the sentence.
    """
    counts = Counter(names)
    enough = [name for name, count in counts.items() if count >= PHOTOS_NEEDED]
    if len(enough) >= PEOPLE_NEEDED and len(enough) == len(counts):
        return
    if len(counts) < PEOPLE_NEEDED:
        found = f"only of {next(iter(counts))}" if counts else "of nobody"
        raise LabelError(
            f"at least two people are needed, and there are {what} {found}: "
            "add a folder of photos for each person."
        )
    short = ", ".join(sorted(name for name in counts if name not in enough))
    raise LabelError(
        f"at least two {what} are needed of each person, and there is only one of {short}: "
        "add photos or remove these people."
    )
