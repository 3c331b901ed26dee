"""Galleries out of what other programs have stored: their encodings, or their folders of photos."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from face2vec.errors import GalleryError
from face2vec.gallery.enrolment import Confirm, Enrolment, never
from face2vec.gallery.identifier import Identifier
from face2vec.gallery.store import Source
from face2vec.photos.folders import list_photos, without_number
from face2vec.progress import Progress, no_progress
from face2vec.records import Reading
from face2vec.text import fault_of


def add_encodings(
    identifier: Identifier, people: Mapping[str, np.ndarray], path: Path
) -> list[Enrolment]:
    """Adds stored encodings to a gallery of the encoder `resnet`.

    Of what photos they are is not known: in place of a photo's digest stands that of the vector,
    so that an encoding is added once, and in place of its path that of the file.

    Args:
        identifier: of the gallery.
        people: (n, 128) float32 of each person.
        path: the file that they are from.

    Raises:
        GalleryError: the gallery is of another encoder, or somebody cannot be called so.
    """
    encoder = identifier.gallery.recipe["encoder"]["name"]
    if encoder != "resnet":
        raise GalleryError(
            f"the gallery {identifier.store.url} is of the encoder {encoder}, and the encodings in "
            f"{path} are of resnet: choose another with --gallery."
        )
    for name in people:
        if fault := fault_of(name):
            raise GalleryError(f"nobody can be called {name!r}, as in {path}: {fault}.")
    return [_added(identifier, name, vectors, path) for name, vectors in people.items()]


def add_known_people(
    identifier: Identifier,
    folder: Path,
    progress: Progress = no_progress,
    confirm: Confirm = never,
) -> list[Enrolment]:
    """Enrols a folder as face_recognition's command takes it: a photo for each person, by its name.

    A sub-folder is of one person, too, and a number behind a name does not count.

    Args:
        identifier: of the gallery.
        folder: of the photos.
        progress: is told how many photos are read, of how many.
        confirm: see `Identifier.enrol`.

    Raises:
        FolderError: the folder is missing or holds no photos.
        GalleryError: somebody cannot be called so.
    """
    paths = list_photos(folder)
    readings = identifier.reader.read_all(paths, progress)
    batch: dict[str, list[Reading]] = {}
    for path, reading in zip(paths, readings, strict=True):
        inside = path.relative_to(folder).parts
        name = inside[0] if len(inside) > 1 else without_number(path.stem)
        batch.setdefault(name, []).append(reading)
    return identifier.gallery.enrol_all(batch, confirm)


def _added(identifier: Identifier, name: str, vectors: np.ndarray, path: Path) -> Enrolment:
    place = str(path.absolute())
    sources = [Source(f"vector-{_digest(vector)}", place) for vector in vectors]
    added = identifier.store.add(name, vectors, sources, identifier.gallery.recipe)
    return Enrolment(name, added, len(vectors) - added, (), (), ())


def _digest(vector: np.ndarray) -> str:
    return hashlib.blake2b(vector.tobytes(), digest_size=16).hexdigest()
