"""What becomes of photos that are to be enrolled, and which of them look like somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from face2vec.decisions import DistanceThreshold
from face2vec.gallery.comparison import Comparison
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.store import Compared, Store, key_of
from face2vec.records import Neighbour, Reading

LOOKED_AT = 4  # people near to a photo, among whom are its own name and those that come later


@dataclass(frozen=True)
class Doubt:
    """A photo that may be somebody else's.

    Attributes:
        name: whose it is said to be.
        path, digest: of the photo.
        other: the name that it is as near to.
        distance: from that person; None where that person has the very same photo.
        threshold: within which it is.
    """

    name: str
    path: Path
    digest: str
    other: str
    distance: float | None
    threshold: float | None

    @property
    def sentence(self) -> str:
        """What is doubtful."""
        if self.distance is None:
            return f"{self.path} is to be {self.name}, and {self.other} has the same photo"
        return (
            f"{self.path} is to be {self.name}, and is like {self.other}: distance "
            f"{self.distance:.3f}, threshold {self.threshold:.3f}"
        )


@dataclass(frozen=True)
class Enrolment:
    """What became of the photos that were to be enrolled.

    Attributes:
        added: encodings that are new in the gallery.
        known: photos that the person had already.
        crowded: photos with several faces, of which the largest was taken.
        without_face: path and reason of the photos that gave nothing.
        doubtful: photos that look like somebody else's, and were left out.
    """

    name: str
    added: int
    known: int
    crowded: tuple[Path, ...]
    without_face: tuple[tuple[Path, str], ...]
    doubtful: tuple[Doubt, ...] = ()


Confirm = Callable[[Sequence[Doubt]], bool]


def never(doubts: Sequence[Doubt]) -> bool:
    """Enrols no doubtful photo."""
    return False


def anyway(doubts: Sequence[Doubt]) -> bool:
    """Enrols doubtful photos like all others."""
    return True


def doubts_about(
    batch: Mapping[str, Sequence[Reading]],
    searcher: Compared,
    threshold: DistanceThreshold | None,
) -> list[Doubt]:
    """Finds the photos that are within the threshold of another name, or are another's photo.

    A photo that is nearer to others of its own name is not doubted, unless half of the name's
    photos are as near to the same other name.

    Args:
        batch: the readings that are to be enrolled, each with one face that is meant, by name.
        searcher: knows who is enrolled.
        threshold: None where none is known; then only the same photos are found.
    """
    owners = _owners(batch, searcher.store)
    doubts = []
    for name, seen in _beside(batch, searcher).items():
        new = [one for one in seen if not _has(owners[one.reading.digest].enrolled, name)]
        same = [one for one in new if _differ(owners[one.reading.digest].first, name)]
        for one in same:
            photo = one.reading.path, one.reading.digest
            doubts.append(Doubt(name, *photo, owners[one.reading.digest].first, None, None))
        near = [one for one in seen if one.within(threshold)]
        counts = Counter(one.other.name for one in near if one.other)
        for one in near:
            assert one.other is not None
            half = 2 * counts[one.other.name] >= len(seen)
            if one in new and one not in same and (half or one.other.distance <= one.own):
                photo = one.reading.path, one.reading.digest
                doubts.append(Doubt(name, *photo, one.other.name, one.other.distance, threshold))
    return doubts


@dataclass(frozen=True, eq=False)
class _Beside:
    """A photo, beside the others of its name and the nearest other name."""

    reading: Reading
    own: float
    other: Neighbour | None

    def within(self, threshold: DistanceThreshold | None) -> bool:
        if threshold is None or self.other is None:
            return False
        return bool(threshold.accepts(self.other.distance))


class _Owners(NamedTuple):
    """Who has a photo.

    Attributes:
        enrolled: the names that have it already.
        first: who had it first, of those and of the batch.
    """

    enrolled: tuple[str, ...]
    first: str


def _owners(batch: Mapping[str, Sequence[Reading]], store: Store) -> dict[str, _Owners]:
    """Returns who has each photo of the batch, by digest."""
    enrolled: dict[str, tuple[str, ...]] = {}
    for person in store.people():
        for photo in person.photos:
            enrolled[photo.digest] = (*enrolled.get(photo.digest, ()), person.name)
    owners: dict[str, _Owners] = {}
    for name, readings in batch.items():
        for reading in readings:
            names = enrolled.get(reading.digest, ())
            owners.setdefault(reading.digest, _Owners(names, names[0] if names else name))
    return owners


def _beside(batch: Mapping[str, Sequence[Reading]], searcher: Compared) -> dict[str, list[_Beside]]:
    """Looks at each photo beside those enrolled, and those of the names before it in the batch."""
    vectors = {
        name: np.array([reading.largest.vector for reading in readings], dtype=np.float32)
        for name, readings in batch.items()
        if readings
    }
    together = PeopleMatrix.of_people(vectors, searcher.comparison)
    earlier: set[str] = set()
    beside: dict[str, list[_Beside]] = {}
    for name, rows in vectors.items():
        enrolled, new = searcher.nearest(rows, 2), together.nearest(rows, LOOKED_AT)
        beside[name] = []
        for row, reading in enumerate(batch[name]):
            near = enrolled[row] + [one for one in new[row] if one.name in earlier]
            own = [one.closest for one in near if not _differ(one.name, name)]
            others = [one for one in near if _differ(one.name, name)]
            other = min(others, key=lambda one: one.distance, default=None)
            beside[name].append(
                _Beside(reading, min([_to_rest(rows, row, searcher.comparison), *own]), other)
            )
        earlier.add(name)
    return beside


def _to_rest(own: np.ndarray, row: int, comparison: Comparison) -> float:
    """Returns the distance of a photo to the nearest other of its name; infinite for the only."""
    others = np.delete(own, row, axis=0)
    return float(comparison.apart(others, own[row]).min()) if len(others) else float("inf")


def _has(names: Sequence[str], name: str) -> bool:
    return any(not _differ(one, name) for one in names)


def _differ(one: str, other: str) -> bool:
    return key_of(one) != key_of(other)
