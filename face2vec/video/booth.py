"""The photo booth: takes sharp, well-lit frames of one face in poses that differ.

What is wrong with a frame that is not taken is said in words that one can follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from face2vec.detection.evidence import eye_distance
from face2vec.detection.reasons import likeliest_reason
from face2vec.detection.shapes import NOSE_TIP
from face2vec.drawing.annotations import Label, Standing, draw_caption, draw_faces
from face2vec.errors import FolderError, OptionError
from face2vec.files import write_atomically
from face2vec.photos.photo import Photo
from face2vec.records import Reason
from face2vec.video.finder import Finder, Found
from face2vec.video.flow import Place
from face2vec.video.frames import Frame
from face2vec.video.naming import sharpness
from face2vec.video.session import stopping
from face2vec.video.sources import Source

SMALLEST, SMALLEST_SHARE = 80, 0.15  # side of the face, in pixels and of the frame's short side
LARGEST_SHARE = 0.75
OTHERS = 0.4  # of the largest face's side: smaller faces are far behind and do not count
DARK, BRIGHT = 45.0, 225.0  # mean grey value of the face
FLAT = 12.0  # standard deviation of its grey values
UNSHARP = 0.28  # see `naming.sharpness`
# By how much poses must differ in one of these: the tip of the nose from midway between the eyes,
# across and down, in distances between the eyes; and the tilt in degrees.
POSE_STEP = np.array([0.05, 0.05, 4.0])
WITHOUT_FACE = {
    Reason.TOO_DARK: "too dark: turn towards the light",
    Reason.BLURRED: "blurred: hold still",
    Reason.TURNED_AWAY: "turned away: look into the camera",
}
APART = 0.3  # seconds between two photos
QUALITY = 95  # of the JPEG files


@dataclass(frozen=True, eq=False)
class Verdict:
    """What became of a frame.

    Attributes:
        advice: what should change; empty where the frame was taken.
        place: where the face is; None where there is none, or more than one.
    """

    advice: str
    place: Place | None = None


class Booth:
    """Judges frames and keeps those that are worth it.

    Args:
        finder: finds faces.
        count: how many photos are wanted.
    """

    def __init__(self, finder: Finder, count: int) -> None:
        self.photos: list[np.ndarray] = []
        self._finder = finder
        self._count = count
        self._poses: list[np.ndarray] = []
        self._last = -np.inf

    @property
    def done(self) -> bool:
        """Whether there are enough photos."""
        return len(self.photos) >= self._count

    def judge(self, frame: Frame) -> Verdict:
        """Takes a frame, or says what should change."""
        photo = Photo.from_array(frame.image)
        found = self._finder.find(photo, [])
        largest = max((one.place.side for one in found), default=0.0)
        found = [one for one in found if one.place.side >= OTHERS * largest]
        if not found:
            return Verdict(self._why_none(photo))
        if len(found) > 1:
            number = "two" if len(found) == 2 else str(len(found))
            return Verdict(f"{number} faces: one person at a time")
        advice = self._advice(photo, found[0])
        pose = pose_of(found[0].face.landmarks)
        if not advice and not all(_differ(pose, other) for other in self._poses):
            advice = "turn your head a little"
        if not advice and frame.time - self._last >= APART:
            self._poses.append(pose)
            self.photos.append(frame.image)
            self._last = frame.time
        return Verdict(advice, found[0].place)

    def _why_none(self, photo: Photo) -> str:
        """Why no face is seen; one that fills the frame is seen once there is more around it."""
        border = round(0.3 * min(photo.size))
        wider = cv2.copyMakeBorder(photo.bgr, border, border, border, border, cv2.BORDER_REPLICATE)
        if self._finder.find(Photo.from_array(wider), []):
            return "go back a little"
        reason, _ = likeliest_reason(photo, self._finder.engines, None)
        return WITHOUT_FACE.get(reason, "no face is seen: look into the camera")

    def _advice(self, photo: Photo, found: Found) -> str:
        """What is wrong with the only face, or nothing."""
        place, short = found.place, min(photo.size)
        if place.side < max(SMALLEST, SMALLEST_SHARE * short):
            return "come closer"
        if place.side > LARGEST_SHARE * short:
            return "go back a little"
        width, height = photo.size
        low, high = found.face.landmarks.min(axis=0), found.face.landmarks.max(axis=0)
        if low.min() < 0 or high[0] >= width or high[1] >= height:
            return "come to the middle"
        grey = _face(photo.grey, place)
        if grey.mean() < DARK:
            return WITHOUT_FACE[Reason.TOO_DARK]
        if grey.mean() > BRIGHT:
            return "too bright: turn away from the light"
        if grey.std() < FLAT:
            return "too little contrast: find better light"
        if sharpness(photo.grey, found) < UNSHARP:
            return WITHOUT_FACE[Reason.BLURRED]
        return ""


def pose_of(landmarks: np.ndarray) -> np.ndarray:
    """Returns how a head is turned: (3,), in the units of `POSE_STEP`.

    Args:
        landmarks: (68, 2), columns x and y.
    """
    eyes = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    across = (eyes[1] - eyes[0]) / max(eye_distance(landmarks), 1.0)
    down = np.array([-across[1], across[0]])
    nose = (landmarks[NOSE_TIP] - (eyes[0] + eyes[1]) / 2) / max(eye_distance(landmarks), 1.0)
    return np.array([nose @ across, nose @ down, np.degrees(np.arctan2(across[1], across[0]))])


def capture(
    source: Source,
    booth: Booth,
    *,
    countdown: float = 0.0,
    tell: Callable[[str], None] = lambda advice: None,
    show: Callable[[Frame, Verdict], bool] = lambda frame, verdict: True,
) -> None:
    """Takes photos until there are enough, the source ends, or somebody ends it.

    Args:
        countdown: seconds of the source before the first photo.
        tell: is called with what should change, whenever that is something else.
        show: is called with each frame; returns whether to go on.
    """
    said = ""
    with stopping() as stopped:
        while not booth.done and not stopped():
            frame = source.read()
            if frame is None:
                return
            left = countdown - frame.time
            if left > 0:
                verdict = Verdict(f"{int(np.ceil(left))}")
            else:
                before = len(booth.photos)
                verdict = booth.judge(frame)
                if len(booth.photos) > before:
                    verdict = Verdict(f"{len(booth.photos)} taken", verdict.place)
            if verdict.advice and verdict.advice != said:
                said = verdict.advice
                tell(said)
            if not show(frame, verdict):
                return


def framed(frame: Frame, verdict: Verdict) -> np.ndarray:
    """Returns the frame with the face's box and the advice, (h, w, 3) uint8, blue first."""
    picture: np.ndarray = frame.image.copy()
    if verdict.place is not None:
        draw_faces(picture, [Label(verdict.place.box, Standing.UNKNOWN)])
    draw_caption(picture, verdict.advice)
    return picture


