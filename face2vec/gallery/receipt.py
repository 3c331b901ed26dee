"""What forgetting a person came to, to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Receipt:
    """What was removed of a person, and what a search for the rest came to.

    After an interruption it counts what the interrupted run removed, too.

    Attributes:
        encodings: rows removed from the gallery.
        cache_entries: files removed from the cache: faces, vectors and thumbnails of the photos.
        cache_entries_of_unknown: files removed from the cache that are of photos of nobody known.
        models: what became of each model file that knew the person.
        logs: files of held-out answers that named the person, deleted.
        photos_deleted: photos removed from the disk.
        photos_left: photos that are still where they were enrolled from.
        vectors_searched, digests_searched: how many vectors and digests of photos were looked for.
        files_searched, bytes_searched: where they were looked for.
        found_in: files that still hold one of them.
        shared: photos, or files in the cache, that other people have as well, and who: what is
            kept of them stays with these.
        failed: what could not be removed, and why.
        not_read: files that could not be looked into, and why.
        not_known: sentences about what cannot be known.
    """

    name: str
    encodings: int = 0
    cache_entries: int = 0
    cache_entries_of_unknown: int = 0
    models: Mapping[str, str] = field(default_factory=dict)
    logs: tuple[str, ...] = ()
    photos_deleted: tuple[str, ...] = ()
    photos_left: tuple[str, ...] = ()
    vectors_searched: int = 0
    digests_searched: int = 0
    files_searched: int = 0
    bytes_searched: int = 0
    found_in: tuple[str, ...] = ()
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    not_read: Mapping[str, str] = field(default_factory=dict)
    not_known: tuple[str, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether something is to be put right, and forgetting to be repeated."""
        return bool(self.failed or self.not_read or self.found_in)

    @property
    def verified(self) -> bool:
        """Whether something was searched for, in files that could all be read, and is gone."""
        searched = self.vectors_searched + self.digests_searched
        return bool(searched) and not (self.unfinished or self.shared or self.not_known)
