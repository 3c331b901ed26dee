"""Who was there, from when to when: events as they happen, and a summary at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from face2vec.errors import FolderError
from face2vec.files import write_atomically
from face2vec.records import Box
from face2vec.video.frames import Frame, TrackedFace, Watched, timecode

AWAY = 2.0  # seconds after which somebody who comes back has come again
CROP = 0.35  # around the box, in shares of its side


@dataclass(eq=False)
class Presence:
    """One stay of somebody, or of one unknown face.

    Attributes:
        name: None for unknown.
        tracks: numbers of the tracks that it is made of.
        first, last: frame and time of the first and the last frame.
        frames: in how many frames the face was seen.
        distance: of its latest track (the probability, with a model).
    """

    name: str | None
    tracks: list[int]
    first: tuple[int, float]
    last: tuple[int, float]
    frames: int
    distance: float | None

    def as_dict(self) -> dict[str, object]:
        """Returns what JSON has of it."""
        return {
            "name": self.name,
            "tracks": self.tracks,
            "from": _moment(self.first),
            "to": _moment(self.last),
            "frames": self.frames,
            "distance": self.distance,
        }


@dataclass(eq=False)
class _Crop:
    quality: float
    picture: np.ndarray


class Presences:
    """Is told every frame, and knows who was there.

    Tracks of one name count as one stay where little time is between them.

    Args:
        tell: is called with each event: somebody appeared, was named, or left.
        crops: a folder for the best picture of each track; None for none.
    """

    def __init__(
        self, tell: Callable[[dict[str, object]], None] | None = None, crops: Path | None = None
    ) -> None:
        self._tell = tell
        self._crops = crops
        self._here: dict[int, Presence] = {}  # by the track
        self._best: dict[int, _Crop] = {}
        self._done: list[Presence] = []

    def see(self, watched: Watched) -> None:
        """Takes the next frame.

        Raises:
            FolderError: a crop cannot be written.
        """
        for presence in dict.fromkeys(self._here.values()):
            if watched.frame.time - presence.last[1] > AWAY:
                self._leave(presence)
        for face in watched.faces:
            if face.decided:
                self._see_face(watched.frame, face)

    def finish(self) -> list[Presence]:
        """Lets everybody leave; returns all stays, the first first."""
        for presence in sorted(set(self._here.values()), key=lambda one: (one.last, one.tracks)):
            self._leave(presence)
        return sorted(self._done, key=lambda one: (one.first, one.tracks))

    def _see_face(self, frame: Frame, face: TrackedFace) -> None:
        moment = frame.index, frame.time
        presence = self._here.get(face.track)
        if presence is None or presence.name != face.name:
            presence = self._named(presence, face, moment)
        presence.last, presence.distance = moment, face.distance
        presence.frames += 1
        if self._crops is not None:
            self._keep_crop(frame, face)

    def _named(
        self, presence: Presence | None, face: TrackedFace, moment: tuple[int, float]
    ) -> Presence:
        """Returns the stay that a track of a new name belongs to from now on."""
        same = [one for one in self._here.values() if face.name and one.name == face.name]
        if same:
            joined = same[0]
            if presence is not None and presence.tracks == [face.track]:  # it was unknown until now
                joined.first = min(joined.first, presence.first)
                joined.frames += presence.frames
            joined.tracks = [*joined.tracks, face.track]
            self._here[face.track] = joined
            return joined
        if presence is not None and presence.tracks == [face.track]:
            presence.name = face.name
            self._event("named", presence, moment, face)
            return presence
        begun = Presence(face.name, [face.track], moment, moment, 0, face.distance)
        self._here[face.track] = begun
        self._event("appeared", begun, moment, face)
        return begun

    def _leave(self, presence: Presence) -> None:
        self._done.append(presence)
        self._event("left", presence, presence.last)
        for track in [number for number, one in self._here.items() if one is presence]:
            del self._here[track]
            crop = self._best.pop(track, None)
            if crop is not None:
                self._write_crop(crop, presence.name or "unknown", track)

    def _write_crop(self, crop: _Crop, name: str, track: int) -> None:
        assert self._crops is not None
        _, data = cv2.imencode(".jpg", crop.picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        safe = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name)
        place = self._crops / f"{safe}-{track:04d}.jpg"
        try:
            self._crops.mkdir(parents=True, exist_ok=True)
            write_atomically(place, data.tobytes(), durable=False)
        except OSError as error:
            raise FolderError(f"{place} cannot be written: {error.strerror}.") from error

    def _event(
        self,
        what: str,
        presence: Presence,
        moment: tuple[int, float],
        face: TrackedFace | None = None,
    ) -> None:
        if self._tell is None:
            return
        track = face.track if face else presence.tracks[-1]
        event: dict[str, object] = {"event": what, **_moment(moment)}
        event |= {"name": presence.name, "track": track, "distance": presence.distance}
        if what == "left":
            event["since"] = _moment(presence.first)
        self._tell(event)

    def _keep_crop(self, frame: Frame, face: TrackedFace) -> None:
        picture = cropped(frame.image, face.box)
        if picture is None:
            return
        grey = cv2.cvtColor(cv2.resize(picture, (64, 64)), cv2.COLOR_BGR2GRAY)
        quality = float(cv2.Laplacian(grey, cv2.CV_32F).std()) * min(face.box.width, 150)
        best = self._best.get(face.track)
        if best is None or quality > best.quality:
            self._best[face.track] = _Crop(quality, picture.copy())


def cropped(image: np.ndarray, box: Box) -> np.ndarray | None:
    """Returns the face with a margin, as far as it lies in the picture; None where none does."""
    margin = round(CROP * box.width)
    rows = slice(max(0, box.top - margin), max(0, box.bottom + margin))
    columns = slice(max(0, box.left - margin), max(0, box.right + margin))
    crop = image[rows, columns]
    return crop if crop.size else None


def frame_as_dict(watched: Watched, measure: str = "distance") -> dict[str, object]:
    """Returns a line of --frames.

    Args:
        measure: what the number of a face is, ``distance`` or ``probability``.
    """
    return {
        "frame": watched.frame.index,
        "time": round(watched.frame.time, 4),
        "faces": [
            {
                "name": face.name,
                "track": face.track,
                measure: face.distance,
                "box": face.box.as_dict(),
            }
            for face in watched.faces
        ],
    }


def as_line(document: dict[str, object]) -> str:
    """Returns a document as one line of JSON; names stay readable."""
    return json.dumps(document, ensure_ascii=False) + "\n"


def _moment(moment: tuple[int, float]) -> dict[str, object]:
    frame, time = moment
    return {"time": round(time, 4), "timecode": timecode(time), "frame": frame}
