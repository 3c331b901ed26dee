"""What was made of each photo, on disk: keyed by the photo's content and by all that made it.

``cache/<digest of the photo>/<digest of the recipes>.pickle``: renaming a photo keeps its entries,
editing one byte or changing any parameter makes new ones, and all that is known of one photo lies
in one folder. The entries are pickles, read through an unpickler that can build numpy arrays and
plain containers and nothing else: a hostile file is set aside, and runs nothing. Each has a seal,
so that a damaged one is not taken for whole; those of 0.1.0 had none, and are still read.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from face2vec import files
from face2vec.errors import FolderError
from face2vec.files import read_regular, write_atomically
from face2vec.memory import limited_memory
from face2vec.records import Recipe
from face2vec.text import shown
from face2vec.unpickling import unpickled

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

MOST_BYTES = 50_000_000  # of an entry, and of what is made of it
_SUFFIX = ".pickle"
_BROKEN = ".broken"


class Cache:
    """A folder of entries, made at the first write.

    Args:
        folder: where the entries lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._said = False  # that there are broken entries

    def get(
        self, digest: str, recipes: tuple[Recipe, ...], restore: Callable[[Any], Value]
    ) -> Value | None:
        """Returns `restore` of what was put for this photo and these recipes, or None.

        An entry that is damaged, or that `restore` cannot take, is set aside under the name
        ``*.broken`` and counts as missing; the first one is logged as a warning.
        """
        path = self._path(digest, recipes)
        if not path.exists():
            return None
        try:
            return restore(_value_in(read_regular(path, MOST_BYTES)))
        except OSError:
            return None
        except Exception as error:
            self._set_aside(path, error)
            return None

    def put(self, digest: str, recipes: tuple[Recipe, ...], value: object) -> None:
        """Writes numpy arrays and plain containers for this photo and these recipes.

        Raises:
            FolderError: the folder cannot be written.
        """
        path = self._path(digest, recipes)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a power cut takes is made again: thousands of waits for the disk cost more.
            content = pickle.dumps(value, protocol=4)
            write_atomically(path, files.seal(content) + content, durable=False)
        except OSError as error:
            raise FolderError(
                f"the cache folder {self.folder} cannot be written ({error.strerror}): "
                "choose another with --cache, or do without with --no-cache."
            ) from error

    def digests(self) -> set[str]:
        """Returns the digests of the photos that there are entries of."""
        return {path.name for path in self.folder.glob("*") if path.is_dir()}

    def files(self, digest: str) -> list[Path]:
        """Returns the files of one photo, those that are broken or were never finished too."""
        return sorted(path for path in (self.folder / digest).glob("*") if path.is_file())

    def values(self, digest: str) -> Iterator[object]:
        """Yields what was put for one photo, by whatever recipes; what is broken is left out."""
        for path in self.files(digest):
            with suppress(Exception):  # as `get`: what a damaged pickle raises is anybody's guess
                yield _value_in(read_regular(path, MOST_BYTES))

    def remove(self, digest: str) -> int:
        """Removes all entries of one photo and returns how many there were."""
        folder = self.folder / digest
        count = sum(1 for _ in folder.glob(f"*{_SUFFIX}*"))
        if folder.is_dir():
            shutil.rmtree(folder)
        return count

    def info(self) -> dict[str, int]:
        """Returns how many entries there are, of how many photos, how large, how many broken."""
        files = [  # hidden ones are being written, or were when a process was killed
            path for path in self.folder.glob(f"*/*{_SUFFIX}*") if not path.name.startswith(".")
        ]
        broken = sum(path.name.endswith(_BROKEN) for path in files)
        return {
            "entries": len(files) - broken,
            "photos": len({path.parent for path in files}),
            "bytes": sum(path.stat().st_size for path in files),
            "broken": broken,
        }

    def clear(self) -> int:
        """Removes all entries, broken ones too, and returns how many there were.

        Raises:
            FolderError: an entry cannot be removed.
        """
        doomed = list(self.folder.glob(f"*/*{_SUFFIX}*"))
        try:
            for path in doomed:
                path.unlink(missing_ok=True)
            for folder in {path.parent for path in doomed}:
                folder.rmdir()
        except OSError as error:
            raise FolderError(
                f"the cache folder {self.folder} cannot be emptied: {error.strerror}."
            ) from error
        return len(doomed)

    def _path(self, digest: str, recipes: tuple[Recipe, ...]) -> Path:
        made_by = json.dumps(recipes, sort_keys=True, separators=(",", ":"))
        key = hashlib.blake2b(made_by.encode(), digest_size=10).hexdigest()
        return self.folder / digest / f"{key}{_SUFFIX}"

    def _set_aside(self, path: Path, error: Exception) -> None:
        logger.log(
            logging.DEBUG if self._said else logging.WARNING,
            "the cache entry %s is broken (%s): it is set aside and made anew, as others like it "
            "are; 'face2vec cache info' counts them",
            shown(path),
            shown(error)[:200],
        )
        self._said = True
        with suppress(OSError):  # a read-only cache: the entry is recomputed all the same
            path.replace(path.with_name(path.name + _BROKEN))


def _value_in(data: bytes) -> object:
    content = data
    if files.is_sealed(data):
        content = data[files.SEAL_LENGTH :]
        if files.seal_is_broken(data, content):
            raise ValueError("it is not what was written")
    with limited_memory(MOST_BYTES):  # a few bytes can ask for gigabytes
        return unpickled(io.BytesIO(content))
