"""Who a track is: encoded on its best views, named by all of them together.

`unknown` is an answer, one person is once in a frame, and a name that was settled stays unless
the evidence turns clearly.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from face2vec.decisions import DistanceThreshold, Threshold, decide
from face2vec.detection.evidence import eye_distance
from face2vec.detection.shapes import NOSE_TIP
from face2vec.distance import distance
from face2vec.gallery.comparison import EUCLIDEAN
from face2vec.photos.photo import Photo
from face2vec.thresholds import NO_LIMIT, STAND_IN
from face2vec.video.finder import Found
from face2vec.video.namers import Namer
from face2vec.video.tracks import Look, Track, Tracker

SETTLED = 3  # encodings after which a name is not given up lightly
MOST = 6  # encodings that count
HOLD = 0.08  # of the threshold: how far the evidence must turn to change a settled name
SOON, LATER = 0.3, 1.0  # seconds between encodings, before a track is settled and after
WORTH = 0.5  # of the best view's quality: worse views are not encoded
BETTER = 1.25  # times the worst view's quality: a view that takes its place
PATCH = 48  # pixels of the face on which sharpness is measured


class Naming:
    """Encodes tracks and names them.

    Args:
        namer: knows people.
        tracker: has the tracks; one that turns out to be of two people is ended.
        most: encodings a frame, at most; None for as many as are worth it.
    """

    def __init__(self, namer: Namer, tracker: Tracker, most: int | None = None) -> None:
        self.encoded = 0
        self._namer = namer
        self._tracker = tracker
        self._most = most
        self._same = STAND_IN[EUCLIDEAN].get(namer.encoder.name, NO_LIMIT)

    def look(self, photo: Photo, seen: Sequence[tuple[Track, Found]], time: float) -> None:
        """Encodes what is worth it of a frame's faces, and names all tracks that are seen."""
        views = [(track, found, view_quality(photo.grey, found)) for track, found in seen]
        wanted = [view for view in views if _worth(view[0], view[2], time)]
        # Those who have no name yet come first.
        wanted.sort(key=lambda view: (bool(view[0].looks), -view[2]))
        chosen = wanted[: self._most]
        if chosen:
            vectors = self._namer.encoder.encode(photo, [found.face for _, found, _ in chosen])
            self.encoded += len(chosen)
            for (track, found, quality), vector in zip(chosen, vectors, strict=True):
                self._add(track, found, Look(vector, quality), time)
        self.decide()

    def decide(self) -> None:
        """Names the tracks that are seen now: each person once."""
        tracks = [track for track in self._tracker.visible if track.looks]
        if not tracks:
            return
        best = self._namer.best([(track.vectors, track.weights) for track in tracks])
        threshold = self._namer.threshold
        for track, claim in zip(tracks, best, strict=True):
            track.claim = claim
        claims = [_steady(track, threshold) for track in tracks]
        for track, decision in zip(tracks, decide(claims, threshold), strict=True):
            track.name, track.conflict = decision.name, decision.conflict
        _bar(tracks)

    def _add(self, track: Track, found: Found, look: Look, time: float) -> None:
        """Adds an encoding to a track, or ends the track where it is somebody else's."""
        track.tried = time
        if track.looks and not self._same.accepts(distance(look.vector, track.mean)):
            if not track.doubtful:
                track.doubtful = True  # a poor view, or somebody else: the next one tells
                return
            self._tracker.end([track])
            track = self._tracker.begin(found, time)
            track.sure, track.tried = True, time
        track.doubtful = False
        track.latest = look.vector
        track.looks = sorted([*track.looks, look], key=lambda one: -one.quality)[:MOST]


def view_quality(grey: np.ndarray, found: Found) -> float:
    """Returns how well a face can be encoded: sharp, seen from the front, large, 0 to 1."""
    points = found.face.landmarks
    eyes = points[36:48].mean(axis=0)
    apart = max(eye_distance(points), 1.0)
    axis = (points[42:48].mean(axis=0) - points[36:42].mean(axis=0)) / apart
    turned = abs(float((points[NOSE_TIP] - eyes) @ axis)) / apart
    frontal = float(np.exp(-((turned / 0.3) ** 2)))
    large = min(1.0, found.place.side / 80)
    return max(sharpness(grey, found) * frontal * large, 1e-3)


def sharpness(grey: np.ndarray, found: Found) -> float:
    """Returns the share of fine detail in a face at standard size, 0 to 1."""
    place = found.place
    half = place.side / 2
    top, left = max(0, int(place.y - half)), max(0, int(place.x - half))
    crop = grey[top : max(top + 1, int(place.y + half)), left : max(left + 1, int(place.x + half))]
    if crop.size == 0:
        return 0.0
    patch = cv2.resize(crop, (PATCH, PATCH), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = cv2.Laplacian(patch, cv2.CV_32F).std() / max(float(patch.std()), 4.0)
    return float(min(1.0, fine))


def _worth(track: Track, quality: float, time: float) -> bool:
    """Says whether a view of a track should be encoded."""
    if not track.looks or track.doubtful:
        return True
    since = time - track.tried
    if len(track.looks) < SETTLED:
        return since >= SOON and quality > WORTH * track.looks[0].quality
    if len(track.looks) < MOST:
        return since >= LATER and quality > WORTH * track.looks[0].quality
    return since >= LATER and quality > BETTER * track.looks[-1].quality


def _steady(track: Track, threshold: Threshold) -> tuple[str, float] | None:
    """The claim of a track, with what was settled in its favour, and without what is barred."""
    claim = track.claim
    if claim is None:
        return None
    name, value = claim
    if name in track.barred and threshold.rank(value) >= threshold.rank(track.barred[name]):
        return None
    if len(track.looks) < SETTLED:
        return claim
    if track.name == name:
        held = _loosened(threshold, HOLD).accepts(value)
        return (name, float(threshold)) if held and not threshold.accepts(value) else claim
    return claim if _loosened(threshold, -HOLD).accepts(value) else None


def _loosened(threshold: Threshold, share: float) -> Threshold:
    sign = 1 if isinstance(threshold, DistanceThreshold) else -1
    return type(threshold)(float(threshold) * (1 + sign * share))


def _bar(tracks: Sequence[Track]) -> None:
    """Remembers who lost a name to whom: both were seen at once, so that one is a stranger."""
    owners = {track.name: track for track in tracks if track.name is not None}
    for track in tracks:
        if track.conflict in owners:
            owner = owners[track.conflict]
            if owner.claim is not None:
                track.barred[track.conflict] = owner.claim[1]