def folder_for(into: Path, name: str) -> Path:
    """Returns the folder of a person's photos in a folder of labelled photos.

    Raises:
        OptionError: a name that cannot be a folder's.
    """
    if not name.strip() or name != name.strip() or name.startswith(".") or set(name) & set("/\\:"):
        raise OptionError(f"{name!r} cannot be the name of a folder: leave out dots and slashes.")
    return into / name


def write_photos(photos: list[np.ndarray], folder: Path) -> list[Path]:
    """Writes photos as 001.jpg, 002.jpg, ... after those that are there; returns their paths.

    Raises:
        FolderError: the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = [int(path.stem) for path in folder.iterdir() if path.stem.isdigit()]
        for number, photo in enumerate(photos, max(taken, default=0) + 1):
            _, data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            place = folder / f"{number:03d}.jpg"
            write_atomically(place, data.tobytes())
            written.append(place)
    except OSError as error:
        raise FolderError(f"{folder} cannot be written: {error.strerror}.") from error
    return written


def _differ(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((np.abs(one - other) > POSE_STEP).any())


def _face(grey: np.ndarray, place: Place) -> np.ndarray:
    half = place.side / 2
    rows = slice(max(0, int(place.y - half)), max(1, int(place.y + half)))
    columns = slice(max(0, int(place.x - half)), max(1, int(place.x + half)))
    return grey[rows, columns]
