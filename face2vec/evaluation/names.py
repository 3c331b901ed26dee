"""What the vectors of labelled faces say about their names: wrong ones, double ones, look-alikes.

Works through any number of faces a block at a time.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from face2vec.distance import distance
from face2vec.evaluation.close import close_pairs
from face2vec.gallery.comparison import PLAIN, Comparison
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.records import Neighbour

LOOK_ALIKES_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """Something about photos or people.

    Attributes:
        kind: a few words, the same for all findings of a kind.
        wrong: whether it should be put right; otherwise it is worth knowing.
        photos: the photos that it is about; empty where it is about people.
        people: the people that it is about.
        detail: a clause with the figures.
    """

    kind: str
    wrong: bool
    photos: tuple[str, ...]
    people: tuple[str, ...]
    detail: str

    def as_dict(self) -> dict[str, object]:
        """Returns the finding as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Limits:
    """Distances that mean something.

    Attributes:
        one_person: below it two photos show one person, whatever their names say.
        unlike: above it a photo is unlike its person's others; two people nearer look alike.
    """

    one_person: float
    unlike: float


class LabelledFaces:
    """Faces with names, and how far each is from its person's others and from other people.

    Args:
        names: (n,) the person on each photo.
        vectors: (n, d) float32.
        photos: (n,) where each photo is.
        comparison: by which it is decided who a face is nearer to; how far, is said plainly.
    """

    def __init__(
        self,
        names: Sequence[str],
        vectors: np.ndarray,
        photos: Sequence[str],
        comparison: Comparison = PLAIN,
    ) -> None:
        self.names = names
        self.vectors = vectors
        self.photos = photos
        self.comparison = comparison
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(names):
            rows.setdefault(name, []).append(row)
        self.rows: Mapping[str, list[int]] = rows

    @cached_property
    def people(self) -> PeopleMatrix:
        """Everybody, for searches."""
        people = {name: self.vectors[own] for name, own in self.rows.items()}
        return PeopleMatrix.of_people(people, self.comparison)

    def apart(self, one: int, other: int) -> float:
        """Returns the distance between two faces."""
        return float(distance(self.vectors[one], self.vectors[other]))

    def to_own(self, index: int) -> Neighbour | None:
        """Returns how far the others of the same name are; None where there are none."""
        others = [row for row in self.rows[self.names[index]] if row != index]
        if not others:
            return None
        name = self.names[index]
        return self.comparison.neighbour(name, self.vectors[others], self.vectors[index])

    def nearest_others(self) -> list[Neighbour | None]:
        """Returns for each face the nearest person of another name; None where there is nobody."""
        found = self.people.nearest(self.vectors, 2)
        return [
            next((one for one in near if one.name != name), None)
            for name, near in zip(self.names, found, strict=True)
        ]


def wrong_names(faces: LabelledFaces, limits: Limits) -> list[Finding]:
    """Finds photos that are nearer to somebody else, or far from all others of their name."""
    findings = []
    for index, (name, other) in enumerate(zip(faces.names, faces.nearest_others(), strict=True)):
        own, photos = faces.to_own(index), (faces.photos[index],)
        if own is None:
            continue
        if other and other.distance < own.distance:
            detail = f"distance {own.distance:.3f} to {name}, {other.distance:.3f} to {other.name}"
            findings.append(Finding("wrong name?", True, photos, (name, other.name), detail))
        elif own.euclidean > limits.unlike:
            detail = f"distance {own.euclidean:.3f} to the others"
            findings.append(Finding("unlike the others", True, photos, (name,), detail))
    return findings


def one_face_two_names(faces: LabelledFaces, limits: Limits) -> list[Finding]:
    """Finds photos of one person under two names; each is told once."""
    findings, told = [], set()
    for one, other, apart in close_pairs(faces.vectors, limits.one_person):
        people = faces.names[one], faces.names[other]
        if people[0] == people[1] or other in told:
            continue
        told.add(other)
        photos = faces.photos[one], faces.photos[other]
        detail = f"distance {apart:.3f}"
        findings.append(Finding("one face, two names", True, photos, people, detail))
    return findings


def look_alikes(faces: LabelledFaces, limits: Limits) -> list[Finding]:
    """Finds the pairs of people who are nearest to each other, if they are near at all."""
    names = list(faces.rows)
    means = np.array([faces.vectors[own].mean(axis=0) for own in faces.rows.values()])
    if not len(means):
        return []
    pairs = ((apart, one, other) for one, other, apart in close_pairs(means, limits.unlike))
    return [
        Finding(
            "look-alikes",
            False,
            (),
            (names[one], names[other]),
            f"distance of their means {apart:.3f}",
        )
        for apart, one, other in heapq.nsmallest(LOOK_ALIKES_SHOWN, pairs)
    ]
