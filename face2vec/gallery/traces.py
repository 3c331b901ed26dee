"""What there is of a person: in the gallery, the models, the cache and the logs."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec.errors import ModelError
from face2vec.gallery.journal import Plan
from face2vec.gallery.store import Person, Source, Store, key_of
from face2vec.photos.photo import digest as digest_of
from face2vec.reading.cache import Cache
from face2vec.recognition.model import Model

HELD_OUT = "*/held-out.csv"  # below the folder of the logs
PEOPLE_IN_A_MODEL = 2


class Traces:
    """Where something of a person may be kept.

    Args:
        name: of the person.
        store: the gallery; None for none.
        cache: the cache folder; None for none.
        models: model files; those that cannot be read are in `not_read`, with a sentence.
        logs: folder of the held-out answers of trainings; None for none.
    """

    def __init__(
        self,
        name: str,
        store: Store | None,
        cache: Path | None,
        models: Sequence[Path],
        logs: Path | None,
    ) -> None:
        self.name = name
        self.store = store
        self.cache = None if cache is None else Cache(cache)
        self.places = tuple(map(Path, models))
        self.logs = logs
        self.models: dict[Path, Model] = {}
        self.not_read: dict[str, str] = {}
        for path in filter(Path.exists, self.places):
            try:
                self.models[path] = Model.load(path)
            except (ModelError, OSError) as error:
                self.not_read[str(path)] = str(error)

    def plan(self, *, delete_photos: bool) -> Plan:
        """Looks for all that has to go."""
        enrolled = dict(self._enrolled())
        digests = {photo.digest for photo in enrolled} | self._trained()
        vectors = {digest: set(self._cached_vectors(digest)) for digest in digests}
        for photo, vector in enrolled.items():
            vectors[photo.digest].add(vector)
        return Plan(
            name=self.name,
            photos=frozenset(enrolled),
            digests=frozenset(digests),
            vectors={digest: frozenset(rows) for digest, rows in vectors.items()},
            cache_entries=frozenset(self.cache_entries(digests)),
            models={
                str(path): what_becomes_of(self.models[path], self.name) for path in self.knowing
            },
            logs=frozenset(self._logs()),
            to_delete=frozenset(
                photo.path for photo in enrolled if delete_photos and is_unchanged(photo)
            ),
            not_known=frozenset(self._not_known()),
        )

    @property
    def people(self) -> list[Person]:
        """Those in the gallery."""
        return self.store.people() if self.store is not None else []

    @property
    def is_enrolled(self) -> bool:
        """Whether the person is in the gallery."""
        return any(_same(person.name, self.name) for person in self.people)

    @property
    def knowing(self) -> list[Path]:
        """The model files that know the person."""
        return [
            path
            for path, model in self.models.items()
            if any(_same(name, self.name) for name in _names(model))
        ]

    @cached_property
    def of_others(self) -> Mapping[str, tuple[str, ...]]:
        """The photos that other people are known to be on, by their digests, and who."""
        names: dict[str, set[str]] = defaultdict(set)
        for person in self.people:
            for photo in person.photos:
                names[photo.digest].add(person.name)
        for model in self.models.values():
            for name, digests in (model.photos_of or {}).items():
                for digest in digests:
                    names[digest].add(name)
        others = {
            digest: tuple(sorted(name for name in some if not _same(name, self.name)))
            for digest, some in names.items()
        }
        return {digest: some for digest, some in others.items() if some}

    def of_nobody(self, known: Iterable[str]) -> set[str]:
        """Returns the digests of cached photos of which it is not known who is on them."""
        if self.cache is None:
            return set()
        return self.cache.digests() - self.of_others.keys() - set(known)

    def cache_entries(self, digests: Iterable[str]) -> list[str]:
        """Returns the files in the cache of some photos, relative to it."""
        if self.cache is None:
            return []
        return [
            str(path.relative_to(self.cache.folder))
            for digest in digests
            for path in self.cache.files(digest)
        ]

    def files(self) -> Iterator[Path]:
        """Yields every file in which something of a person could be kept."""
        if self.store is not None:
            yield from self.store.files()
        if self.cache is not None:
            yield from (path for path in sorted(self.cache.folder.rglob("*")) if path.is_file())
        for path in self.places:  # beside it: what a killed run left of writing it
            yield from filter(Path.is_file, (path, *path.parent.glob(f".{path.name}.*")))

    def _enrolled(self) -> Iterator[tuple[Source, bytes]]:
        for person in self.people:
            if self.store is not None and _same(person.name, self.name):
                vectors = self.store.encodings(person.name)
                yield from zip(person.photos, (row.tobytes() for row in vectors), strict=True)

    def _trained(self) -> set[str]:
        return {
            digest
            for model in self.models.values()
            for name, digests in (model.photos_of or {}).items()
            if _same(name, self.name)
            for digest in digests
        }

    def _cached_vectors(self, digest: str) -> Iterator[bytes]:
        for value in self.cache.values(digest) if self.cache is not None else ():
            if isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind == "f":
                yield from (row.tobytes() for row in value)

    def _not_known(self) -> Iterator[str]:
        for path in self.knowing:
            model = self.models[path]
            if model.photos_of is None and without(model, self.name) is not None:
                yield (
                    f"{path} was made before models kept which photos are of whom: the digests of "
                    f"photos of {self.name} that were not enrolled stay in it until it is trained "
                    "again."
                )

    def _logs(self) -> Iterator[str]:
        """Yields the files of held-out answers that name the person."""
        for path in sorted(Path(self.logs).glob(HELD_OUT)) if self.logs is not None else ():
            with open(path, encoding="utf-8", newline="", errors="replace") as file:
                if any(_same(column, self.name) for column in next(csv.reader(file), [])):
                    yield str(path)


def what_becomes_of(model: Model, name: str) -> str:
    """Says what is done to a model that knows a person."""
    if not any(_same(one, name) for one in model.people):
        return "digests of photos dropped"
    smaller = without(model, name)
    if smaller is None:
        return "deleted, as a model needs two people"
    return "person dropped" + (", to be trained again" if smaller.retrain else "")


def without(model: Model, name: str, digests: frozenset[str] = frozenset()) -> Model | None:
    """Returns a model without a person; None where too few people would be left."""
    if any(_same(one, name) for one in model.people) and len(model.people) <= PEOPLE_IN_A_MODEL:
        return None
    for one in _names(model):
        if _same(one, name):
            model = model.without(one, digests)
    return model


def is_unchanged(photo: Source) -> bool:
    """Returns whether a photo is still what it was when it was enrolled."""
    path = Path(photo.path)
    return path.is_file() and digest_of(path.read_bytes()) == photo.digest


def _names(model: Model) -> list[str]:
    return list(dict.fromkeys((*model.people, *(model.photos_of or {}))))


def _same(one: str, other: str) -> bool:
    return key_of(one.strip()) == key_of(other.strip())
