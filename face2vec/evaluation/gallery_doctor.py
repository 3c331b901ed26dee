"""Looks through a gallery, and says which of its names are not to be trusted; changes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from face2vec.errors import GalleryError
from face2vec.evaluation.names import (
    Finding,
    LabelledFaces,
    Limits,
    look_alikes,
    one_face_two_names,
    wrong_names,
)
from face2vec.gallery.calibration import sample_people, suspicion_limit
from face2vec.gallery.chosen import Chosen
from face2vec.gallery.gallery import Gallery
from face2vec.gallery.stock import stock_for
from face2vec.gallery.store import Person

UNLIKE = 0.01  # rate at which different people are as near as somebody's photos should be


@dataclass(frozen=True)
class GalleryExamination:
    """All that was found in a gallery.

    Attributes:
        people, photos: how many are enrolled.
        chosen: the threshold for a face against everybody; None where none is known.
        findings: what is wrong, or worth knowing.
    """

    people: int
    photos: int
    chosen: Chosen | None
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def distrusted(self) -> tuple[str, ...]:
        """The people whose names or photos look wrong, sorted."""
        wrong = {name for one in self.findings if one.wrong for name in one.people}
        return tuple(sorted(wrong))

    @property
    def summary(self) -> list[str]:
        """Returns what was looked at, in sentences, who is not to be trusted first."""
        lines = [f"photos: {self.photos}, people: {self.people}"]
        if self.distrusted:
            lines.insert(0, f"not to be trusted as it stands: {', '.join(self.distrusted)}")
        return lines + ([self.chosen.sentence] if self.chosen else [])

    def as_dict(self) -> dict[str, object]:
        """Returns the examination as JSON has it."""
        return {
            "healthy": self.healthy,
            "photos": self.photos,
            "people": self.people,
            "distrusted": self.distrusted,
            "threshold": self.chosen and asdict(self.chosen),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def examine_gallery(gallery: Gallery) -> GalleryExamination:
    """Examines who is enrolled: wrong names, one face or photo under two names, look-alikes."""
    people = gallery.people()
    faces = _faces(gallery, people)
    findings: list[Finding] = []
    if len(people) > 1:
        limits = _limits(gallery, people)
        findings = [
            *_same_photos(people),
            *one_face_two_names(faces, limits),
            *wrong_names(faces, limits),
            *look_alikes(faces, limits),
        ]
    return GalleryExamination(len(people), len(faces.names), _chosen(gallery), tuple(findings))


def _faces(gallery: Gallery, people: list[Person]) -> LabelledFaces:
    names = [person.name for person in people for _ in person.photos]
    photos = [photo.path for person in people for photo in person.photos]
    vectors = [gallery.store.encodings(person.name) for person in people]
    stacked = np.concatenate(vectors) if vectors else np.empty((0, 0))
    return LabelledFaces(names, stacked, photos, gallery.comparison)


def _limits(gallery: Gallery, people: list[Person]) -> Limits:
    sample = sample_people({p.name: len(p.photos) for p in people}, gallery.store.encodings)
    stock = stock_for(gallery.recipe)  # plain distances are looked at here
    unlike = stock.threshold(UNLIKE) if stock else gallery.highest
    return Limits(suspicion_limit(sample, stock), float(unlike))


def _chosen(gallery: Gallery) -> Chosen | None:
    try:
        return gallery.chosen
    except GalleryError:
        return None  # the encoder has no threshold yet


def _same_photos(people: list[Person]) -> list[Finding]:
    """Photos that two people have: one of them is not in it, or they are one person."""
    first: dict[str, tuple[str, str]] = {}
    findings = []
    for person in people:
        for photo in person.photos:
            name, path = first.setdefault(photo.digest, (person.name, photo.path))
            if name != person.name:
                names, paths = (name, person.name), (path, photo.path)
                findings.append(
                    Finding("one photo, two names", True, paths, names, "the same photo")
                )
    return findings
