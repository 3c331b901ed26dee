"""The two public-domain portraits out of which every made-up person is put together.

Eileen Collins (NASA; `skimage.data.astronaut`) and Grace Hopper (US Navy; matplotlib's sample data)
come inside packages. Both are laid on one canvas, eyes upon eyes, and cut into head, hair or hat,
skin and clothes along the outlines below, which were drawn once on these very pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from face2vec.demo.warp import CANVAS, LUMA, soften
from face2vec.detection.landmarks import LandmarkModel
from face2vec.errors import MissingPackageError
from face2vec.photos.decoding import decode_colour
from face2vec.records import Box

_EYES_CENTRE = np.array([256.0, 230.0])  # where the middle between the eyes lies on the canvas
_EYE_DISTANCE = 76.0  # canvas pixels between the centres of the eyes
_COLLINS_BOX = Box(175, 76, 266, 167)  # the faces as HOG finds them in the two pictures
_HOPPER_BOX = Box(180, 139, 367, 326)

_OUTLINES = {
    "collins_head": """
        252,77 243,82 237,82 226,89 210,90 193,103 184,116 159,132 146,143 130,160 127,172 127,185
        131,203 131,220 137,239 156,258 160,259 162,269 166,275 177,284 183,284 185,287 192,318
        197,365 208,374 286,379 306,374 312,367 317,329 327,309 332,284 343,283 375,243 380,234
        382,218 386,211 387,190 383,177 383,168 377,157 376,144 361,119 352,109 347,107 337,98
        327,96 310,88 308,85 300,85 294,81 285,79 270,80 268,77
    """,
    "collins": """
        352,109 347,107 337,98 327,96 310,88 308,85 300,85 294,81 276,76 251,77 243,82 237,82
        228,88 216,87 210,90 193,103 184,116 160,131 130,160 129,169 127,170 127,185 131,203
        131,220 135,235 139,242 155,259 160,260 167,276 174,283 185,285 192,313 174,314 134,322
        114,335 97,350 90,370 85,373 82,382 81,396 73,397 72,388 70,388 71,402 73,404 71,420
        64,425 61,432 48,443 48,446 33,461 11,476 3,487 0,487 0,511 400,511 400,508 407,497
        414,498 413,511 483,511 475,499 475,496 461,482 455,480 436,464 423,459 407,448 400,429
        389,410 362,381 347,369 345,371 322,352 314,349 318,326 327,309 332,284 344,282 375,243
        382,229 382,218 385,215 388,199 383,168 377,157 376,144 361,119
    """,
    "collins_hair": """
        130,160 127,172 127,185 131,203 131,220 137,239 161,261 168,261 173,264 176,264 176,257
        178,255 178,232 182,219 185,195 193,187 201,187 207,192 232,191 235,193 245,192 249,188
        259,188 266,192 286,193 288,195 305,199 316,203 327,204 331,212 336,228 338,239 336,265
        342,269 342,272 353,268 371,249 380,233 382,218 386,211 386,183 383,178 382,167 377,157
        377,150 369,132 360,121 357,114 335,98 285,79 270,80 268,77 252,77 249,80 237,82 223,91
        210,91 189,107 189,111 184,116 159,132 146,143
    """,
    "hopper": """
        219,79 212,91 198,96 183,109 178,117 177,127 162,139 150,166 151,183 163,197 163,209
        152,232 153,252 161,264 161,273 164,279 161,300 165,307 176,317 191,325 194,335 194,346
        183,351 174,360 158,369 132,375 117,382 94,384 79,388 67,393 61,398 53,399 44,409 35,431
        34,438 27,445 26,470 19,511 488,511 488,501 482,478 475,477 464,434 456,422 452,422
        447,417 434,410 401,400 340,372 312,346 316,339 328,335 336,319 348,286 350,268 353,263
        353,250 357,243 358,232 353,226 357,192 356,148 353,139 351,137 342,136 335,115 326,107
        302,91 292,89 277,78 250,73 233,75 229,79
    """,
    "hopper_head": """
        253,73 233,75 229,79 219,79 212,91 204,93 191,101 179,115 177,127 160,142 150,166 151,183
        163,197 163,209 152,232 153,252 161,264 161,273 164,279 161,300 165,307 176,317 191,325
        194,339 196,341 198,371 201,383 213,409 230,429 256,429 272,415 301,378 308,365 312,341
        328,335 336,319 348,286 350,268 353,263 353,250 357,243 358,236 357,229 353,226 357,192
        356,148 353,139 351,137 342,136 335,115 319,102 300,90 292,89 277,78
    """,
    "hopper_hat": """
        151,163 153,185 163,195 174,186 184,186 203,176 290,176 315,180 347,204 354,204 356,199
        356,148 353,139 351,137 342,136 335,115 326,107 302,91 292,89 277,78 267,75 250,73 233,75
        229,79 219,79 212,91 198,96 183,109 178,117 177,127 162,139
    """,
}


@dataclass(frozen=True, eq=False)
class Portrait:
    """One portrait on the canvas.

    Attributes:
        image: (CANVAS, CANVAS, 3) float32, blue first, 0 to 255.
        landmarks: (68, 2) float64, x, y in canvas pixels.
        person, head, top, clothes: masks (CANVAS, CANVAS) float32, 0 to 1; `top` is hair or hat.
    """

    image: np.ndarray
    landmarks: np.ndarray
    person: np.ndarray
    head: np.ndarray
    top: np.ndarray
    clothes: np.ndarray

    @property
    def skin(self) -> np.ndarray:
        return np.clip(self.head - self.top, 0, 1)


def load_portraits() -> tuple[Portrait, Portrait]:
    """Returns Collins and Hopper, laid out on the canvas.

    Raises:
        MissingPackageError: scikit-image or matplotlib is not installed.
    """
    try:
        from matplotlib.cbook import get_sample_data
        from skimage.data import astronaut
    except ImportError as error:
        raise MissingPackageError(
            "the made-up people need scikit-image and matplotlib: pip install 'face2vec[demo]'"
        ) from error
    fitter = LandmarkModel()
    collins, collins_points = _lay_out(astronaut()[:, :, ::-1], _COLLINS_BOX, fitter)
    photo = Path(get_sample_data("grace_hopper.jpg", asfileobj=False))
    hopper, hopper_points = _lay_out(
        decode_colour(photo.read_bytes(), photo.name), _HOPPER_BOX, fitter
    )
    orange_suit = cv2.cvtColor(collins / 255, cv2.COLOR_BGR2HSV)[..., 1] > 0.43
    dark_coat = hopper @ LUMA < 95
    return (
        Portrait(
            collins,
            collins_points,
            _cut("collins"),
            _cut("collins_head"),
            _cut("collins_hair"),
            _clothes("collins", orange_suit & (collins[..., 2] > 120)),
        ),
        Portrait(
            hopper,
            hopper_points,
            _cut("hopper"),
            _cut("hopper_head"),
            _cut("hopper_hat"),
            _clothes("hopper", dark_coat),
        ),
    )


def _lay_out(photo: np.ndarray, box: Box, fitter: LandmarkModel) -> tuple[np.ndarray, np.ndarray]:
    """Turns and scales a photo so that its eyes come to lie at the canvas's places for them."""
    points = fitter.fit(cv2.cvtColor(np.ascontiguousarray(photo), cv2.COLOR_BGR2GRAY), box)
    points = np.round(points)  # no last bits of another processor's arithmetic
    one, other = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    across = other - one
    turn = np.array([across, [-across[1], across[0]]]) * _EYE_DISTANCE / (across @ across)
    matrix = np.column_stack([turn, _EYES_CENTRE - turn @ (one + other) / 2])
    canvas = cv2.warpAffine(
        photo.astype(np.float32),
        matrix,
        (CANVAS, CANVAS),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(canvas, 0, 255), points @ turn.T + matrix[:, 2]


def _cut(name: str) -> np.ndarray:
    """The soft mask of an outline, a pixel inside of it to leave the old background behind."""
    points = [pair.split(",") for pair in _OUTLINES[name].split()]
    mask = np.zeros((CANVAS, CANVAS), np.uint8)
    cv2.fillPoly(mask, [np.array(points, np.int32)], 1)
    return soften(cv2.erode(mask, np.ones((3, 3), np.uint8)), 1.2)


def _clothes(name: str, coloured: np.ndarray) -> np.ndarray:
    """The mask of what is below the head and has the clothes' own colour."""
    return (_cut(name) - _cut(f"{name}_head")).clip(0, 1) * soften(coloured, 0.8)
