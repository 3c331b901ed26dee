"""Photos of a made-up person: another pose, expression, light and wall in each."""

from __future__ import annotations

import cv2
import numpy as np

from face2vec.demo.people import STILL, Sitter
from face2vec.demo.warp import bend, mix, soften

SIZE = (304, 336)  # width and height of a photo in pixels
NECK = np.array([256.0, 350.0, -70.0])  # the point about which a head turns, on the canvas
_BOTTOM = 488.0  # canvas row at the lower edge of every photo
# How far each landmark lies towards the camera, in canvas pixels: jaw, brows, nose, eyes, lips.
DEPTH = np.array(
    [
        -60, -52, -45, -35, -25, -12, -2, 6, 10, 6, -2, -12, -25, -35, -45, -52, -60,
        -10, 0, 8, 12, 14, 14, 12, 8, 0, -10,
        16, 24, 34, 42, 14, 18, 22, 18, 14,
        -6, 3, 4, 4, 4, 3, 4, 4, 3, -6, 3, 4,
        4, 12, 17, 18, 17, 12, 4, 11, 16, 17, 16, 11, 6, 15, 16, 15, 6, 15, 16, 15,
    ],
    dtype=np.float64,
)  # fmt: skip


def take_photo(rng: np.random.Generator, sitter: Sitter) -> np.ndarray:
    """Takes one photo of a sitter; returns (336, 304, 3) uint8, blue first."""
    figure = _posed(rng, sitter)
    alpha = np.clip(figure[..., 3], 0, 1)
    lit = np.clip(figure[..., :3], 0, 255) * _light(rng)[..., None]
    scene = soften(mix(wall(rng), lit, alpha), 0.45)
    photo = _developed(rng, scene)
    return np.ascontiguousarray(photo[:, ::-1]) if sitter.mirrored else photo


def _posed(rng: np.random.Generator, sitter: Sitter) -> np.ndarray:
    """The sitter's picture with head turned, face moved, and the camera held not quite straight."""
    solid = np.column_stack([_expression(rng, sitter.landmarks), DEPTH])
    head = np.concatenate([solid, sitter.crown])
    turn = rotation(yaw=_around(rng, 6.5, 15), pitch=_around(rng, 3, 6), roll=_around(rng, 3, 7))
    turned = ((head - NECK) @ turn.T + NECK)[:, :2]
    start = np.concatenate([sitter.landmarks, sitter.crown[:, :2], STILL])
    tilt = np.deg2rad(_around(rng, 1.5, 3))
    scale = rng.uniform(0.73, 0.87)
    spin = scale * np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    aim = np.array([256 + _around(rng, 8, 20), _BOTTOM])
    view = np.column_stack([spin, (SIZE[0] / 2, SIZE[1]) - spin @ aim])
    return bend(sitter.image, start, np.concatenate([turned, STILL]), view, SIZE)


def _around(rng: np.random.Generator, spread: float, most: float) -> float:
    """A normal draw about 0, cut off at `most` on both sides."""
    return float(np.clip(rng.normal(0, spread), -most, most))


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """(3, 3) rotation by degrees about the y, x and z axes."""
    a, b, c = np.deg2rad((yaw, pitch, roll))
    about_y = [[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]
    about_x = [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.array(about_z) @ np.array(about_y) @ np.array(about_x)


def _expression(rng: np.random.Generator, landmarks: np.ndarray) -> np.ndarray:
    """Raises brows, narrows eyes, and moves the mouth a little; (68, 2) in and out."""
    points = landmarks.copy()
    points[17:27, 1] += _around(rng, 2.2, 4.5)
    openness = 1 + _around(rng, 0.1, 0.2)
    for eye in (slice(36, 42), slice(42, 48)):
        centre = landmarks[eye, 1].mean()
        points[eye, 1] = centre + (landmarks[eye, 1] - centre) * openness
    smile = 0.4 + _around(rng, 0.9, 1.5)
    lips = landmarks[48:]
    outward = (lips[:, 0] - lips[:, 0].mean()) / (np.ptp(lips[:, 0]) / 2)
    points[48:, 0] += 1.6 * smile * outward
    points[48:, 1] -= 1.8 * smile * (outward**2 - 0.35)
    drop = 0.7 + _around(rng, 1.2, 2)
    lower_lip, chin = [55, 56, 57, 58, 59, 65, 66, 67], slice(5, 12)
    points[lower_lip, 1] += drop
    points[chin, 1] += drop
    return points


def _light(rng: np.random.Generator) -> np.ndarray:
    """(height, width) gain of a light that comes from one side."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
    across = (x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle)
    return (1 + strength * across / (width / 2)).astype(np.float32)


def wall(rng: np.random.Generator) -> np.ndarray:
    """A wall out of focus, (height, width, 3) float32."""
    hue, saturation, value = rng.uniform(0, 125), rng.uniform(8, 75), rng.uniform(85, 205)
    paint = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2BGR)
    blotches = 18 * rng.normal(0, 1, (4, 4, 1)) + 3 * rng.normal(0, 1, (4, 4, 3))
    blurred = cv2.resize(blotches.astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
    return np.clip(paint.astype(np.float32) + blurred, 0, 255)


def _developed(rng: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """Exposure, contrast, white balance, gamma and grain; uint8."""
    exposure, contrast = rng.uniform(0.82, 1.12), rng.uniform(0.9, 1.12)
    warmth = rng.normal(0, 0.03)
    print_ = ((scene * exposure - 118) * contrast + 118) * (1 - warmth, 1, 1 + warmth)
    print_ = 255 * (np.clip(print_, 0, 255) / 255) ** rng.uniform(0.85, 1.15)
    height, width = scene.shape[:2]
    grain = rng.normal(0, rng.uniform(0.5, 3), (height, width, 1))
    grain = grain + rng.normal(0, 1, (height, width, 3))
    return np.clip(np.rint(print_ + grain), 0, 255).astype(np.uint8)
