"""Tracks: one face from where it comes into the picture to where it leaves it or the film is cut.

Between two detections a face is followed by optical flow. What is detected is given to the track
that is nearest, of those that are there and those that were lost a moment ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from face2vec.video.finder import SURE, Found
from face2vec.video.flow import Place, follow, likeness, square

NEAR = 0.5  # of the side: how far a face may be from where its track expects it,
NEAR_LOST = 0.9  # and from where its track was lost
LIKE_SIZE = 1.7  # factor between two sizes of one face
SAME = 0.45  # overlap from which two tracks are of one face
CROSSING = 0.05  # overlap from which two faces may be taken for each other
LOST = 1.0  # seconds for which a face that was lost may come back to its track
LEAST_LIKENESS = 0.3  # correlation with what was detected last; a head that turns changes much
UNSEEN = 2.0  # seconds for which a face is followed that the detector sees no more


@dataclass(frozen=True, eq=False)
class Look:
    """One encoding of a track: (d,) float32, and how good the view of the face was."""

    vector: np.ndarray
    quality: float


@dataclass(eq=False)
class Track:
    """One face through the frames.

    Attributes:
        number: from 1 on.
        place: where it is, in pixels of the frame.
        landmarks: (68, 2), moved with the face since they were fitted.
        confirmed: time of the last detection.
        seen: time of the last frame in which it was followed or detected.
        sure: whether it is a face for certain, or needs a second detection.
        pattern: what was there when it was detected last, see `flow.square`; None before it was
            followed.
        lost: whether it is not seen at present.
        doubtful: whether it may have been taken for another face since its last encoding.
        looks: its best encodings.
        tried: time of its last encoding.
        claim: the nearest person and the distance (or probability); None where nobody is known.
        name: what it is called; None for unknown.
        conflict: the name that another track has a better claim to, or None.
        barred: names that others had a better claim to while both were seen, and that claim.
        ended: whether it is over.
    """

    number: int
    place: Place
    landmarks: np.ndarray
    confirmed: float
    seen: float
    sure: bool = False
    pattern: np.ndarray | None = None
    lost: bool = False
    doubtful: bool = False
    looks: list[Look] = field(default_factory=list)
    latest: np.ndarray | None = None
    tried: float = -np.inf
    claim: tuple[str, float] | None = None
    name: str | None = None
    conflict: str | None = None
    barred: dict[str, float] = field(default_factory=dict)
    ended: bool = False

    @property
    def vectors(self) -> np.ndarray:
        """Its encodings, (n, d) float32."""
        return np.array([look.vector for look in self.looks], dtype=np.float32)

    @property
    def weights(self) -> np.ndarray:
        """How good each view was, (n,) float64."""
        return np.array([look.quality for look in self.looks])

    @property
    def mean(self) -> np.ndarray:
        """The mean of its encodings, the better views counting more: (d,) float64."""
        return np.average(self.vectors, axis=0, weights=self.weights)

    def move(self, place: Place, time: float) -> None:
        """Follows the face, its landmarks with it."""
        centre, new = np.array([self.place.x, self.place.y]), np.array([place.x, place.y])
        self.landmarks = (self.landmarks - centre) * (place.side / self.place.side) + new
        self.place, self.seen = place, time

    def confirm(self, found: Found, time: float) -> None:
        """Takes what was detected for this face."""
        self.doubtful = self.doubtful or self.lost
        self.sure = True if self.looks else self.sure or found.score >= SURE
        self.place, self.landmarks = found.place, found.face.landmarks
        self.confirmed = self.seen = time
        self.lost = False
        self.pattern = None


class Tracker:
    """Keeps the tracks of a film, frame by frame."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._count = 0

    @property
    def visible(self) -> list[Track]:
        """The tracks that are seen in this frame, sure ones and others."""
        return [track for track in self.tracks if not track.lost]

    @property
    def expected(self) -> list[Place]:
        """Where faces should be."""
        return [track.place for track in self.tracks]

    def advance(self, before: np.ndarray, after: np.ndarray, scale: float, time: float) -> bool:
        """Follows all faces into the next frame; returns whether one was lost."""
        visible = self.visible
        for track in visible:
            if track.pattern is None:
                track.pattern = square(before, track.place, scale)
        places = follow(before, after, [track.place for track in visible], scale)
        height, width = (length / scale for length in after.shape)
        for track, place in zip(visible, places, strict=True):
            inside = place and 0 < place.x < width and 0 < place.y < height
            if place and inside and _is_like(track, after, place, scale):
                track.move(place, time)
            else:
                track.lost = True
        self._mark_crossings()
        self._end(time)
        return any(track.lost for track in visible)

    def confirm(self, found: Sequence[Found], time: float) -> list[tuple[Track, Found]]:
        """Gives what was detected to the tracks; what is nobody's begins a new one.

        Returns:
            The detections, each with its track.
        """
        matched = self._matched(found)
        taken = {id(track) for track, _ in matched}
        for track, one in matched:
            track.sure = track.sure or len(track.looks) > 0
            track.confirm(one, time)
        for track in self.tracks:
            if id(track) not in taken and not track.lost:
                rival = any(track.place.overlap(other.place) > SAME for other, _ in matched)
                track.lost = track.lost or rival or not track.sure
        mine = {id(one) for _, one in matched}
        for one in found:
            if id(one) not in mine:
                matched.append((self.begin(one, time), one))
        self._end(time)
        return matched

    def begin(self, found: Found, time: float) -> Track:
        """Begins a track with a face that was detected."""
        self._count += 1
        sure = found.score >= SURE
        track = Track(self._count, found.place, found.face.landmarks, time, time, sure)
        self.tracks.append(track)
        return track

    def end(self, tracks: Sequence[Track]) -> None:
        """Ends tracks."""
        for track in tracks:
            track.ended = True
        self.tracks = [track for track in self.tracks if not track.ended]

    def _matched(self, found: Sequence[Found]) -> list[tuple[Track, Found]]:
        """Pairs tracks and detections, the nearest first."""
        pairs = []
        for track in self.tracks:
            for one in found:
                gap = _gap(track.place, one.place)
                if gap < (NEAR_LOST if track.lost else NEAR):
                    pairs.append((gap + 0.5 * track.lost, track, one))
        matched: list[tuple[Track, Found]] = []
        for _, track, one in sorted(pairs, key=lambda pair: pair[0]):
            if all(track is not other and one is not its for other, its in matched):
                matched.append((track, one))
        return matched

    def _mark_crossings(self) -> None:
        for i, track in enumerate(self.tracks):
            for other in self.tracks[i + 1 :]:
                if track.place.overlap(other.place) > CROSSING:
                    track.doubtful = other.doubtful = True

    def _end(self, time: float) -> None:
        self.end(
            [
                track
                for track in self.tracks
                if time - track.seen > LOST
                or time - track.confirmed > UNSEEN
                or (track.lost and not track.sure)
            ]
        )


def _is_like(track: Track, grey: np.ndarray, place: Place, scale: float) -> bool:
    assert track.pattern is not None
    return likeness(track.pattern, square(grey, place, scale)) >= LEAST_LIKENESS


def _gap(one: Place, other: Place) -> float:
    """How far two faces are apart, in sides; infinite where their sizes differ much."""
    if not 1 / LIKE_SIZE < one.side / other.side < LIKE_SIZE:
        return np.inf
    return max(abs(one.x - other.x), abs(one.y - other.y)) / max(one.side, other.side)
