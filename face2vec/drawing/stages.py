"""Pictures of what Face2Vec sees, drawn with OpenCV alone."""

from __future__ import annotations

import cv2
import numpy as np

from face2vec.detection.evidence import stretched
from face2vec.detection.shapes import NOSE_TIP
from face2vec.photos.photo import Photo
from face2vec.records import Box, Face

# Colours are blue, green, red.
_PAPER = (255, 255, 255)
_INK = (40, 40, 40)
_ORANGE = (0, 130, 255)
_GREEN = (60, 200, 60)

_WIDTH, _HEIGHT = 300, 330  # pixels of the picture of one stage
_CAPTION = 44  # pixels above it
_GAP = 12  # pixels between two of them
_FINE = 4  # bits of a pixel's fraction in the coordinates that OpenCV is given
_LINES = (  # first and last landmark of each line of the mark-up, and whether it is closed
    (0, 16, False), (17, 21, False), (22, 26, False), (27, 30, False), (31, 35, False),
    (36, 41, True), (42, 47, True), (48, 59, True), (60, 67, True),
)  # fmt: skip


def draw_stages(photo: Photo, face: Face, crop: Box | None = None) -> np.ndarray:
    """Draws how one face is read: a captioned picture for each stage, side by side.

    The photo; grey and stretched; where the face was found; its 68 landmarks; and their distances
    from the tip of the nose, of which the published Face2Vec features are made.

    Args:
        photo: the photo.
        face: a face in it, as the detector gave it.
        crop: what Viola-Jones cut out for HOG, in pixels of the photo; None where HOG saw it all.

    Returns:
        (h, w, 3) uint8, blue first.

    Raises:
        PhotoError: the photo cannot be decoded.
    """
    colour = photo.bgr
    grey = cv2.cvtColor(stretched(photo.grey), cv2.COLOR_GRAY2BGR)
    whole = Box(0, 0, colour.shape[1], colour.shape[0])
    close = _around(face.landmarks, whole)
    pictures = {
        "1  photo": _Picture(colour, whole),
        "2  grey, stretched": _Picture(grey, whole),
        "3  face found": _found(grey, whole, face.box, crop),
        "4  68 landmarks": _landmarks(colour, close, face.landmarks),
        "5  from the nose tip": _distances(colour, close, face.landmarks),
    }
    panels = [_captioned(caption, picture.pixels) for caption, picture in pictures.items()]
    margin = np.full((panels[0].shape[0], _GAP, 3), _PAPER, np.uint8)
    strip = [margin]
    for panel in panels:
        strip += [panel, margin]
    return cv2.copyMakeBorder(cv2.hconcat(strip), 0, _GAP, 0, 0, 0, value=_PAPER)


