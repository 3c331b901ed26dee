"""Forgets a person wherever Face2Vec kept something of them, and searches whether it is gone.

All that has to go is written into a journal first. Each step may be taken twice, so that a repeat
completes what was interrupted; the journal is erased when nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from face2vec.errors import Face2VecError, GalleryError
from face2vec.gallery.gallery import recalibrate
from face2vec.gallery.journal import Journal, Plan
from face2vec.gallery.receipt import Receipt
from face2vec.gallery.searching import Needles, pieces_of
from face2vec.gallery.store import Store
from face2vec.gallery.traces import Traces, is_unchanged, without
from face2vec.progress import Progress, no_progress

Shared = dict[str, tuple[str, ...]]  # digest of a photo, and who else is on it


def forget(
    name: str,
    store: Store | None,
    cache: Path | None,
    models: Sequence[Path] = (),
    *,
    logs: Path | None = None,
    delete_photos: bool = False,
    journal: Path | None = None,
    progress: Progress = no_progress,
) -> Receipt:
    """Forgets a person. What was interrupted is completed by a repeat.

    Args:
        name: of the person, in the gallery, in models, or both.
        store: the gallery; None for none.
        cache: the cache folder; None for none. Entries of photos of which it is not known who is
            on them, as of photos that were only evaluated, go too: they may be of the person.
        models: model files; those that do not know the person stay as they are.
        logs: folder of the held-out answers of trainings; those that name the person are deleted.
        delete_photos: also delete the photos that the person was enrolled from, unless they have
            changed or are somebody else's as well.
        journal: folder of the journal; None for that of the gallery, or the one worked in.
        progress: is told how many files are searched, of how many.

    Raises:
        GalleryError: nobody of this name is in the gallery nor in a model.
        FolderError: the journal cannot be written; then nothing was forgotten.
    """
    traces = Traces(name, store, cache, models, logs)
    book = Journal(journal or _folder_of(store), name)
    plan = book.read() | traces.plan(delete_photos=delete_photos)
    if not plan.known:
        book.erase()  # what a kill may have left of writing it
        raise GalleryError(_nobody(traces))
    of_nobody = traces.of_nobody(plan.digests)
    unknown_entries = len(traces.cache_entries(of_nobody))
    book.write(plan)
    failed = dict(_carry_out(plan, traces, of_nobody))
    shared = _shared(plan, traces)
    search = _Search(plan, traces, shared, progress)
    receipt = Receipt(
        name=name,
        encodings=len(plan.photos),
        cache_entries=len(plan.cache_entries),
        cache_entries_of_unknown=unknown_entries,
        models=dict(plan.models),
        logs=tuple(sorted(plan.logs)),
        photos_deleted=tuple(sorted(path for path in plan.to_delete if not Path(path).exists())),
        photos_left=tuple(sorted({p.path for p in plan.photos if Path(p.path).exists()})),
        vectors_searched=len(search.vectors),
        digests_searched=len(search.digests),
        files_searched=search.files,
        bytes_searched=search.bytes,
        found_in=tuple(search.found),
        shared=_by_path(plan, shared) | search.alike,
        failed=failed,
        not_read=traces.not_read | search.not_read,
        not_known=tuple(sorted(plan.not_known)),
    )
    if not receipt.unfinished:
        book.erase()
    return receipt


def _carry_out(plan: Plan, traces: Traces, of_nobody: set[str]) -> Iterator[tuple[str, str]]:
    """Takes all steps; yields those that failed and why, which does not end the others."""
    steps: dict[str, Callable[[], None]] = {
        "the gallery": lambda: _forget_in_gallery(traces, plan),
        "the cache": lambda: _forget_in_cache(traces, plan.digests | of_nobody),
        "the models": lambda: _forget_in_models(traces, plan.digests),
        "the logs": lambda: _delete(plan.logs),
        "the photos": lambda: _delete(_deletable(plan, traces)),
    }
    for place, step in steps.items():
        try:
            step()
        except (OSError, Face2VecError) as error:
            yield place, str(error)


def _forget_in_gallery(traces: Traces, plan: Plan) -> None:
    if traces.store is None:
        return
    if traces.is_enrolled:
        traces.store.remove(traces.name)
    if plan.photos:  # a repeat may come after the rows are gone, and before this was done
        recalibrate(traces.store)


def _forget_in_cache(traces: Traces, digests: frozenset[str]) -> None:
    if traces.cache is not None:
        for digest in sorted(digests):
            traces.cache.remove(digest)


def _forget_in_models(traces: Traces, digests: frozenset[str]) -> None:
    for path in traces.knowing:
        smaller = without(traces.models[path], traces.name, digests)
        if smaller is None:
            path.unlink(missing_ok=True)
        else:
            smaller.save(path)


def _deletable(plan: Plan, traces: Traces) -> list[str]:
    return [
        photo.path
        for photo in plan.photos
        if photo.path in plan.to_delete
        and photo.digest not in traces.of_others
        and is_unchanged(photo)
    ]


def _delete(paths: Sequence[str] | frozenset[str]) -> None:
    for path in sorted(paths):
        Path(path).unlink(missing_ok=True)


def _shared(plan: Plan, traces: Traces) -> Shared:
    """Returns the photos that are other people's as well: the same file, or the same vector."""
    shared = {digest: traces.of_others[digest] for digest in plan.digests & traces.of_others.keys()}
    store = traces.store
    length = 0 if store is None else 4 * store.settings.get("length", 0)
    rows = [
        (photo.digest, np.frombuffer(row, np.float32))
        for photo in plan.photos
        for row in plan.vectors.get(photo.digest, ())
        if len(row) == length
    ]
    if store is None or not rows:
        return shared
    nearest = store.nearest(np.stack([row for _, row in rows]))
    for (digest, _), neighbours in zip(rows, nearest, strict=True):
        same = {one.name for one in neighbours if one.nearest == 0}
        if same:
            shared[digest] = tuple(sorted(same.union(shared.get(digest, ()))))
    return shared


