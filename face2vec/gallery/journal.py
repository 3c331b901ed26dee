"""What is to be forgotten of a person: written down before the first step, erased after the last.

A forgetting that was interrupted, by a kill or by a folder that cannot be written, leaves its
journal behind; a repeat reads it and knows all that has to go, whatever is gone already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from face2vec.errors import FolderError, GalleryError
from face2vec.files import write_atomically
from face2vec.gallery.store import Source, key_of

_PRIVATE = 0o600  # it holds vectors, as the gallery does


@dataclass(frozen=True)
class Plan:
    """What is known of a person, and has to go.

    Attributes:
        name: as it was asked for.
        photos: those that the person was enrolled from.
        digests: of all photos known to be of the person: enrolled, or in a training folder.
        vectors: of each of these photos, by its digest: the bytes of each vector, float32.
        cache_entries: files of these photos in the cache, relative to it.
        models: what becomes of each model file that knows the person.
        logs: files of held-out answers that name the person.
        to_delete: paths of photos that are to be deleted.
        not_known: sentences about what cannot be known.
    """

    name: str
    photos: frozenset[Source] = frozenset()
    digests: frozenset[str] = frozenset()
    vectors: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    cache_entries: frozenset[str] = frozenset()
    models: Mapping[str, str] = field(default_factory=dict)
    logs: frozenset[str] = frozenset()
    to_delete: frozenset[str] = frozenset()
    not_known: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether there is anything to forget."""
        return bool(self.photos or self.digests or self.models)

    def __or__(self, other: Plan) -> Plan:
        """Returns what either knows."""
        vectors = {
            digest: self.vectors.get(digest, frozenset()) | other.vectors.get(digest, frozenset())
            for digest in self.vectors.keys() | other.vectors.keys()
        }
        return Plan(
            self.name,
            self.photos | other.photos,
            self.digests | other.digests,
            vectors,
            self.cache_entries | other.cache_entries,
            {**self.models, **other.models},
            self.logs | other.logs,
            self.to_delete | other.to_delete,
            self.not_known | other.not_known,
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the plan as JSON has it."""
        return {
            "name": self.name,
            "photos": sorted([photo.digest, photo.path] for photo in self.photos),
            "digests": sorted(self.digests),
            "vectors": {
                digest: sorted(base64.b64encode(row).decode() for row in rows)
                for digest, rows in self.vectors.items()
            },
            "cache_entries": sorted(self.cache_entries),
            "models": dict(self.models),
            "logs": sorted(self.logs),
            "to_delete": sorted(self.to_delete),
            "not_known": sorted(self.not_known),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Plan:
        """Makes a plan of what `as_dict` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(
            values["name"],
            frozenset(Source(digest, path) for digest, path in values["photos"]),
            frozenset(values["digests"]),
            {
                digest: frozenset(base64.b64decode(row, validate=True) for row in rows)
                for digest, rows in values["vectors"].items()
            },
            frozenset(values["cache_entries"]),
            values["models"],
            frozenset(values["logs"]),
            frozenset(values["to_delete"]),
            frozenset(values["not_known"]),
        )


class Journal:
    """The file that holds the plan for one person while it is carried out.

    Args:
        folder: where it lies: that of the gallery.
        name: of the person.
    """

    def __init__(self, folder: Path, name: str) -> None:
        key = hashlib.blake2b(key_of(name).encode(), digest_size=8).hexdigest()
        self.path = Path(folder) / f".forgetting-{key}.json"
        self.name = name

    def read(self) -> Plan:
        """Returns what was planned before; a plan of nothing where there is no journal.

        Raises:
            GalleryError: the journal cannot be read.
        """
        try:
            return Plan.from_dict(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return Plan(self.name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GalleryError(
                f"{self.path}, which says what is still to be forgotten, cannot be read "
                f"({error}): delete it, and forget {self.name} again."
            ) from error

    def write(self, plan: Plan) -> None:
        """Writes the plan, on the disk when this returns.

        Raises:
            FolderError: the folder cannot be written.
        """
        try:
            write_atomically(self.path, json.dumps(plan.as_dict()).encode(), mode=_PRIVATE)
        except OSError as error:
            raise FolderError(
                f"nothing was forgotten: the journal {self.path} cannot be written "
                f"({error.strerror})."
            ) from error

    def erase(self) -> None:
        """Overwrites the journal with zeros and removes it, with what a kill left of writing it.

        Raises:
            FolderError: it cannot be removed.
        """
        beside = f".{self.path.name}"
        try:
            if self.path.exists():  # half overwritten, it could not be read by a repeat
                self.path.replace(self.path.with_name(f"{beside}.done"))
            for path in self.path.parent.glob(f"{beside}.*"):
                _overwrite(path)
                path.unlink()
        except OSError as error:
            raise FolderError(
                f"the journal {self.path} cannot be removed ({error.strerror}): delete it."
            ) from error


def _overwrite(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
