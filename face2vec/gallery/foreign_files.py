"""The files in which other programs store encodings: pickles, NumPy's arrays, tables of text."""

from __future__ import annotations

import csv
import io
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2vec.errors import GalleryError
from face2vec.files import read_regular
from face2vec.memory import limited_memory
from face2vec.unpickling import unpickled

LENGTH = 128  # numbers of an encoding
MOST_BYTES = 1 << 30
MOST_PICKLES = 2  # in one file: encodings and names, one behind the other
_DELIMITERS = (",", ";", "\t")  # or spaces


def loaded(path: Path) -> object:
    """Returns what a file holds: arrays and plain containers, and nothing that was run.

    Args:
        path: ``.npy``, ``.csv``, ``.tsv`` or ``.txt``; anything else is taken for a pickle.

    Raises:
        GalleryError: the file cannot be read, or holds other things.
    """
    read = {".npy": _array_in, ".csv": _table_in, ".tsv": _table_in, ".txt": _table_in}
    try:
        data = read_regular(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise GalleryError(f"{path} cannot be read: {error}.") from error
    with limited_memory(MOST_BYTES):  # a few bytes can ask for gigabytes
        return read.get(path.suffix.lower(), _pickled_in)(path, data)


def _array_in(path: Path, data: bytes) -> object:
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # numpy parses the header as Python, and raises what that raises
        raise GalleryError(f"{path} is no array of numbers, or damaged.") from error


def _pickled_in(path: Path, data: bytes) -> object:
    file = io.BytesIO(data)
    try:
        values = [unpickled(file)]
        while file.tell() < len(data) and len(values) < MOST_PICKLES:
            values.append(unpickled(file))
    except pickle.UnpicklingError as error:
        raise GalleryError(
            f"{path} is no pickle of lists, numbers and arrays alone: {error}."
        ) from error
    except Exception as error:  # what a damaged pickle raises is anybody's guess
        raise GalleryError(f"{path} is no pickle, or damaged.") from error
    return values[0] if len(values) == 1 else values


def _table_in(path: Path, data: bytes) -> object:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GalleryError(f"{path} is no text in UTF-8.") from error
    first = text.partition("\n")[0]
    delimiter = next((one for one in _DELIMITERS if first.count(one) >= LENGTH - 1), " ")
    rows = [
        [cell.strip() for cell in row if cell.strip()]
        for row in csv.reader(io.StringIO(text), delimiter=delimiter)
    ]
    rows = [row for row in rows if row]
    if rows and sum(map(_is_number, rows[0])) < LENGTH <= len(rows[0]):
        rows = rows[1:]  # titles of columns
    wrong = [index for index, row in enumerate(rows) if len(row) not in (LENGTH, LENGTH + 1)]
    if wrong or not rows:
        raise GalleryError(
            f"{path} is no table of {LENGTH} numbers a row, with a name before or behind them"
            + (f": see row {wrong[0] + 1}." if wrong else ": it is empty.")
        )
    return _split(rows, path)


def _split(rows: Sequence[Sequence[str]], path: Path) -> object:
    """Parts names from numbers."""
    try:
        if len(rows[0]) == LENGTH:
            return np.array(rows, dtype=np.float64)
        last = all(_is_number(row[0]) for row in rows) and not all(
            _is_number(row[-1]) for row in rows
        )
        numbers = [row[:-1] if last else row[1:] for row in rows]
        names = [row[-1 if last else 0] for row in rows]
        return {"encodings": np.array(numbers, dtype=np.float64), "names": names}
    except ValueError as error:
        raise GalleryError(f"{path} holds what is no number among the numbers.") from error


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
