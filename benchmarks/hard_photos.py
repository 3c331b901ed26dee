"""Hard photos made of easy ones, with the landmarks that they must have; and photos without faces.

The landmarks of the original photo are the mean of 24 fits of dlib's model around the face, on the
photo enlarged where it is small. They owe nothing to Face2Vec's detector.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import dlib
import numpy as np

from face2vec.assets import CNN_MODEL, LANDMARK_MODEL, dlib_model
from face2vec.detection.landmarks import frame

CANVAS = (3000, 4000)  # height and width


@dataclass(frozen=True, eq=False)
class HardPhoto:
    """A made photo: its file's bytes and the (68, 2) landmarks that it must have."""

    case: str
    data: bytes
    landmarks: np.ndarray


class Truth:
    """Fits the landmarks of the original photos."""

    def __init__(self) -> None:
        self.detector = dlib.get_frontal_face_detector()
        self.model = dlib.shape_predictor(str(dlib_model(LANDMARK_MODEL)))
        self.network = dlib.cnn_face_detection_model_v1(str(dlib_model(CNN_MODEL)))

    def landmarks(self, bgr: np.ndarray) -> np.ndarray | None:
        """Returns (68, 2) x, y of the face nearest to the middle, or None."""
        scale = max(1, round(200 / min(bgr.shape[:2])))
        pad = round(0.3 * max(bgr.shape[:2])) if scale > 1 else 0
        grey = cv2.copyMakeBorder(
            cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), pad, pad, pad, pad, cv2.BORDER_REPLICATE
        )
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        boxes, scores, _ = self.detector.run(grey, 0, -0.5)
        if not boxes:
            return None
        points = self._fit(grey, boxes[int(np.argmax(scores - 4 * _off_middle(boxes, grey)))])
        rng = np.random.default_rng(0)
        for _ in range(4):  # until the fits no longer depend on the detector's box
            centre, side, _ = frame(points)
            fits = []
            for _ in range(24):
                half = side / 2 * np.exp(rng.normal(0, 0.05))
                x, y = centre + rng.normal(0, 0.025 * side, 2)
                corners = (round(v) for v in (x - half, y - half, x + half, y + half))
                fits.append(self._fit(grey, dlib.rectangle(*corners)))
            points = np.mean(fits, axis=0)
        return (points + 0.5) / scale - 0.5 - pad

    def _fit(self, grey: np.ndarray, box: dlib.rectangle) -> np.ndarray:
        return np.array([(p.x, p.y) for p in self.model(grey, box).parts()], dtype=float)


def _off_middle(boxes: dlib.rectangles, grey: np.ndarray) -> np.ndarray:
    """Returns how far each box is from the middle of the photo, in its sides."""
    centres = np.array([(box.center().x, box.center().y) for box in boxes])
    return np.abs(centres / grey.shape[::-1] - 0.5).max(axis=1)


