"""The records that travel between the packages: frozen, and checked once, at construction.

Coordinates are pixels of the turned photo (after its EXIF orientation has been obeyed), x to the
right and y down, from the centre of the top left pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from face2vec.decisions import DistanceThreshold, ProbabilityThreshold
from face2vec.text import shown

Recipe = Mapping[str, Any]  # all that a result depends on, as plain values
LANDMARKS = 68
SUBJECTS = ("largest", "central", "only")  # faces that may be meant in a photo of one person
LIKE_SIZE = 0.85  # of the largest face's side: a face so large may be the one that is meant


class Reason(str, Enum):
    """Why a photo has no answer.

    >>> Reason.NO_FACE.value
    'no face'
    """

    NO_FACE = "no face"
    TOO_SMALL = "face too small"
    TOO_DARK = "too dark"
    BLURRED = "too blurred"
    TURNED_AWAY = "turned away"
    SEVERAL_FACES = "several faces of like size"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; `right` and `bottom` are exclusive. It may reach beyond the photo.

    >>> Box(left=10, top=20, right=30, bottom=50).area
    600
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(f"expected left < right and top < bottom, got {self}")

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return self.width * self.height

    def as_dict(self) -> dict[str, int]:
        return {"left": self.left, "top": self.top, "right": self.right, "bottom": self.bottom}


@dataclass(frozen=True, eq=False)
class Face:
    """One face in a photo.

    Attributes:
        box: where the detector saw it.
        landmarks: the 68 points of the iBUG 300-W mark-up, (68, 2) float64, columns x and y.
        found_by: the detection step that found it, e.g. ``viola-jones+hog``.

    >>> face = Face(Box(0, 0, 9, 9), np.zeros((68, 2)), "hog")
    >>> face.landmarks.shape
    (68, 2)
    """

    box: Box
    landmarks: np.ndarray
    found_by: str

    def __post_init__(self) -> None:
        expect_shape("landmarks", self.landmarks, (LANDMARKS, 2))


@dataclass(frozen=True, eq=False)
class Encoding:
    """A face and the vector that an encoder made of it: (d,) float32."""

    face: Face
    vector: np.ndarray

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(
                f"expected a float32 vector, got {self.vector.dtype} of shape {self.vector.shape}"
            )
        if not np.isfinite(self.vector).all():
            raise ValueError("expected finite numbers in the vector, got NaN or infinity")


@dataclass(frozen=True, eq=False)
class Reading:
    """What one photo gave: its encodings, left to right, or the reason why there are none.

    Attributes:
        path: the file (an empty path for an array).
        digest: hex digest of the file's bytes; empty where they could not be read.
        encodings: one for each face, left to right.
        reason: None where there is at least one face.
        detail: a sentence for people about the reason.
        size: of the turned photo in pixels, width and height; known where `subject` is ``central``.
        subject: which face is meant where there are several, one of `SUBJECTS`.
    """

    path: Path
    digest: str
    encodings: tuple[Encoding, ...]
    reason: Reason | None = None
    detail: str = ""
    size: tuple[int, int] = (0, 0)
    subject: str = SUBJECTS[0]

    def __post_init__(self) -> None:
        if bool(self.encodings) == (self.reason is not None):
            raise ValueError(
                f"expected either encodings or a reason, got {len(self.encodings)} encodings "
                f"and reason {self.reason}"
            )

    def for_one_person(self) -> Reading:
        """Returns the reading of the face that is meant, or one that says that this is open.

        With the subject ``largest`` it is open where another face is about as large; with ``only``
        where there are several; with ``central`` the face nearest to the photo's middle is meant.
        """
        if self.subject == "central" and self.encodings:
            return replace(self, encodings=(min(self.encodings, key=self._from_the_middle),))
        if self.subject == "only" and len(self.encodings) > 1:
            detail = (
                f"{len(self.encodings)} faces in {shown(self.path)}, and one alone is asked for"
            )
            return replace(self, encodings=(), reason=Reason.SEVERAL_FACES, detail=detail)
        widths = sorted((encoding.face.box.width for encoding in self.encodings), reverse=True)
        rivals = sum(width >= LIKE_SIZE * widths[0] for width in widths)
        if rivals < 2:
            return self
        detail = (
            f"{Reason.SEVERAL_FACES.value} in {shown(self.path)} ({rivals}): "
            "crop it to the one that is meant"
        )
        return replace(self, encodings=(), reason=Reason.SEVERAL_FACES, detail=detail)

    def _from_the_middle(self, encoding: Encoding) -> float:
        box, (width, height) = encoding.face.box, self.size
        return abs(complex(box.left + box.right - width, box.top + box.bottom - height))

    @property
    def largest(self) -> Encoding:
        """The encoding of the largest face; only where there is one."""
        return max(self.encodings, key=lambda encoding: encoding.face.box.area)


@dataclass(frozen=True)
class Candidate:
    """A name and its probability, 0 to 1."""

    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The answer for one face.

    Attributes:
        name: None where nobody known is meant (unknown).
        probability: of the likeliest person, 0 to 1; see `counts_strangers`.
        threshold: what `probability` had to reach; None where no threshold is set.
        candidates: the people from likeliest to least likely, as many as were asked for.
        conflict: the name that another face in the photo has a better claim to, or None.
        counts_strangers: whether probabilities are the chance to be right where half of the faces
            are strangers', or, where the model has not learnt to tell those, among the people it
            knows alone.
    """

    box: Box
    found_by: str
    name: str | None
    probability: float
    threshold: ProbabilityThreshold | None
    candidates: tuple[Candidate, ...]
    conflict: str | None = None
    counts_strangers: bool = False

    @property
    def runner_up(self) -> Candidate | None:
        return self.candidates[1] if len(self.candidates) > 1 else None


