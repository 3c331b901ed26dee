"""Forgets a person wherever Face2Vec kept something of them, and searches whether it is gone."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec.errors import FolderError, GalleryError, ModelError
from face2vec.gallery.gallery import recalibrate
from face2vec.gallery.store import Removed, Source, Store, key_of
from face2vec.photos.photo import Photo
from face2vec.reading.cache import Cache
from face2vec.recognition.model import Model

PIECE = 16  # numbers of a vector whose bytes are searched for together
PEOPLE_IN_A_MODEL = 2


@dataclass(frozen=True)
class Receipt:
    """What was removed of a person, and what a search for the rest came to.

    Attributes:
        encodings: rows removed from the gallery.
        cache_entries: files removed from the cache: faces, vectors and thumbnails of the photos.
        models: what became of each model file that knew the person.
        photos_deleted: photos removed from the disk.
        photos_left: photos that are still where they were enrolled from.
        files_searched, bytes_searched: where the bytes of the vectors were looked for.
        found_in: files that still hold bytes of them; empty if all is well.
    """

    name: str
    encodings: int
    cache_entries: int
    models: dict[str, str]
    photos_deleted: tuple[str, ...]
    photos_left: tuple[str, ...]
    files_searched: int
    bytes_searched: int
    found_in: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether no byte of the vectors was found any more."""
        return not self.found_in


def forget(
    name: str,
    store: Store | None,
    cache: Path | None,
    models: Sequence[Path] = (),
    *,
    delete_photos: bool = False,
) -> Receipt:
    """Forgets a person.

    Args:
        name: of the person, in the gallery, in models, or both.
        store: the gallery; None for none.
        cache: the cache folder; None for none.
        models: model files; those that do not know the person stay as they are.
        delete_photos: also delete the photos that the person was enrolled from.

    Raises:
        GalleryError: nobody of this name is in the gallery nor in a model.
        FolderError: something cannot be removed.
    """
    removed = Removed(name, np.empty((0, 0), np.float32), ())
    in_store = store is not None and key_of(name) in {key_of(p.name) for p in store.people()}
    knowing = {path: known for path in models if (known := _knowing(path, name))}
    if not in_store and not knowing:
        raise GalleryError(
            f"nobody named {name} is in the gallery or in a model: 'face2vec people' says who is."
        )
    if store is not None and in_store:
        removed = store.remove(name)
        recalibrate(store)
    vectors, photos = removed.vectors, removed.photos
    digests = {photo.digest for photo in photos}
    entries = _forget_in_cache(cache, digests)
    done = {str(path): _forget_in_model(path, *known, digests) for path, known in knowing.items()}
    deleted = _delete(photos) if delete_photos else ()
    files = list(_kept_files(store, cache, models))
    pieces = _pieces(vectors)
    return Receipt(
        name=name,
        encodings=len(vectors),
        cache_entries=entries,
        models=done,
        photos_deleted=deleted,
        photos_left=tuple(
            photo.path
            for photo in photos
            if photo.path not in deleted and Path(photo.path).exists()
        ),
        files_searched=len(files),
        bytes_searched=sum(path.stat().st_size for path in files),
        found_in=tuple(str(path) for path in files if _holds(path, pieces)),
    )


def _knowing(path: Path, name: str) -> tuple[Model, str] | None:
    """Returns the model in a file, and the name it has for the person, if it knows them."""
    try:
        model = Model.load(path)
    except ModelError:
        return None
    return next(((model, own) for own in model.people if key_of(own) == key_of(name)), None)


def _forget_in_cache(folder: Path | None, digests: set[str]) -> int:
    if folder is None:
        return 0
    try:
        return sum(Cache(folder).remove(digest) for digest in digests)
    except OSError as error:
        raise FolderError(f"the cache {folder} cannot be emptied: {error.strerror}.") from error


def _forget_in_model(path: Path, model: Model, name: str, digests: set[str]) -> str:
    if len(model.people) <= PEOPLE_IN_A_MODEL:
        path.unlink()
        return "deleted, as a model needs two people"
    smaller = model.without(name, digests)
    smaller.save(path)
    return "person dropped" + (", to be trained again" if smaller.retrain else "")


def _delete(photos: Sequence[Source]) -> tuple[str, ...]:
    """Deletes the photos that are still what they were when they were enrolled."""
    deleted = []
    for photo in photos:
        path = Path(photo.path)
        if path.is_file() and Photo.open(path).digest == photo.digest:
            try:
                path.unlink()
            except OSError as error:
                raise FolderError(f"{path} cannot be deleted: {error.strerror}.") from error
            deleted.append(photo.path)
    return tuple(deleted)


def _kept_files(store: Store | None, cache: Path | None, models: Sequence[Path]) -> Iterator[Path]:
    """Yields every file in which something of a person could be kept."""
    if store is not None:
        yield from store.files()
    if cache is not None:
        yield from (path for path in sorted(Path(cache).rglob("*")) if path.is_file())
    yield from (path for path in models if Path(path).is_file())


def _pieces(vectors: np.ndarray) -> list[bytes]:
    """Cuts vectors up: a file format may store a long one in parts that lie apart."""
    pieces = [row[start : start + PIECE] for row in vectors for start in range(0, len(row), PIECE)]
    # Pieces of equal numbers, as of zeros, say nothing about a person.
    return [piece.tobytes() for piece in pieces if len(np.unique(piece)) > 2]


def _holds(path: Path, pieces: Sequence[bytes]) -> bool:
    if not path.stat().st_size or not pieces:
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(data.find(piece) >= 0 for piece in pieces)
