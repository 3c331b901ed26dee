"""Encodings that other programs have stored: pickles, NumPy's arrays and tables, with their names.

They are vectors of dlib's network, 128 numbers each, as face_recognition gives them. Nothing in
such a file is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from face2vec.errors import GalleryError
from face2vec.gallery.foreign_files import LENGTH, loaded
from face2vec.photos.folders import without_number

UNIT = 0.01  # how near to length 1 the vectors of other networks are; dlib's are 1.2 to 1.7 long


class Stored(NamedTuple):
    """What a file holds: (n, 128) float64, and as many names; None where it holds none."""

    vectors: np.ndarray
    names: list[str] | None


def read_encodings(
    path: Path, name: str | None = None, names: Path | None = None
) -> dict[str, np.ndarray]:
    """Reads the encodings of people.

    Args:
        path: ``.npy``, ``.csv``, ``.tsv`` or ``.txt``; anything else is taken for a pickle.
        name: whose encodings these are, where the file holds no names.
        names: a file with as many names as `path` has encodings: a name a line, or an array or a
            pickle of them.

    Returns:
        (n, 128) float32 of each person, in the order of the file.

    Raises:
        GalleryError: the file cannot be read, holds other things, or no names where none are
            given; or the vectors are not dlib's.
    """
    stored = _known(loaded(path), path)
    if stored is None:
        raise GalleryError(
            f"{path} holds nothing that is known for encodings of {LENGTH} numbers: expected "
            '{"encodings": [...], "names": [...]}, two such lists, a name and its encodings, '
            "or an array of them."
        )
    _check(stored.vectors, path)
    of = _names_of(stored, path, name, names)
    people: dict[str, list[np.ndarray]] = {}
    for vector, who in zip(stored.vectors, of, strict=True):
        people.setdefault(who, []).append(vector)
    return {who: np.array(own, dtype=np.float32) for who, own in people.items()}


def _names_of(stored: Stored, path: Path, name: str | None, names: Path | None) -> list[str]:
    count = len(stored.vectors)
    if names is not None:
        given = _list_of_names(names)
        if len(given) != count:
            raise GalleryError(
                f"{names} has {len(given)} names for the {count} encodings in {path}."
            )
        return given
    if name is not None:
        return [name] * count
    if stored.names is not None:
        return stored.names
    if count == 1:
        return [without_number(path.stem)]
    raise GalleryError(
        f"{path} holds {count} encodings and no names: give --name where all are of one person, "
        "or --names FILE with a name a line."
    )


def _check(vectors: np.ndarray, path: Path) -> None:
    """Raises GalleryError unless the vectors can be dlib's."""
    if not len(vectors):
        raise GalleryError(f"{path} holds no encodings.")
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise GalleryError(f"encoding {row + 1} in {path} holds NaN or infinity.")
    if (np.abs(np.linalg.norm(vectors, axis=1) - 1) < UNIT).all():
        raise GalleryError(
            f"the encodings in {path} are scaled to length 1, as FaceNet's and OpenFace's are, and "
            "dlib's are not: they cannot be compared; enrol the photos again."
        )


def _known(value: Any, path: Path) -> Stored | None:
    """Returns what a value holds that one of the known programs has stored; None for others."""
    forms: tuple[Callable[[Any], Stored | None], ...] = (
        _named_lists,
        _two_lists,
        _person_by_person,
        _records,
        _vectors_alone,
    )
    for form in forms:
        stored = form(value)
        if stored is None:
            continue
        if stored.names is not None and len(stored.names) != len(stored.vectors):
            raise GalleryError(
                f"{path} has {len(stored.names)} names for {len(stored.vectors)} encodings."
            )
        return stored
    return None


def _named_lists(value: Any) -> Stored | None:
    """``{"encodings": [...], "names": [...]}``, under these or like words."""
    if not isinstance(value, Mapping):
        return None
    vectors = _matrix(_under(value, "encoding"))
    names = _names(_under(value, "name"))
    return None if vectors is None or names is None else Stored(vectors, names)


def _two_lists(value: Any) -> Stored | None:
    """Encodings and names, in either order."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    for one, other in (value, value[::-1]):
        vectors, names = _matrix(one), _names(other)
        if vectors is not None and names is not None:
            return Stored(vectors, names)
    return None


def _person_by_person(value: Any) -> Stored | None:
    """``{"Ann": encoding, "Bob": [encoding, encoding]}``."""
    if not isinstance(value, Mapping) or not value:
        return None
    own = {str(name): _matrix(vectors) for name, vectors in value.items()}
    known = [vectors for vectors in own.values() if vectors is not None]
    if len(known) < len(value):
        return None
    names = [name for name, vectors in zip(own, known, strict=True) for _ in vectors]
    return Stored(np.concatenate(known), names)


def _records(value: Any) -> Stored | None:
    """``[("Ann", encoding), ...]``, in either order, or ``[{"name": ..., "encoding": ...}]``."""
    if not isinstance(value, list | tuple) or not value:
        return None
    vectors, names = [], []
    for record in value:
        if isinstance(record, Mapping):
            record = (_under(record, "name"), _under(record, "encoding"))
        if not isinstance(record, list | tuple) or len(record) != 2:
            return None
        name, vector = record if isinstance(record[0], str) else record[::-1]
        own = _vector(vector)
        if not isinstance(name, str) or own is None:
            return None
        vectors.append(own)
        names.append(str(name))
    return Stored(np.array(vectors), names)


def _vectors_alone(value: Any) -> Stored | None:
    vectors = _matrix(value)
    return None if vectors is None else Stored(vectors, None)


def _under(value: Mapping[Any, Any], word: str) -> Any:
    """Returns what stands under the first key that holds a word; None where there is none."""
    return next((held for key, held in value.items() if word in str(key).lower()), None)


def _vector(value: Any) -> np.ndarray | None:
    """Returns one encoding; None where it is none."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return array.reshape(LENGTH) if array.size == LENGTH else None


def _matrix(value: Any) -> np.ndarray | None:
    """Returns one encoding or several, (n, 128); None where it is neither."""
    single = _vector(value)
    if single is not None:
        return single[None]
    if not isinstance(value, list | tuple | np.ndarray) or not len(value):
        return None
    vectors = [_vector(one) for one in value]
    known = [vector for vector in vectors if vector is not None]
    return np.array(known) if len(known) == len(vectors) else None


def _names(value: Any) -> list[str] | None:
    """Returns names, numbers among them as words; None where these are none."""
    if not isinstance(value, list | tuple | np.ndarray) or not len(value):
        return None
    if not all(isinstance(one, str | int | np.integer) for one in value):
        return None
    return [str(one) for one in value]


def _list_of_names(path: Path) -> list[str]:
    if path.suffix.lower() in (".csv", ".txt"):
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise GalleryError(f"{path} cannot be read as lines of text.") from error
        return [line.strip() for line in lines if line.strip()]
    names = _names(loaded(path))
    if names is None:
        raise GalleryError(f"{path} is no list of names.")
    return names
