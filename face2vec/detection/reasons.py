"""Why no face was found: the likeliest reason, by a look at the photo as a whole."""

from __future__ import annotations

import cv2
import numpy as np

from face2vec.detection.engines import Engines
from face2vec.photos.photo import Photo
from face2vec.photos.view import whole
from face2vec.records import Reason

SIDE = 300  # pixels of the long side of the photo that is judged
SMALLEST_PHOTO = 16  # pixels of the short side: what is in fewer is no face to anyone
DARK = 40  # of 255: the brightness that all but one in a hundred pixels stay below
EVEN = 4.0  # standard deviation of brightness of a photo that shows nothing at all
# Share of the brightness's standard deviation in what is finer than 2 pixels. Portraits have 0.1
# and more; blurred so far that their faces are lost, 0.02 and less.
LEAST_FINE_SHARE = 0.03


def likeliest_reason(photo: Photo, engines: Engines, too_small: float | None) -> tuple[Reason, str]:
    """Returns why a photo in which no face was found has none, and a few words about it.

    Args:
        photo: the photo.
        engines: look for heads in profile.
        too_small: pixels of the side of what may have been a face, was it not that small; or None.
    """
    grey = photo.sample(whole(photo.size, SIDE))
    brightest = np.percentile(grey, 99)
    if min(photo.size) < SMALLEST_PHOTO:
        width, height = photo.size
        return Reason.TOO_SMALL, f"the whole photo has {width} x {height} pixels"
    if brightest < DARK:
        return Reason.TOO_DARK, f"its brightness reaches {brightest:.0f} of 255"
    if too_small is not None:
        return Reason.TOO_SMALL, f"about {too_small:.0f} pixels wide"
    if grey.std() > EVEN and _fine_share(grey) < LEAST_FINE_SHARE:
        return Reason.BLURRED, "nothing in it is sharp"
    if engines.profiles(grey):
        return Reason.TURNED_AWAY, "a head is seen from the side"
    return Reason.NO_FACE, ""


def _fine_share(grey: np.ndarray) -> float:
    pixels = grey.astype(np.float32)
    return float((pixels - cv2.GaussianBlur(pixels, (0, 0), 2)).std() / pixels.std())
