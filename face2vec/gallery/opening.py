"""Opens the store behind a URL."""

from __future__ import annotations

from pathlib import Path

from face2vec import defaults
from face2vec.errors import GalleryError
from face2vec.gallery.store import Store

NO_GALLERY = "sqlite:///:memory:"  # an empty one that is nowhere


def open_store(url: str = defaults.GALLERY, *, create: bool = False) -> Store:
    """Opens the store behind a URL: ``sqlite:///relative.db``, ``sqlite:////absolute.db``.

    Args:
        create: make the gallery where there is none.

    Raises:
        GalleryError: a URL of another kind, no gallery there, or a file of another kind.
    """
    from face2vec.gallery.sqlite import SqliteStore  # the other kinds need no SQLite

    return SqliteStore(_path(url), create=create)


def is_there(url: str) -> bool:
    """Returns whether there is a gallery behind a URL.

    Raises:
        GalleryError: a URL of another kind.
    """
    return _path(url).is_file()


def _path(url: str) -> Path:
    scheme, separator, place = url.partition(":///")
    if not separator or scheme != "sqlite" or not place:
        raise GalleryError(
            f"expected a gallery like sqlite:///gallery.db, got {url!r}: no other kind is known."
        )
    return Path(place)
