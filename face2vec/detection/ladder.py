"""The ladder: two quick detectors first, and rescues where they find nothing.

Each rung is tried only when those before it have found nothing. What a rung sees counts when the
landmarks bear it out (`evidence.gather_evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from face2vec.detection.engines import VIOLA_JONES_WINDOW, Engines, Seen
from face2vec.detection.evidence import (
    HOG_FACE,
    HOG_SHARE,
    Evidence,
    Sighting,
    equalised_locally,
    fit,
    gather_evidence,
    plausible,
    settled,
)
from face2vec.detection.landmarks import LandmarkModel
from face2vec.photos.photo import Photo
from face2vec.photos.view import View, around, whole
from face2vec.records import Face

STANDARD_SIDE = 900  # pixels of the long side of the photo that HOG sees
COARSE_SHARE = 0.32  # of the photo's pixels along a side, for Viola-Jones
COARSE_SIDE = 1000  # pixels of the long side that Viola-Jones sees, at most
CNN_SIDE = 600  # pixels of the long side that the CNN sees: it takes a second for these
SURE = 0.5  # HOG score that needs no evidence: no photo without a face came near
DOUBTFUL = -0.6  # HOG score below which there is nothing to look into
STEADY = 0.045  # spread of the fits above which there is no face
CONFIDENT = 0.1  # confidence that a find of the two quick detectors needs,
RESCUED = 0.35  # a find of a rung,
BARELY = -0.2  # and the best one when no rung has found anything better
CNN_CONFIDENT = 0.6
LEAST_FINENESS = 0.08  # that such a find must have: what blurred ground looks like has less
TILT = 30.0  # degrees


@dataclass(frozen=True)
class Look:
    """One look of HOG at the whole photo; see `views.whole`."""

    side: int = STANDARD_SIDE
    pad: float = 0.0
    enlarge: float = 1.0
    turn: float = 0.0
    contrast: bool = False


@dataclass(frozen=True)
class Rung:
    """Looks that are tried together, and the long side at which Viola-Jones looks, if it does."""

    name: str
    looks: tuple[Look, ...]
    viola_jones_side: int = 0


PADDED = (Look(270, pad=0.3, enlarge=20.0), Look(400, pad=0.3, enlarge=20.0))
RUNGS = (
    Rung("padded", PADDED),
    Rung("finer", (Look(1800, enlarge=4.0),), viola_jones_side=2000),
    Rung("contrast", tuple(replace(look, contrast=True) for look in (Look(), *PADDED))),
    Rung(
        "turned",
        tuple(
            replace(look, turn=turn)
            for turn in (90.0, -90.0, 180.0, TILT, -TILT)
            for look in (Look(), *PADDED)
        ),
    ),
)


class Search:
    """The search for the faces of one photo, with what it has seen so far."""

    def __init__(self, photo: Photo, model: LandmarkModel, engines: Engines, min_face: int) -> None:
        self.photo = photo
        self.model = model
        self.engines = engines
        self.min_face = min_face
        self.tried: list[str] = []
        self.accepted: list[tuple[Sighting, np.ndarray]] = []
        self.doubted: list[tuple[Sighting, Evidence]] = []
        self.seen: list[Sighting] = []  # all that any detector saw, for those who want to look
        self.refused: list[tuple[Sighting, str]] = []  # what its landmarks do not bear out, and why

    @property
    def faces(self) -> list[Face]:
        """What is accepted, left to right, large enough."""
        faces = [
            Face(settled(landmarks, sighting).box, landmarks, sighting.found_by)
            for sighting, landmarks in self.accepted
        ]
        large = [face for face in faces if face.box.width >= self.min_face]
        return sorted(large, key=lambda face: face.box.left)

    @property
    def too_small(self) -> float | None:
        """Pixels of the side of what would be a face, were it larger; None if there is nothing."""
        small = [settled(landmarks, sighting).side for sighting, landmarks in self.accepted]
        small += [s.side for s, e in self.doubted if s.found_by == "finer" and e.confidence > 0]
        return max(small, default=None)

    def climb(self) -> None:
        """Tries one rung after the other, until one has found something."""
        self.tried += ["viola-jones+hog", "hog"]
        self._accept(self._quick_sightings(), CONFIDENT)
        for rung in RUNGS:
            if self.accepted:
                return
            self.tried.append(rung.name)
            self._accept(self._rung_sightings(rung), RESCUED)
        if not self.accepted:
            self._accept_doubted()
        if not self.accepted:
            self.by_cnn()

    def by_cnn(self) -> None:
        """Asks dlib's CNN."""
        self.tried.append("cnn")
        view = whole(self.photo.size, CNN_SIDE, enlarge=2.0)
        seen = self.engines.cnn(cv2.cvtColor(self.photo.sample(view), cv2.COLOR_GRAY2RGB))
        for sighting in self._noted(_in_photo(seen, view, "cnn")):
            if sighting.score < CNN_CONFIDENT or self._is_known(sighting):
                continue
            evidence = self._examined(sighting)
            if evidence:
                self.accepted.append((sighting, evidence.landmarks))

    def _quick_sightings(self) -> list[Sighting]:
        """What HOG sees in the photo, and in crops around what Viola-Jones sees."""
        longest = max(self.photo.size)
        side = min(COARSE_SIDE, max(COARSE_SHARE * longest, min(longest, 80)))
        return self._confirmed(self._viola_jones(side, 1.3), self._hog_sightings(Look(), "hog"))

    def _rung_sightings(self, rung: Rung) -> list[Sighting]:
        sightings = [s for look in rung.looks for s in self._hog_sightings(look, rung.name)]
        if rung.viola_jones_side:
            sightings = self._confirmed(self._viola_jones(rung.viola_jones_side, 1.1), sightings)
        return sightings

    def _confirmed(self, proposals: list[Sighting], sightings: list[Sighting]) -> list[Sighting]:
        """Adds to HOG's sightings those that it has in crops around the proposals.

        A proposal where HOG has already seen a face needs no crop.
        """
        for proposal in proposals:
            seen = [s for s in sightings if s.score >= 0 and s.is_of(proposal)]
            both = [
                replace(s, found_by="viola-jones+hog") for s in seen or self._hog_around(proposal)
            ]
            sightings = [s for s in sightings if s not in seen] + both
        return sightings

    def _viola_jones(self, side: float, growth: float) -> list[Sighting]:
        view = whole(self.photo.size, side)
        smallest = max(VIOLA_JONES_WINDOW, int(0.8 * self.min_face / view.step))
        seen = self.engines.viola_jones(self.photo.sample(view), smallest, growth)
        return self._noted(_in_photo(seen, view, "viola-jones"))

    def _hog_around(self, proposal: Sighting) -> list[Sighting]:
        view = around(proposal.centre, proposal.side, turn=0.0, pixels=HOG_FACE, share=HOG_SHARE)
        seen = self.engines.hog(self.photo.sample(view), DOUBTFUL)
        return self._noted(_in_photo(seen, view, "viola-jones+hog"))

    def _hog_sightings(self, look: Look, found_by: str) -> list[Sighting]:
        view = whole(self.photo.size, look.side, pad=look.pad, turn=look.turn, enlarge=look.enlarge)
        grey = self.photo.sample(view)
        if look.contrast:
            grey = equalised_locally(grey)
        return self._noted(_in_photo(self.engines.hog(grey, DOUBTFUL), view, found_by))

    def _noted(self, sightings: list[Sighting]) -> list[Sighting]:
        self.seen += sightings
        return sightings

    def _accept(self, sightings: list[Sighting], needed: float) -> None:
        """Accepts those that are sure, or borne out by evidence; the best one of each face."""
        candidates: list[tuple[Sighting, Evidence]] = []
        for sighting in _best_of_each(sightings):
            if sighting.score < 0 and candidates:
                break  # there are faces: not worth the time
            evidence = self._evidence(sighting)
            if evidence:
                candidates.append((sighting, evidence))
        for sighting, evidence in sorted(candidates, key=lambda c: -c[1].confidence):
            if evidence.confidence < needed:
                self.doubted.append((sighting, evidence))
            elif not self._is_known(sighting):
                self.accepted.append((sighting, evidence.landmarks))

    def _evidence(self, sighting: Sighting) -> Evidence | None:
        """What speaks for a sighting; None where it is no face."""
        if sighting.score >= SURE:
            landmarks, at_rest = fit(self.photo, self.model, sighting)
            if at_rest and plausible(landmarks, sighting):
                return Evidence(landmarks, 0.0, sighting.score, np.inf)
        evidence = self._examined(sighting)
        if evidence is None and sighting.score >= 0:  # HOG sees tilted faces that a fit does not
            tilted = [replace(sighting, turn=sighting.turn + tilt) for tilt in (-TILT, TILT)]
            found = [evidence for evidence in map(self._examined, tilted) if evidence]
            evidence = max(found, key=lambda one: one.confidence, default=None)
        return evidence

    def _examined(self, sighting: Sighting) -> Evidence | None:
        evidence = gather_evidence(self.photo, self.model, self.engines, sighting)
        if evidence.spread > STEADY:
            self.refused.append((sighting, "landmarks come to lie elsewhere at each fit"))
            return None
        if not plausible(evidence.landmarks, sighting):
            self.refused.append((sighting, "landmarks there make no face"))
            return None
        return evidence

    def _accept_doubted(self) -> None:
        """Takes the best of what no rung was confident of, if there is something to it."""
        self.tried.append("low threshold")
        doubted = [
            (sighting, evidence)
            for sighting, evidence in self.doubted
            if sighting.found_by != "finer" and evidence.fineness > LEAST_FINENESS
        ]
        if not doubted:
            return
        sighting, evidence = max(doubted, key=lambda both: both[1].confidence)
        if evidence.confidence >= BARELY:
            found = replace(sighting, found_by="low threshold")
            self.accepted.append((found, evidence.landmarks))

    def _is_known(self, sighting: Sighting) -> bool:
        return any(sighting.is_of(other) for other, _ in self.accepted)


def _in_photo(seen: list[Seen], view: View, found_by: str) -> list[Sighting]:
    centres = view.to_photo(np.array([found[:2] for found in seen]).reshape(-1, 2))
    return [
        Sighting(centre, side * view.step, view.turn, score, found_by)
        for centre, (_, _, side, score) in zip(centres, seen, strict=True)
    ]


def _best_of_each(sightings: list[Sighting]) -> list[Sighting]:
    """Leaves one sighting, the best, of each face, the best first."""
    kept: list[Sighting] = []
    for sighting in sorted(sightings, key=lambda s: -s.score):
        if not any(sighting.is_of(other) for other in kept):
            kept.append(sighting)
    return kept
