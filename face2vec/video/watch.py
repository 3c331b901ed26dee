"""Watching: frames in, frames with named tracks out.

Faces are detected on every k-th frame and after each cut, and followed in between. Where a file is
written, frames wait in a short buffer, so that a name that is settled a little later is put on
the whole track, and a face is followed backwards to where it came into the picture.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from face2vec.photos.photo import Photo
from face2vec.video.cuts import Cuts
from face2vec.video.finder import Finder
from face2vec.video.flow import Place, follow, likeness, small_grey, square
from face2vec.video.frames import Frame, TrackedFace, Watched
from face2vec.video.namers import Namer
from face2vec.video.naming import Naming
from face2vec.video.tracks import Track, Tracker

EVERY = 0.32  # seconds between detections in a file
LONGEST_EVERY = 0.6  # seconds between detections at most, however little time there is
LEAST_EVERY = 3  # frames between detections for faces that were lost
LOAD = 0.6  # share of the time between two live frames that may be used on average
DELAY = 2.5  # seconds that frames wait for a name
MOST_BYTES = 256 * 2**20  # of pictures that wait
HIDING = 0.15  # overlap from which one face hides another that is not detected
ALIKE = 0.5  # correlation of a face with itself a moment earlier
LIVE_ENCODINGS = 2  # encodings a live frame at most
_NO_IMAGE = np.empty((0, 0, 3), np.uint8)


@dataclass(eq=False)
class _Waiting:
    """A frame that waits, with where each track is in it."""

    frame: Frame
    size: int
    cut: bool
    grey: np.ndarray | None
    scale: float
    places: dict[Track, tuple[Place, np.ndarray | None]] = field(default_factory=dict)


class Watcher:
    """Follows and names the faces of one source.

    Args:
        finder: finds faces in a frame.
        namer: knows people.
        rate: frames a second of the source.
        live: whether time is short: then detections are as often as there is time for.
        delay: seconds that frames wait for names; 0 for no waiting.
        images: whether frames that wait keep their pictures.
    """

    def __init__(
        self,
        finder: Finder,
        namer: Namer,
        *,
        rate: float,
        live: bool = False,
        delay: float = DELAY,
        images: bool = True,
    ) -> None:
        self.tracker = Tracker()
        self.naming = Naming(namer, self.tracker, LIVE_ENCODINGS if live else None)
        self.detections = 0
        self._finder = finder
        self._pace = Pace(rate, live)
        self._cuts = Cuts()
        self._delay = delay
        self._images = images
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._last: _Waiting | None = None
        self._detected = -math.inf  # index of the frame

    def look(self, frame: Frame) -> Watched:
        """Looks at the next frame; returns it with what is known by now."""
        begun = time.perf_counter()
        grey, scale = small_grey(frame.image)
        cut = self._cuts.before(grey, frame.time)
        lost = False
        if cut:
            self.tracker.end(self.tracker.tracks)
        elif self._last is not None and self._last.grey is not None:
            lost = self.tracker.advance(self._last.grey, grey, scale, frame.time)
        waiting = _Waiting(frame, frame.image.nbytes, cut, grey, scale)
        since = frame.index - self._detected
        detect = cut or since >= self._pace.every or (lost and since >= LEAST_EVERY)
        if detect:
            self._detect(frame, waiting)
            self._detected = frame.index
        else:
            self._record(waiting)
        self._remember(waiting)
        self._pace.spent(time.perf_counter() - begun, detect)
        return _told(waiting)

    def ready(self, *, all_of_them: bool = False) -> list[Watched]:
        """Returns the frames that have waited long enough, or all that are left, in order."""
        told = []
        while self._waiting and (all_of_them or self._is_due(self._waiting[0])):
            waiting = self._waiting.popleft()
            self._bytes -= waiting.size
            told.append(_told(waiting))
        return told

    def _is_due(self, waiting: _Waiting) -> bool:
        assert self._last is not None
        waited = self._last.frame.time - waiting.frame.time
        return waited >= self._delay or self._bytes > MOST_BYTES

    def _remember(self, waiting: _Waiting) -> None:
        self._last = waiting
        if not self._delay:
            return
        if not self._images:
            waiting.frame, waiting.size = replace(waiting.frame, image=_NO_IMAGE), 0
        self._waiting.append(waiting)
        self._bytes += waiting.size
        forgotten = len(self._waiting) - 1 - self._pace.longest
        if forgotten >= 0:
            self._waiting[forgotten].grey = None

    def _record(self, waiting: _Waiting) -> None:
        for track in self.tracker.visible:
            waiting.places[track] = track.place, track.landmarks

    def _detect(self, frame: Frame, waiting: _Waiting) -> None:
        photo = Photo.from_array(frame.image)
        gone = {track: track.place for track in self.tracker.tracks if track.lost}
        since = {track: track.seen for track in gone}
        found = self._finder.find(photo, self.tracker.expected)
        known = set(self.tracker.tracks)
        seen = self.tracker.confirm(found, frame.time)
        self.naming.look(photo, seen, frame.time)
        self.detections += 1
        self._record(waiting)
        for track in self.tracker.visible:
            if track in gone:
                self._bridge(track, gone[track], since[track], frame.time)
            elif track not in known:
                self._trace_back(track, waiting)

    def _bridge(self, track: Track, place: Place, left: float, came: float) -> None:
        """Puts a face that was lost for a moment on the straight way to where it came back."""
        for waiting in self._waiting:
            if left < waiting.frame.time < came and not waiting.cut and came > left:
                share = (waiting.frame.time - left) / (came - left)
                between = _between(place, track.place, share)
                others = [other for other, _ in waiting.places.values()]
                if not any(between.overlap(other) > HIDING for other in others):
                    waiting.places.setdefault(track, (between, None))

    def _trace_back(self, track: Track, waiting: _Waiting) -> None:
        """Follows a new face backwards, as it was there before it was detected."""
        place = track.place
        assert waiting.grey is not None
        looks = square(waiting.grey, place, waiting.scale)
        after = waiting
        for before in reversed(self._waiting):
            if after.cut or before.grey is None or after.grey is None:
                return
            if before.grey.shape != after.grey.shape:
                return
            earlier = follow(after.grey, before.grey, [place], before.scale)[0]
            others = [other for other, _ in before.places.values()]
            if earlier is None or any(earlier.overlap(other) > HIDING for other in others):
                return
            if likeness(looks, square(before.grey, earlier, before.scale)) < ALIKE:
                return
            before.places[track] = earlier, None
            place, after = earlier, before


class Pace:
    """On how many frames faces are detected: on every k-th, k from the time there is.

    Args:
        rate: frames a second of the source.
        live: whether the frames come by themselves.
    """

    def __init__(self, rate: float, live: bool) -> None:
        self._rate = rate
        self._live = live
        self._follow = self._detect = 0.0  # seconds a frame, running means
        self.longest = max(1, round(LONGEST_EVERY * rate))
        self._usual = max(1, round(EVERY * rate))

    @property
    def every(self) -> int:
        """k."""
        if not self._live:
            return self._usual
        left = LOAD / self._rate - self._follow
        if left <= 0:
            return self.longest
        needed = math.ceil(max(self._detect - self._follow, 0.0) / left)
        return min(max(needed, min(2, self.longest)), self.longest)

    def spent(self, seconds: float, detecting: bool) -> None:
        """Is told how long a frame took."""
        if detecting:
            self._detect = seconds if not self._detect else 0.8 * self._detect + 0.2 * seconds
        else:
            self._follow = seconds if not self._follow else 0.9 * self._follow + 0.1 * seconds


def _between(one: Place, other: Place, share: float) -> Place:
    return Place(
        one.x + share * (other.x - one.x),
        one.y + share * (other.y - one.y),
        one.side + share * (other.side - one.side),
    )


def _told(waiting: _Waiting) -> Watched:
    faces = [
        TrackedFace(
            track=track.number,
            name=track.name,
            decided=bool(track.looks),
            distance=track.claim and track.claim[1],
            box=place.box,
            landmarks=landmarks,
            vector=track.latest,
            conflict=track.conflict,
        )
        for track, (place, landmarks) in waiting.places.items()
        if track.sure
    ]
    faces.sort(key=lambda face: (face.box.left, face.track))
    return Watched(waiting.frame, tuple(faces), waiting.cut)
