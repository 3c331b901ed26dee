"""What the pictures of one photo are drawn from: its pixels, what the detectors saw, its face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from face2vec.detection.detector import Detection
from face2vec.detection.evidence import Sighting
from face2vec.detection.ladder import Search
from face2vec.encoders.chips import cut_chip
from face2vec.errors import NoFaceError
from face2vec.photos.photo import Photo
from face2vec.reading.reader import Reader
from face2vec.records import Box, Face

CHIP_SIDE, CHIP_PADDING = 150, 0.25  # of the chip that dlib's network is given


@dataclass(frozen=True)
class Sighted:
    """A place where a detector saw a face.

    Attributes:
        step: the detector or rung.
        box: in pixels of the photo.
        turn: degrees, against the clock, by which the photo was turned.
        score: the detector's; 0 for Viola-Jones, which gives none.
        kept: whether it became a face.
        why: a clause that says why it did or did not.
    """

    step: str
    box: Box
    turn: float
    score: float
    kept: bool
    why: str

    def as_dict(self) -> dict[str, object]:
        """Returns it as JSON has it."""
        return {**vars(self), "box": self.box.as_dict()}


class Subject:
    """A photo and all that is found in it.

    Args:
        photo: the photo.
        reader: finds and encodes.

    Raises:
        PhotoError: the photo cannot be decoded.
    """

    def __init__(self, photo: Photo, reader: Reader) -> None:
        self.photo = photo
        self.reader = reader
        search = reader.detector.search(photo)
        self.found: Detection = reader.detector.outcome(search)
        self.sighted = sightings(search)

    @classmethod
    def open(cls, path: Path, reader: Reader) -> Subject:
        """Reads a file.

        Raises:
            PhotoError: it is missing or no photo.
        """
        return cls(Photo.open(path), reader)

    @cached_property
    def face(self) -> Face:
        """The largest face.

        Raises:
            NoFaceError: there is none.
        """
        if self.found.reason is not None:
            raise NoFaceError(
                f"{self.found.reason.value} in {self.photo.name} ({self.found.detail})."
            )
        return max(self.found.faces, key=lambda face: face.box.area)

    @cached_property
    def chip(self) -> np.ndarray:
        """(150, 150, 3) uint8, red first: the largest face, upright."""
        return cut_chip(self.photo.rgb, self.face.landmarks, CHIP_SIDE, CHIP_PADDING)

    @cached_property
    def vector(self) -> np.ndarray:
        """(d,) float32, the encoding of the largest face."""
        return self.reader.encoder.encode(self.photo, [self.face])[0]

    def shown(self, side: int) -> np.ndarray:
        """Returns the photo, red first, made smaller where its long side is more than `side`."""
        return _at_most(self.photo.rgb, side)

    def grey(self, side: int) -> np.ndarray:
        """Returns the photo in grey, made smaller where its long side is more than `side`."""
        return _at_most(self.photo.grey, side)


@dataclass(frozen=True)
class Options:
    """What is drawn besides the stage itself.

    Attributes:
        numbers: with landmarks, the number of each.
        beside: a second photo, for encodings.
        small: the picture is one of many on a sheet, which has a title of its own.
    """

    numbers: bool = False
    beside: Subject | None = None
    small: bool = False


def sightings(search: Search) -> list[Sighted]:
    """Returns what each detector saw, in the order in which they looked, and what became of it."""
    return [_sighted(one, search) for one in search.seen]


def _sighted(one: Sighting, search: Search) -> Sighted:
    accepted = [kept for kept, _ in search.accepted]
    kept = any(_same(one, other) for other in accepted)
    return Sighted(
        one.found_by, one.box, one.turn, one.score, kept, "kept" if kept else _why(one, search)
    )


def _why(one: Sighting, search: Search) -> str:
    for other, _ in search.accepted:
        if one.is_of(other) and one.found_by == "viola-jones":
            return "proposed; HOG bears it out"
        if one.is_of(other):
            return f"seen better by {other.found_by}"
    for other, evidence in search.doubted:
        if one.is_of(other):
            return f"too little speaks for it (confidence {evidence.confidence:.2f})"
    for other, reason in search.refused:
        if one.is_of(other):
            return reason
    if one.found_by == "viola-jones":
        return "HOG sees no face there"
    return "not looked into, as there are surer ones"


def _same(one: Sighting, other: Sighting) -> bool:
    """Tells whether one is what became the other, which may bear a name of two detectors."""
    return bool(one.score == other.score and np.allclose(one.centre, other.centre))


def _at_most(pixels: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = [max(1, round(length * scale)) for length in reversed(pixels.shape[:2])]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def seen_steps(sighted: Sequence[Sighted]) -> list[str]:
    """Returns the steps that saw anything, each once, in their order."""
    return list(dict.fromkeys(one.step for one in sighted))