def _by_path(plan: Plan, shared: Shared) -> Shared:
    paths = {photo.digest: photo.path for photo in plan.photos}
    return {paths.get(digest, f"the photo {digest}"): names for digest, names in shared.items()}


class _Search:
    """Looks for what is only the person's, in all files.

    Attributes:
        vectors, digests: what was looked for.
        files, bytes: in how many.
        found: files that hold some of it.
        alike: files in the cache that hold such a vector, of a photo of others, and who.
        not_read: files that cannot be read, and why.
    """

    def __init__(self, plan: Plan, traces: Traces, shared: Shared, progress: Progress) -> None:
        self.digests = plan.digests - shared.keys()
        self.vectors = {
            row for digest, rows in plan.vectors.items() if digest not in shared for row in rows
        }
        pieces = (piece for vector in self.vectors for piece in pieces_of(vector))
        self._needles = Needles([*pieces, *(digest.encode() for digest in self.digests)])
        self.bytes = 0
        self.found: list[str] = []
        self.alike: Shared = {}
        self.not_read: dict[str, str] = {}
        files = list(traces.files())
        self.files = len(files)
        for done, path in enumerate(files, start=1):
            try:
                self._look_into(path, traces.of_others)
            except OSError as error:
                self.not_read[str(path)] = f"{path} cannot be read: {error.strerror}."
            progress(done, len(files))

    def _look_into(self, path: Path, of_others: Mapping[str, tuple[str, ...]]) -> None:
        self.bytes += path.stat().st_size
        of = path.parent.name  # in the cache: the digest of the photo
        if of in self.digests:
            self.found.append(str(path))
        elif self._needles.are_in(path):
            if of in of_others:
                self.alike[str(path)] = of_others[of]
            else:
                self.found.append(str(path))


def _folder_of(store: Store | None) -> Path:
    files = store.files() if store is not None else []
    return files[0].parent if files else Path()


def _nobody(traces: Traces) -> str:
    """Returns the sentence for a name that nobody has."""
    sentence = f"nobody named {traces.name} is in the gallery or in a model"
    if not traces.not_read:
        return f"{sentence}: 'face2vec people' says who is."
    return f"{sentence} that can be read, and these cannot: {' '.join(traces.not_read.values())}"