@dataclass(frozen=True)
class Answer:
    """The predictions for one photo, left to right, or the reason why there are none."""

    path: Path
    faces: tuple[Prediction, ...]
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Neighbour:
    """An enrolled person, seen from a probe.

    Attributes:
        nearest: Euclidean distance from the probe to the nearest of the person's encodings.
        to_mean: distance to the mean of them.
        photos: how many encodings there are.
        by_ratio: distance by the ratio of likelihoods, which knows the number of photos; None
            where plain distances are compared.
    """

    name: str
    nearest: float
    to_mean: float
    photos: int
    by_ratio: float | None = None

    @property
    def distance(self) -> float:
        """What a threshold is compared with: `by_ratio`, or else the plain distance."""
        return self.euclidean if self.by_ratio is None else self.by_ratio

    @property
    def closest(self) -> float:
        """The smallest distance that is known by the rule of comparison."""
        return self.nearest if self.by_ratio is None else self.by_ratio

    @property
    def euclidean(self) -> float:
        """The plain distance: halfway between `nearest` and `to_mean`.

        The nearest alone trusts one odd photo, the mean alone forgets that a face has many looks.
        With one photo all three are the same.
        """
        return (self.nearest + self.to_mean) / 2


@dataclass(frozen=True)
class Match:
    """The answer of a gallery for one face.

    Attributes:
        name: None where nobody enrolled is near enough (unknown).
        threshold: what the distance of the nearest person may be at most.
        neighbours: the people from nearest to farthest, as many as were asked for.
        conflict: the name that another face in the photo has a better claim to, or None.
        fpir: estimated share of strangers who get a name in this gallery at this threshold; None
            where nothing is known of it.
        calibration: what the threshold and its rate are from, a clause.
        compare: how the distances were found, ``ratio`` or ``euclidean``.
        score: the share of different people who are as near as this; None where it is not known.
    """

    box: Box
    found_by: str
    name: str | None
    threshold: DistanceThreshold
    neighbours: tuple[Neighbour, ...]
    conflict: str | None = None
    fpir: float | None = None
    calibration: str = ""
    compare: str = "euclidean"
    score: float | None = None

    @property
    def distance(self) -> float | None:
        """To the nearest person; None where nobody is enrolled."""
        return self.neighbours[0].distance if self.neighbours else None

    @property
    def runner_up(self) -> Neighbour | None:
        return self.neighbours[1] if len(self.neighbours) > 1 else None


@dataclass(frozen=True)
class Identification:
    """The matches for one photo, left to right, or the reason why there are none."""

    path: Path
    faces: tuple[Match, ...]
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Verification:
    """Whether two are the same person.

    Attributes:
        distance: between the two.
        threshold: what it may be at most.
        fmr: estimated share of pairs of different people that would be called the same at this
            threshold; None where nothing is known of it.
        calibration: what the threshold and its rate are from, a clause.
        compare: how the distance was found, ``ratio`` or ``euclidean``.
        euclidean: the plain distance between the two; None where it is not known.
        score: the share of different people who are as near: the false-match rate at which this
            pair would just pass; None where it is not known.

    >>> Verification(True, 0.4, DistanceThreshold(0.6), None).same
    True
    """

    same: bool
    distance: float
    threshold: DistanceThreshold
    fmr: float | None
    calibration: str = ""
    compare: str = "euclidean"
    euclidean: float | None = None
    score: float | None = None


def expect_shape(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raises ValueError unless `array` has this shape and finite numbers."""
    if array.shape != shape:
        raise ValueError(f"expected {name} of shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers in {name}, got NaN or infinity")
