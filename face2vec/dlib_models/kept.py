"""Arrays derived from model files, kept in the user's cache folder and mapped into memory.

A file is a header, JSON of at most `HEADER` bytes, and the arrays behind it, each at a multiple of
`ALIGNED` bytes. It holds nothing of any person, is shared by all processes, and can be removed at
any time. What is read of it is checked: a file that is short, damaged at the ends of its arrays,
or of another model counts as missing.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.dlib_models.serialized import UnknownFormat
from face2vec.errors import FolderError
from face2vec.files import write_atomically

MAGIC = "face2vec arrays 1"
HEADER = 4096
ALIGNED = 64
SUFFIX = ".arrays"
_ENDS = 1 << 20  # bytes at each end of an array that its digest is of
_TYPES = ("<f4", "<i4")


def folder() -> Path:
    """Returns the folder of this user, which may not be there yet."""
    import platformdirs  # imported here, as few commands need it

    return platformdirs.user_cache_path("face2vec", appauthor=False) / "models"


def writable() -> bool:
    """Makes the folder if it is not there; tells whether files can be kept in it."""
    if not folder().is_absolute():
        return False  # a user without a home: it would come to lie wherever we are
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder(), os.W_OK)


def files() -> list[Path]:
    """Returns the files that are kept."""
    return sorted(folder().glob(f"*{SUFFIX}"))


def info() -> dict[str, int]:
    """Returns how many files are kept, and their bytes."""
    there = files()
    return {"files": len(there), "bytes": sum(path.stat().st_size for path in there)}


def clear() -> int:
    """Removes the files and returns how many there were.

    Raises:
        FolderError: one cannot be removed.
    """
    there = files()
    left_over = folder().glob(f".*{SUFFIX}.*")  # of a process that was stopped while it wrote
    try:
        for path in (*there, *left_over):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise FolderError(f"{path} cannot be removed: {error.strerror}.") from error
    return len(there)


def keep(name: str, key: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes arrays, whole or not at all.

    Args:
        name: of the file.
        key: of what they were made, and how.
        arrays: float32 or int32.

    Raises:
        OSError: the folder cannot be written.
    """
    entries, at = {}, HEADER
    parts = {}
    for title, array in arrays.items():
        stored = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        entries[title] = {
            "type": stored.dtype.str,
            "shape": stored.shape,
            "at": at,
            "digest": _digest(stored),
        }
        parts[at] = stored
        at += -(-stored.nbytes // ALIGNED) * ALIGNED
    header = json.dumps({"magic": MAGIC, "key": key, "arrays": entries}).encode()
    if len(header) > HEADER:
        raise ValueError("too many arrays for the header")
    data = bytearray(at)
    data[: len(header)] = header
    for begin, stored in parts.items():
        data[begin : begin + stored.nbytes] = stored.data.cast("B")
    write_atomically(folder() / f"{name}{SUFFIX}", data)


def kept(name: str, key: str) -> dict[str, np.ndarray]:
    """Maps the arrays of a file into memory, read-only.

    Args:
        name: of the file.
        key: that `keep` was given.

    Raises:
        UnknownFormat: there is no such file, or it is of another key, or damaged.
    """
    path = folder() / f"{name}{SUFFIX}"
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
        header = json.loads(bytes(mapped[:HEADER]).rstrip(b"\0"))
        if header["magic"] != MAGIC or header["key"] != key:
            raise UnknownFormat(f"{path} was made of something else")
        return {title: _array(mapped, entry) for title, entry in header["arrays"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnknownFormat(f"{path} cannot be read") from error


def _array(mapped: np.ndarray, entry: Mapping[str, Any]) -> np.ndarray:
    """Returns an array of a mapped file; what its header says is not trusted."""
    kind, shape, at = entry["type"], [int(length) for length in entry["shape"]], int(entry["at"])
    if kind not in _TYPES or at < HEADER or at % ALIGNED or min(shape, default=0) < 1:
        raise ValueError("a header that says what cannot be")
    size = 4 * math.prod(shape)
    if at + size > len(mapped):
        raise ValueError("shorter than its header says")
    array: np.ndarray = mapped[at : at + size].view(kind).reshape(shape)
    if _digest(array) != entry["digest"]:
        raise ValueError("damaged")
    return array


def _digest(array: np.ndarray) -> str:
    """Returns a digest of the two ends of an array, as reading all would cost what is saved."""
    flat = array.reshape(-1).view(np.uint8)
    ends = (b"%d" % len(flat), flat[:_ENDS].data, flat[-_ENDS:].data)
    digest = hashlib.blake2b(digest_size=16)
    for end in ends:
        digest.update(end)
    return digest.hexdigest()