def hard_photos(path: Path, number: int, truth: Truth) -> Iterator[HardPhoto]:
    """Yields all that is made of one photo; `number` varies canvases from photo to photo."""
    bgr = cv2.imread(str(path))
    points = truth.landmarks(bgr)
    if points is None:
        return
    yield HardPhoto("as it is", path.read_bytes(), points)
    yield _made("darkened to a tenth", (bgr * 0.1).astype(np.uint8), points)
    for turn in (90, 180, 270, 30, -30):
        turned, moved = _turned(bgr, points, turn)
        yield _made(f"turned by {turn}", turned, moved)
    corner = np.maximum(np.floor(points.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 1
    tight = bgr[corner[1] : bottom, corner[0] : right]
    yield _made("cropped to chin and brows", tight, points - corner)
    face = frame(points)[1]
    if face > 45:
        yield _made("face of 40 pixels", *_scaled(bgr, points, 40 / face))
    rng = np.random.default_rng(number)
    longer = (250, 750, 2500)[number % 3]  # pixels of the photo's longer side on the canvas
    canvas, moved = _on_canvas(*_scaled(bgr, points, longer / max(bgr.shape[:2])), rng)
    encoded = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
    yield HardPhoto("on a 4000 x 3000 canvas", encoded, moved)


def faceless_photos(paths: list[Path], truth: Truth) -> list[tuple[str, bytes]]:
    """Returns 300 photos without a face: made, skimage's, and real ones with faces blurred."""
    rng = np.random.default_rng(0)
    made = [*_noises(rng, 50), *_gradients(rng, 30), *_samples(rng, 80)]
    real = []
    for path in paths[:: max(1, len(paths) // (300 - len(made)))]:
        bgr = cv2.imread(str(path))
        points = truth.landmarks(bgr)
        if points is not None and len(made) + len(real) < 300:
            real.append((f"{path.parent.name}/{path.name} blurred", _blurred(bgr, truth)))
    return [(name, _png(bgr)) for name, bgr in made + real]


def _made(case: str, bgr: np.ndarray, points: np.ndarray) -> HardPhoto:
    return HardPhoto(case, _png(bgr), points)


def _png(bgr: np.ndarray) -> bytes:
    return cv2.imencode(".png", bgr)[1].tobytes()


def _turned(bgr: np.ndarray, points: np.ndarray, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """Turns clockwise by degrees; what comes into sight at the corners is black."""
    height, width = bgr.shape[:2]
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    across, down = abs(cos) * width + abs(sin) * height, abs(sin) * width + abs(cos) * height
    size = [round(across), round(down)]
    rotation = np.array([[cos, -sin], [sin, cos]])
    shift = (np.array(size) - 1) / 2 - rotation @ ((np.array([width, height]) - 1) / 2)
    turned = cv2.warpAffine(bgr, np.column_stack([rotation, shift]), size)
    return turned, points @ rotation.T + shift


def _scaled(bgr: np.ndarray, points: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=how)
    exact = np.array(scaled.shape[1::-1]) / bgr.shape[1::-1]
    return scaled, (points + 0.5) * exact - 0.5


def _on_canvas(
    bgr: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pastes the photo on an even, a coarse or a fine ground."""
    height, width = CANVAS
    cells = int(rng.choice([1, 50, 4]))
    ground = rng.integers(0, 256, (height // 50 // cells + 1, width // 50 // cells + 1, 3))
    if cells == 1:
        canvas = np.full((height, width, 3), rng.integers(0, 256), np.uint8)
    else:
        canvas = cv2.resize(ground.astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    bgr = bgr[:height, :width]
    left = int(rng.integers(0, width - bgr.shape[1] + 1))
    top = int(rng.integers(0, height - bgr.shape[0] + 1))
    canvas[top : top + bgr.shape[0], left : left + bgr.shape[1]] = bgr
    return canvas, points + np.array([left, top])


def _blurred(bgr: np.ndarray, truth: Truth) -> np.ndarray:
    """Blurs every face beyond recognition, those of bystanders too."""
    scale = max(2, round(400 / min(bgr.shape[:2])))
    pad = round(0.3 * max(bgr.shape[:2])) if scale > 2 else 0
    large = cv2.copyMakeBorder(bgr, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    large = cv2.resize(large, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    result = bgr.copy()
    seen = [*truth.detector.run(large, 0, -0.3)[0], *(one.rect for one in truth.network(large, 0))]
    for box in seen:  # the network sees bystanders whom HOG misses
        side = box.width() / scale
        x, y = box.center().x / scale - pad, box.center().y / scale - pad
        left, right = (int(np.clip(x + s * 0.7 * side, 0, bgr.shape[1])) for s in (-1, 1))
        top, bottom = (int(np.clip(y + s * side, 0, bgr.shape[0])) for s in (-0.95, 0.8))
        soft = cv2.GaussianBlur(bgr, (0, 0), 0.22 * side, borderType=cv2.BORDER_REPLICATE)
        result[top:bottom, left:right] = soft[top:bottom, left:right]
    return result


def _noises(rng: np.random.Generator, count: int) -> list[tuple[str, np.ndarray]]:
    photos = []
    for index in range(count):
        grain = 2 ** (index % 6)
        cells = rng.integers(0, 256, (max(2, 480 // grain), max(2, 640 // grain), 3), np.uint8)
        noise = cv2.resize(cells, (640, 480), interpolation=cv2.INTER_CUBIC)
        photos.append((f"noise of {grain} pixels", noise))
    return photos


def _gradients(rng: np.random.Generator, count: int) -> list[tuple[str, np.ndarray]]:
    y, x = np.mgrid[0:480, 0:640] / 640
    photos = []
    for index in range(count):
        a, b, c, d = rng.normal(0, 1, 4)
        field = a * x + b * y + c * x * y + (index % 2) * np.sin(9 * d * x + 7 * y)
        field = (field - field.min()) / np.ptp(field) * 255
        photos.append(("gradient", cv2.cvtColor(field.astype(np.uint8), cv2.COLOR_GRAY2BGR)))
    return photos


def _samples(rng: np.random.Generator, count: int) -> list[tuple[str, np.ndarray]]:
    """skimage's sample photos but those with a person in them, whole and in parts."""
    import skimage.data

    folder = Path(skimage.data.__file__).parent
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".png", ".jpg", ".gif")]
    people = ("astronaut", "camera")
    photos = [(path.name, cv2.imread(str(path))) for path in paths if path.stem not in people]
    whole = len(photos)
    while len(photos) < count:
        name, bgr = photos[len(photos) % whole]
        side = int(min(bgr.shape[:2]) * rng.uniform(0.4, 0.9))
        top, left = (int(rng.integers(0, length - side + 1)) for length in bgr.shape[:2])
        photos.append((f"part of {name}", bgr[top : top + side, left : left + side]))
    return photos[:count]
