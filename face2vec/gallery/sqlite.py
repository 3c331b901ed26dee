"""A gallery in one SQLite file.

What `add` has returned from is on the disk, and what `remove` has removed is gone from the file:
a rollback journal that is deleted at commit (not a write-ahead log, which would keep old pages),
full synchronisation, and freed bytes overwritten with zeros. Many processes may use one gallery.
"""

from __future__ import annotations

import glob
import json
import os
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.errors import GalleryError
from face2vec.gallery import cells
from face2vec.gallery.comparison import PLAIN, Comparison
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.store import Person, Removed, Source, checked, key_of
from face2vec.records import Neighbour, Recipe
from face2vec.text import fault_of, shown

_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE person (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE encoding (
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person,
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (person, digest)
);
"""
_APPLICATION = 0x46325647  # "F2VG", so that a file is known for a gallery
_VERSION = 1
_WAIT = 30.0  # seconds for another process to finish writing
_BATCH = 1 << 14  # rows that are read at once


class SqliteStore:
    """A gallery in one file; see `Store`.

    Args:
        path: the file.
        create: make it where there is none.

    Raises:
        GalleryError: there is no such gallery, or the file is of another kind.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = Path(path)
        self.url = f"sqlite:///{path}"
        self._in_memory = str(path) == ":memory:"
        if not (create or self._in_memory or self.path.is_file()):
            raise GalleryError(
                f"there is no gallery {self.path}: make one with 'face2vec enrol NAME PHOTO'."
            )
        self._lock = threading.RLock()
        self._matrix: PeopleMatrix | None = None
        self._seen: int | None = None  # the data version that `_matrix` is of
        self._connection = self._open()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    @property
    def recipe(self) -> Recipe | None:
        """See `Store`."""
        return self.settings.get("recipe")

    @property
    def settings(self) -> dict[str, Any]:
        """See `Store`."""
        with self._reading() as connection:
            rows = connection.execute("SELECT name, value FROM setting").fetchall()
            return cells.settings_of(rows)

    def set(self, name: str, value: object) -> None:
        """See `Store`."""
        with self._writing() as connection:
            if value is None:
                connection.execute("DELETE FROM setting WHERE name = ?", (name,))
            else:
                self._put(connection, name, value)

    def add(self, name: str, vectors: np.ndarray, photos: Sequence[Source], recipe: Recipe) -> int:
        """See `Store`."""
        vectors = checked(vectors)
        if len(vectors) != len(photos):
            raise ValueError(f"expected {len(vectors)} photos, one a vector, got {len(photos)}")
        if fault := fault_of(name):
            raise GalleryError(f"{shown(name)[:50]!r} is no name for anybody: {fault}.")
        with self._writing() as connection:
            self._settle(connection, recipe, vectors.shape[1])
            connection.execute(
                "INSERT INTO person (key, name) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
                (key_of(name), unicodedata.normalize("NFC", name.strip())),
            )
            person = self._person(connection, name)[0]
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO encoding (person, digest, path, vector) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (person, digest) DO NOTHING",
                [
                    (person, photo.digest, _stored(photo.path), vector.tobytes())
                    for photo, vector in zip(photos, vectors, strict=True)
                ],
            )
            return connection.total_changes - before

    def remove(self, name: str) -> Removed:
        """See `Store`."""
        with self._writing() as connection:
            person, spelled = self._person(connection, name)
            rows = connection.execute(
                "SELECT vector, digest, path FROM encoding WHERE person = ? ORDER BY id", (person,)
            ).fetchall()
            connection.execute("DELETE FROM encoding WHERE person = ?", (person,))
            connection.execute("DELETE FROM person WHERE id = ?", (person,))
        return Removed(spelled, _stacked(rows), tuple(_source(*photo) for _, *photo in rows))

    def people(self) -> list[Person]:
        """See `Store`."""
        with self._reading() as connection:
            names = dict(connection.execute("SELECT id, name FROM person ORDER BY key"))
            photos: dict[int, list[Source]] = {person: [] for person in names}
            rows = connection.execute("SELECT person, digest, path FROM encoding ORDER BY id")
            for person, digest, path in rows:
                if person not in photos:
                    raise cells.WrongCell("a photo is of nobody")
                photos[person].append(_source(digest, path))
            cells.texts(names.values())
        return [Person(name, tuple(photos[person])) for person, name in names.items()]

    def encodings(self, name: str) -> np.ndarray:
        """See `Store`."""
        with self._reading() as connection:
            person, _ = self._person(connection, name)
            rows = connection.execute(
                "SELECT vector FROM encoding WHERE person = ? ORDER BY id", (person,)
            )
            vectors = [vector for (vector,) in rows]
            if not vectors:
                raise cells.WrongCell("somebody has no photo")
            return cells.vectors_of(vectors, self._length(connection))

    def nearest(
        self, queries: np.ndarray, count: int | None = None, comparison: Comparison = PLAIN
    ) -> list[list[Neighbour]]:
        """See `Store`."""
        queries = checked(queries)
        with self._reading() as connection:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if self._matrix is None or version != self._seen:
                self._matrix, self._seen = self._load(connection), version
            matrix = self._matrix = self._matrix.by(comparison)
        if not matrix.names:
            return [[] for _ in queries]
        if queries.shape[1] != matrix.vectors.shape[1]:
            raise GalleryError(
                f"the gallery {self.path} holds vectors of {matrix.vectors.shape[1]} numbers, "
                f"got {queries.shape[1]}: use the encoder that it was made with."
            )
        return matrix.nearest(queries, count)

    def files(self) -> list[Path]:
        """See `Store`: the database, and its journals where there are any."""
        return sorted(self.path.parent.glob(f"{glob.escape(self.path.name)}*"))

    def _open(self) -> sqlite3.Connection:
        new = self._in_memory or not self.path.exists()
        try:
            if new and not self._in_memory:
                # Faces are private: nobody else on this machine may read them.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(
                self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA journal_mode = DELETE")
            # Two processes may make it at once: a read lock could not become a write lock then.
            connection.execute("BEGIN IMMEDIATE" if _is_empty(connection) else "BEGIN")
            self._recognise(connection)
            connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise GalleryError(
                f"the gallery {self.path} cannot be opened ({error}): name another with --gallery."
            ) from error
        return connection

    def _recognise(self, connection: sqlite3.Connection) -> None:
        """Writes the tables into an empty file, and refuses a file of another kind."""
        if _is_empty(connection):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise GalleryError(f"{self.path} is a database, but not a gallery of Face2Vec.")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION:
            raise GalleryError(
                f"{self.path} is of gallery format {version}, this version knows {_VERSION}: "
                "enrol the photos anew in another gallery."
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            self._matrix = None  # the data version tells of other connections' changes only

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute(begin)
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except cells.WrongCell as error:
                raise GalleryError(
                    f"the gallery {shown(self.path)} is damaged: {error}: "
                    "enrol the photos anew in another gallery."
                ) from error
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise GalleryError(
                    f"the gallery {self.path} cannot be read or written: {error}."
                ) from error

    def _settle(self, connection: sqlite3.Connection, recipe: Recipe, length: int) -> None:
        """Keeps the recipe of the first vectors, and refuses every other."""
        wanted = {"recipe": json.loads(json.dumps(recipe)), "length": length}
        found = dict(
            connection.execute("SELECT name, value FROM setting WHERE name IN ('recipe', 'length')")
        )
        if not found:
            for name, value in wanted.items():
                self._put(connection, name, value)
            return
        kept = cells.settings_of(found.items())
        if kept["recipe"] != wanted["recipe"]:
            raise GalleryError(
                f"the gallery {self.path} was made with another encoder or version "
                f"({kept['recipe']}) than these vectors ({wanted['recipe']}): "
                "use that one, or enrol everybody anew in another gallery."
            )
        if kept["length"] != length:
            raise GalleryError(
                f"the gallery {self.path} holds vectors of {kept['length']} numbers, got {length}."
            )

    @staticmethod
    def _put(connection: sqlite3.Connection, name: str, value: object) -> None:
        connection.execute(
            "INSERT INTO setting VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def _person(self, connection: sqlite3.Connection, name: str) -> tuple[int, str]:
        row: tuple[int, str] | None = connection.execute(
            "SELECT id, name FROM person WHERE key = ?", (key_of(name.strip()),)
        ).fetchone()
        if row is None:
            raise GalleryError(
                f"nobody named {name} is in the gallery {self.path}: 'face2vec people' says who is."
            )
        return row

    @staticmethod
    def _length(connection: sqlite3.Connection) -> int:
        """Returns the length of the vectors; 0 where there never was one."""
        rows = connection.execute("SELECT name, value FROM setting WHERE name = 'length'")
        return int(cells.settings_of(rows).get("length", 0))

    def _load(self, connection: sqlite3.Connection) -> PeopleMatrix:
        total = connection.execute("SELECT count(*) FROM encoding").fetchone()[0]
        length = self._length(connection)
        vectors = np.empty((total, length), dtype=np.float32)
        people = np.empty(total, dtype=np.int64)
        rows = connection.execute("SELECT person, vector FROM encoding")
        done = 0
        while batch := list(islice(rows, _BATCH)):
            ids, blobs = zip(*batch, strict=True)
            block = slice(done, done + len(batch))
            people[block] = ids
            vectors[block] = cells.vectors_of(blobs, length)
            done += len(batch)
        if (np.diff(people) < 0).any():
            order = np.argsort(people, kind="stable")
            people, vectors = people[order], vectors[order]
        present, starts = np.unique(people, return_index=True)
        names = dict(connection.execute("SELECT id, name FROM person"))
        cells.texts(names.get(person) for person in present.tolist())
        return PeopleMatrix([names[person] for person in present.tolist()], starts, vectors)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _stored(path: str) -> str | bytes:
    """Returns a path as SQLite can hold it: a name that is no UTF-8 as bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _source(digest: Any, path: Any) -> Source:
    path = os.fsdecode(path) if isinstance(path, bytes) else path
    cells.texts((digest, path))
    return Source(digest, path)


def _stacked(rows: list[tuple[bytes, ...]]) -> np.ndarray:
    """Returns vectors that are on their way out: those of a damaged gallery can be removed too."""
    blobs = [vector for vector, *_ in rows if isinstance(vector, bytes)]
    length = len(blobs[0]) // 4 if blobs else 0
    whole = [blob for blob in blobs if len(blob) == 4 * length]
    return np.frombuffer(b"".join(whole), np.float32).reshape(len(whole), length)
