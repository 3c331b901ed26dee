"""Bending pictures by their points, and soft masks: what both makers of pictures here use."""

from __future__ import annotations

import cv2
import numpy as np

CANVAS = 512  # pixels of a side of the square on which portraits are put together
LUMA = np.array([0.114, 0.587, 0.299], np.float32)  # of blue, green, red, in a grey value
_STEP = 8  # pixels between the points at which a bend is computed; between them it is smooth


def bend(
    image: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    view: np.ndarray | None = None,
    size: tuple[int, int] = (CANVAS, CANVAS),
) -> np.ndarray:
    """Bends a picture so that the points `start` come to lie at `end`, then looks at a part of it.

    The bend is a thin-plate spline (Bookstein, 1989): smooth, without the creases that
    triangles leave in hair and cheeks.

    Args:
        image: (h, w, channels) float32.
        start: (n, 2) x, y in pixels of `image`.
        end: (n, 2) x, y, where they shall be.
        view: (2, 3) affine matrix from the bent picture to the result; None for the same.
        size: width and height of the result in pixels.

    Returns:
        (height, width, channels) float32; beyond the picture its border goes on.
    """
    from scipy.interpolate import RBFInterpolator

    width, height = size
    across, down = np.arange(0, width + _STEP, _STEP), np.arange(0, height + _STEP, _STEP)
    columns, rows = np.meshgrid(across, down)
    points = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    if view is not None:
        back = cv2.invertAffineTransform(view)
        points = points @ back[:, :2].T + back[:, 2]
    spline = RBFInterpolator(end, start - end, kernel="thin_plate_spline", smoothing=1.0)
    # Rounded, so that the last bits of another machine's arithmetic change no pixel.
    source = (points + np.round(spline(points), 3)).astype(np.float32).reshape(*columns.shape, 2)
    y, x = np.mgrid[:height, :width].astype(np.float32) / _STEP
    dense = cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cv2.remap(
        image, dense[..., 0], dense[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def soften(mask: np.ndarray, sigma: float) -> np.ndarray:
    """Blurs a mask or picture by a Gaussian of `sigma` pixels; returns float32."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)


def hull_mask(points: np.ndarray, sigma: float) -> np.ndarray:
    """(CANVAS, CANVAS) float32: 1 within the convex hull of (n, 2) points, soft at its edge."""
    mask = np.zeros((CANVAS, CANVAS), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points).astype(np.int32)), 1.0)
    return soften(mask, sigma)


def mix(below: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Lays the picture `above` over `below` where the mask (h, w), 0 to 1, says so."""
    return below + (above - below) * mask[..., None]
