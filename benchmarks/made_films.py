"""Films made of photos, with known truth for each frame: what `watching.py` is measured on.

Heads are cut out of photos with soft edges and moved by affine paths (across, nearer, tilting)
before a blurred wall, with motion blur and grain, two to four people at a time; after each cut
there are others, or the same from another photo. Everything comes from a seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from face2vec.detection.detector import Detector
from face2vec.photos.photo import Photo

RATE = 25  # frames a second
KINDS = ("frontal", "turned", "blurred", "small", "crossing")
GRAIN = 4.0  # standard deviation of the noise of each pixel
HIDDEN = 0.35  # share of a face behind another one from which it need not be named


@dataclass(frozen=True, eq=False)
class Head:
    """A head cut out of a photo.

    Attributes:
        name: None for a stranger.
        picture: (h, w, 4) float32, blue, green, red and alpha, 0 to 255 and 0 to 1.
        centre: x and y of the middle of the face's box in the picture.
        side: of the face's box, in pixels of the picture.
        turned: how far the tip of the nose is from midway between the eyes, in distances between
            them: about 0 for a frontal face.
    """

    name: str | None
    picture: np.ndarray
    centre: np.ndarray
    side: float
    turned: float


@dataclass(frozen=True, eq=False)
class Path2D:
    """How a head moves in a scene: its start and end, with a sway between them.

    Attributes:
        start, end: x, y and side of the face, in pixels of the frame.
        sway: x and y of the sway in pixels; how often a scene; and the tilt in degrees.
    """

    start: np.ndarray
    end: np.ndarray
    sway: np.ndarray
    turns: float
    tilt: float

    def at(self, share: float) -> tuple[np.ndarray, float]:
        """Returns x, y and side, and the tilt in degrees, at a share of the scene."""
        phase = np.sin(2 * np.pi * self.turns * share)
        place = self.start + (self.end - self.start) * share
        place[:2] += self.sway * phase
        return place, self.tilt * phase


@dataclass(frozen=True)
class Seen:
    """The truth about one face in one frame: the box is left, top, right, bottom."""

    name: str | None
    box: tuple[float, float, float, float]
    hidden: float


def cut_head(path: Path, name: str | None, detector: Detector) -> Head | None:
    """Cuts the head in the middle of a photo out; None where none is found."""
    photo = Photo.open(path)
    faces = detector.find(photo).faces
    middle = np.array(photo.size) / 2
    centres = [np.array([f.box.left + f.box.right, f.box.top + f.box.bottom]) / 2 for f in faces]
    near = [i for i, centre in enumerate(centres) if np.abs(centre - middle).max() < 40]
    if not near:
        return None
    face, centre = faces[near[0]], centres[near[0]]
    side = face.box.width
    image = photo.bgr.astype(np.float32)
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    # An ellipse around face and hair; its edge is soft.
    away = np.hypot((x - centre[0]) / (0.88 * side), (y - centre[1] + 0.1 * side) / (1.12 * side))
    alpha = np.clip((1.0 - away) / 0.16, 0, 1)
    points = face.landmarks
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    turned = (points[30] - (eyes[0] + eyes[1]) / 2)[0] / np.linalg.norm(eyes[1] - eyes[0])
    return Head(name, np.dstack([image, alpha]), centre, float(side), float(turned))


def make_film(
    seed: int,
    kind: str,
    heads: Sequence[Sequence[Head]],
    size: tuple[int, int],
    scenes: int,
    seconds: float,
) -> Iterator[tuple[np.ndarray, list[Seen]]]:
    """Yields the frames of a film, (h, w, 3) uint8, blue first, and what is to be seen in each.

    Args:
        kind: one of `KINDS`.
        heads: for each person, the heads from which one is drawn for a scene.
        size: width and height in pixels.
        scenes: how many, with cuts between them.
        seconds: of each.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    order = rng.permutation(len(heads))
    for scene in range(scenes):
        count = 2 if kind == "crossing" else int(rng.integers(2, 5))
        cast = [heads[order[(scene * 3 + i) % len(heads)]] for i in range(count)]
        drawn = [person[int(rng.integers(len(person)))] for person in cast]
        paths = _paths(rng, kind, size, count)
        wall = _wall(rng, size)
        blur = rng.uniform(0.016, 0.026) if kind == "blurred" else 0.0
        frames = round(seconds * RATE)
        for index in range(frames):
            yield _frame(rng, wall, drawn, paths, index, frames, blur)