class _Picture:
    """A part of a photo scaled into a panel, to be drawn upon in the photo's own coordinates."""

    def __init__(self, photo: np.ndarray, region: Box) -> None:
        part = photo[region.top : region.bottom, region.left : region.right]
        self._scale = min(_WIDTH / region.width, _HEIGHT / region.height)
        size = [max(1, round(side * self._scale)) for side in (region.width, region.height)]
        how = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_CUBIC
        corner = [(_WIDTH - size[0]) // 2, (_HEIGHT - size[1]) // 2]
        self._shift = np.array(corner) - self._scale * np.array([region.left, region.top])
        self.pixels = np.full((_HEIGHT, _WIDTH, 3), _PAPER, np.uint8)
        self.pixels[corner[1] :, corner[0] :][: size[1], : size[0]] = cv2.resize(
            part, size, interpolation=how
        )

    def fade(self, share: float) -> None:
        """Lets what was drawn so far step back."""
        faded = self.pixels * (1 - share) + np.array(_PAPER) * share
        self.pixels = faded.astype(np.uint8)

    def line(self, points: np.ndarray, colour: tuple[int, ...], *, closed: bool = False) -> None:
        cv2.polylines(
            self.pixels, [self._fine(points)], closed, colour, 2, cv2.LINE_AA, shift=_FINE
        )

    def dots(self, points: np.ndarray, colour: tuple[int, ...], radius: float) -> None:
        for point in self._fine(points):
            centre, size = point.tolist(), round(radius * 2**_FINE)
            cv2.circle(self.pixels, centre, size, colour, cv2.FILLED, cv2.LINE_AA, shift=_FINE)

    def box(self, box: Box, colour: tuple[int, ...], label: str) -> None:
        corners = [(box.left, box.top), (box.right, box.top)]
        corners += [(box.right, box.bottom), (box.left, box.bottom)]
        self.line(np.array(corners), colour, closed=True)
        x, y = (self._fine(np.array(corners[:1]))[0] >> _FINE).tolist()
        (width, height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_DUPLEX, 0.55, 1)
        cv2.rectangle(self.pixels, (x, y), (x + width + 8, y + height + 10), colour, cv2.FILLED)
        _write(self.pixels, label, (x + 4, y + height + 4), 0.55, _PAPER)

    def _fine(self, points: np.ndarray) -> np.ndarray:
        in_panel = np.asarray(points) * self._scale + self._shift
        return np.round(in_panel * 2**_FINE).astype(np.int32)


def _around(landmarks: np.ndarray, whole: Box) -> Box:
    """The part of the photo that a face fills, with some air around it."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    half = 0.62 * (high - low).max() * np.array([_WIDTH / _HEIGHT, 1])
    left, top = np.floor((low + high) / 2 - half).astype(int).tolist()
    right, bottom = np.ceil((low + high) / 2 + half).astype(int).tolist()
    return Box(
        max(left, whole.left),
        max(top, whole.top),
        min(right, whole.right),
        min(bottom, whole.bottom),
    )


def _found(photo: np.ndarray, whole: Box, box: Box, crop: Box | None) -> _Picture:
    picture = _Picture(photo, whole)
    picture.fade(0.25)
    if crop:
        picture.box(crop, _ORANGE, "Viola-Jones")
    picture.box(box, _GREEN, "HOG")
    return picture


def _landmarks(photo: np.ndarray, close: Box, landmarks: np.ndarray) -> _Picture:
    picture = _Picture(photo, close)
    picture.fade(0.35)
    for first, last, closed in _LINES:
        picture.line(landmarks[first : last + 1], _GREEN, closed=closed)
    picture.dots(landmarks, _INK, 2.5)
    return picture


def _distances(photo: np.ndarray, close: Box, landmarks: np.ndarray) -> _Picture:
    """Lines from the tip of the nose, warmer the longer they are."""
    picture = _Picture(photo, close)
    picture.fade(0.35)
    tip = landmarks[NOSE_TIP]
    lengths = np.linalg.norm(landmarks - tip, axis=1)
    shades = np.round(255 * lengths / max(lengths.max(), 1e-9)).astype(np.uint8)
    colours = cv2.applyColorMap(shades[:, None], cv2.COLORMAP_PLASMA)[:, 0].tolist()
    for point, colour in zip(landmarks, colours, strict=True):
        picture.line(np.stack([tip, point]), colour)
    picture.dots(landmarks, _INK, 2.5)
    picture.dots(tip[None], _INK, 5)
    return picture


def _captioned(caption: str, picture: np.ndarray) -> np.ndarray:
    panel = cv2.copyMakeBorder(picture, _CAPTION, 0, 0, 0, cv2.BORDER_CONSTANT, value=_PAPER)
    _write(panel, caption, (2, _CAPTION - 14), 0.8, _INK)
    return panel


def _write(
    picture: np.ndarray, text: str, start: tuple[int, int], size: float, colour: tuple[int, ...]
) -> None:
    cv2.putText(picture, text, start, cv2.FONT_HERSHEY_DUPLEX, size, colour, 1, cv2.LINE_AA)