def _paths(rng: np.random.Generator, kind: str, size: tuple[int, int], count: int) -> list[Path2D]:
    width, height = size
    scale = height / 360
    if kind == "small":
        sides = np.full(count, 40.0)
    else:
        sides = rng.uniform(0.8, 1.15, count) * scale * {2: 110, 3: 95, 4: 80}[count]
    if kind == "crossing":
        places = np.array([0.2, 0.8]) * width
        ends = places[::-1]
    else:
        places = (np.arange(count) + 0.5 + rng.uniform(-0.08, 0.08, count)) / count * width
        ends = places + rng.uniform(-0.07, 0.07, count) * width
    paths = []
    for i in range(count):
        rise = rng.uniform(-0.1, 0.1, 2) * height
        start = np.array([places[i], height / 2 + rise[0], sides[i]])
        zoom = 1.0 if kind == "small" else rng.uniform(0.85, 1.2)
        end = np.array([ends[i], height / 2 + rise[1], sides[i] * zoom])
        quick = 2.0 if kind == "blurred" else 1.0
        sway = rng.uniform(0.05, 0.2, 2) * sides[i]
        paths.append(Path2D(start, end, sway, quick * rng.uniform(0.5, 1.5), rng.uniform(2, 9)))
    return paths


def _frame(
    rng: np.random.Generator,
    wall: np.ndarray,
    heads: Sequence[Head],
    paths: Sequence[Path2D],
    index: int,
    frames: int,
    blur: float,
) -> tuple[np.ndarray, list[Seen]]:
    height, width = wall.shape[:2]
    picture = wall.copy()
    boxes = []
    for head, path in zip(heads, paths, strict=True):
        (x, y, side), tilt = path.at(index / frames)
        (later_x, later_y, _), _ = path.at((index + 0.5) / frames)
        matrix = cv2.getRotationMatrix2D(tuple(map(float, head.centre)), tilt, side / head.side)
        matrix[:, 2] += np.array([x, y]) - head.centre
        # The shutter is open for half of the time between two frames.
        step = np.array([later_x - x, later_y - y])
        rows, columns = _reach(head.picture, matrix, (width, height), 4 * blur * side + 8)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            boxes.append((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
            continue
        matrix[:, 2] -= (columns.start, rows.start)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        layer = _warped(head.picture, matrix, size, step)
        if blur:
            layer = cv2.GaussianBlur(layer, (0, 0), blur * side)
        picture[rows, columns] *= 1 - layer[..., 3:]
        picture[rows, columns] += layer[..., :3]
        boxes.append((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32)[..., None] * GRAIN
    image = np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8)
    seen = [
        Seen(head.name, box, max((_covered(box, o) for o in boxes[i + 1 :]), default=0.0))
        for i, (head, box) in enumerate(zip(heads, boxes, strict=True))
    ]
    return image, seen


def _reach(
    picture: np.ndarray, matrix: np.ndarray, size: tuple[int, int], margin: float
) -> tuple[slice, slice]:
    """Rows and columns of the frame that a head can touch."""
    height, width = picture.shape[:2]
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)])
    ends = corners @ matrix[:, :2].T + matrix[:, 2]
    low = np.clip(np.floor(ends.min(axis=0) - margin), 0, size).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0) + margin), 0, size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _warped(
    picture: np.ndarray, matrix: np.ndarray, size: tuple[int, int], step: np.ndarray
) -> np.ndarray:
    """The head at its place, colours multiplied by alpha, blurred along the way it moves."""
    layer = picture.copy()
    layer[..., :3] *= layer[..., 3:]
    if matrix[0, 0] < 0.6:  # a warp looks at four pixels only
        layer = cv2.GaussianBlur(layer, (0, 0), 0.4 / matrix[0, 0])
    layer = cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_LINEAR)
    moved = float(np.hypot(*step))
    length = round(moved)
    if length < 2:
        return layer
    kernel = np.zeros((2 * length + 1,) * 2, np.float32)
    end = step / moved * length / 2 + length
    cv2.line(kernel, (length, length), tuple(round(float(v)) for v in end), 1.0)
    return cv2.filter2D(layer, -1, kernel / kernel.sum())


def _covered(box: Sequence[float], other: Sequence[float]) -> float:
    """Share of a face's box behind another one's head, which is wider than its box."""
    grown = 0.2 * (other[2] - other[0])
    across = min(box[2], other[2] + grown) - max(box[0], other[0] - grown)
    down = min(box[3], other[3] + grown) - max(box[1], other[1] - grown)
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(0.0, across) * max(0.0, down) / area


def _wall(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A background out of focus, with some edges: (h, w, 3) float32."""
    width, height = size
    paint = rng.uniform(60, 190, 3).astype(np.float32)
    blotches = rng.normal(0, 22, (5, 8, 3)).astype(np.float32)
    wall = cv2.resize(blotches, size, interpolation=cv2.INTER_CUBIC) + paint
    for _ in range(12):  # furniture
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        w, h = rng.uniform(0.03, 0.3, 2) * (width, height)
        colour = tuple(float(c) for c in rng.uniform(30, 220, 3))
        corners = (int(x), int(y)), (int(x + w), int(y + h))
        cv2.rectangle(wall, *corners, colour, -1 if rng.random() < 0.5 else 2)
    return np.clip(cv2.GaussianBlur(wall, (0, 0), 1.2 * height / 360), 0, 255)
