"""The functions of face_recognition 1.3 by Adam Geitgey: same arguments, orders and shapes.

Vectors are those of dlib's network for the same box and points, within 1e-4, so that stored
encodings go on working. A face that dlib's detector sees has the box that it always had; a photo
in which it sees none is given to `face2vec.detection`. Nothing is loaded at import, models at
their first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from face2vec.errors import PhotoError
from face2vec.face_recognition.locations import FoundByLadder, Location, location_of, trimmed

Landmarks: TypeAlias = "dict[str, list[tuple[int, int]]]"

CHIP, PADDING = 150, 0.25  # what the network was trained with
# Where the five points of the small model are among the 68: corners of the eyes, outer first, the
# eye to the right of the image first; and below the nose.
FIVE_OF_68 = (45, 42, 36, 39, 33)
LARGE = {
    "chin": range(17),
    "left_eyebrow": range(17, 22),
    "right_eyebrow": range(22, 27),
    "nose_bridge": range(27, 31),
    "nose_tip": range(31, 36),
    "left_eye": range(36, 42),
    "right_eye": range(42, 48),
    "top_lip": (*range(48, 55), 64, 63, 62, 61, 60),
    "bottom_lip": (*range(54, 60), 48, 60, 67, 66, 65, 64),
}
SMALL = {"nose_tip": (4,), "left_eye": (2, 3), "right_eye": (0, 1)}


def load_image_file(file: str | Path | IO[bytes], mode: str = "RGB") -> np.ndarray:
    """Loads an image file.

    As with face_recognition, the EXIF orientation is not obeyed, and what is missing of a file
    that ends too early is grey.

    Args:
        file: its name, or a file object.
        mode: ``RGB``, or ``L`` for grey.

    Returns:
        (h, w, 3) uint8, red first; or (h, w) uint8.

    Raises:
        OSError: the file cannot be read as an image.
    """
    import PIL.Image
    import PIL.ImageFile

    before = PIL.ImageFile.LOAD_TRUNCATED_IMAGES
    PIL.ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image = PIL.Image.open(file)
        return np.array(image.convert(mode) if mode else image)
    finally:
        PIL.ImageFile.LOAD_TRUNCATED_IMAGES = before


def face_locations(
    img: np.ndarray, number_of_times_to_upsample: int = 1, model: str = "hog"
) -> list[Location]:
    """Finds the faces of an image.

    Args:
        img: (h, w, 3) uint8, red first; or (h, w) uint8.
        number_of_times_to_upsample: how often its sides are doubled before dlib looks: 0 finds
            faces of 80 pixels, 1 of 40, 2 of 20.
        model: ``hog``, or ``cnn`` for dlib's network.

    Returns:
        (top, right, bottom, left) of each face, in pixels, right and bottom inclusive.

    Raises:
        PhotoError: another array.
    """
    image = _checked(img)
    found = _found(image, number_of_times_to_upsample, model)
    return [_within(location, image) for location in found]


def batch_face_locations(
    images: Sequence[np.ndarray], number_of_times_to_upsample: int = 1, batch_size: int = 128
) -> list[list[Location]]:
    """Finds the faces of several images, of any sizes, with dlib's network.

    Args:
        images: see `face_locations`.
        number_of_times_to_upsample: see there.
        batch_size: is taken and not needed: one image at a time is as quick without a GPU.

    Raises:
        PhotoError: see `face_locations`.
    """
    return [face_locations(image, number_of_times_to_upsample, "cnn") for image in images]


def face_landmarks(
    face_image: np.ndarray,
    face_locations: Sequence[Sequence[int]] | None = None,
    model: str = "large",
) -> list[Landmarks]:
    """Finds the landmarks of the faces of an image.

    Args:
        face_image: see `face_locations`.
        face_locations: the faces, if they are known.
        model: ``large`` for 68 points, ``small`` for 5.

    Returns:
        The points (x, y) of each part of each face: chin, left_eyebrow, right_eyebrow,
        nose_bridge, nose_tip, left_eye, right_eye, top_lip and bottom_lip; of the small model
        nose_tip, left_eye and right_eye.

    Raises:
        PhotoError: see `face_locations`.
        ValueError: there is no such model.
    """
    if model not in ("large", "small"):
        raise ValueError(f"there is no landmark model {model!r}: choose 'large' or 'small'.")
    parts = SMALL if model == "small" else LARGE
    found = _points(_checked(face_image), face_locations, small=model == "small")
    faces = [[(x, y) for x, y in points.tolist()] for points in found]
    return [
        {part: [points[index] for index in indices] for part, indices in parts.items()}
        for points in faces
    ]


def face_encodings(
    face_image: np.ndarray,
    known_face_locations: Sequence[Sequence[int]] | None = None,
    num_jitters: int = 1,
    model: str = "small",
) -> list[np.ndarray]:
    """Returns a vector for each face of an image.

    Args:
        face_image: see `face_locations`.
        known_face_locations: the faces, if they are known.
        num_jitters: of how many slightly moved copies of the face it is the mean; each costs as
            much as the face.
        model: the points by which the face is turned upright: ``small`` for 5, else 68.

    Returns:
        (128,) float64 each.

    Raises:
        PhotoError: see `face_locations`.
    """
    import dlib

    from face2vec.face_recognition import models

    image = _checked(face_image)
    points = _points(image, known_face_locations, small=model == "small")
    if not len(points):
        return []
    shapes = dlib.full_object_detections()
    for face in points.tolist():
        # What is cut out depends on the points alone, the rectangle is not looked at.
        parts = [dlib.point(x, y) for x, y in face]
        shapes.append(dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), parts))
    chips = dlib.get_face_chips(_colour(image), shapes, CHIP, PADDING)
    if num_jitters > 1:
        chips = [moved for chip in chips for moved in dlib.jitter_image(chip, num_jitters)]
    vectors = models.network().encode(np.stack(chips))
    return list(vectors.reshape(len(points), -1, vectors.shape[1]).mean(axis=1))


def face_distance(
    face_encodings: Sequence[np.ndarray] | np.ndarray, face_to_compare: np.ndarray
) -> np.ndarray:
    """Returns the Euclidean distance of each encoding from one, (n,) float64."""
    if len(face_encodings) == 0:
        return np.empty(0)
    return np.asarray(np.linalg.norm(np.asarray(face_encodings) - face_to_compare, axis=1))


def compare_faces(
    known_face_encodings: Sequence[np.ndarray] | np.ndarray,
    face_encoding_to_check: np.ndarray,
    tolerance: float = 0.6,
) -> list[bool]:
    """Tells for each known encoding whether it is at most `tolerance` away from another one."""
    return list(face_distance(known_face_encodings, face_encoding_to_check) <= tolerance)


def _checked(image: np.ndarray) -> np.ndarray:
    """Returns an image in one piece, as dlib wants it.

    Raises:
        PhotoError: it is none.
    """
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not fits or not image.size:
        raise PhotoError(
            "expected a uint8 array of shape (h, w, 3), red first, or (h, w), "
            f"got {image.dtype} of shape {image.shape}: see load_image_file."
        )
    return np.ascontiguousarray(image)


def _colour(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)


def _grey(image: np.ndarray) -> np.ndarray:
    """Returns what dlib fits points on: the mean of the colours, rounded down."""
    if image.ndim == 2:
        return image
    total = image[..., 0].astype(np.uint16)
    total += image[..., 1]
    total += image[..., 2]
    return (total // 3).astype(np.uint8)


def _within(location: Sequence[int], image: np.ndarray) -> Location:
    height, width = image.shape[:2]
    if isinstance(location, FoundByLadder):
        return location.within(height, width)  # type: ignore[return-value]
    return trimmed(location, height, width)


def _found(image: np.ndarray, upsample: int, model: str) -> Sequence[Sequence[int]]:
    """Returns where faces are; a box may reach beyond the image."""
    from face2vec.face_recognition import models

    if model == "cnn":
        found: Sequence[Sequence[int]] = _found_by_cnn(_colour(image), upsample)
    else:
        found = [location_of(box) for box in models.hog()(image, upsample)]
    if found:
        return found
    from face2vec.photos.photo import Photo

    faces = models.ladder().find(Photo.from_array(image, order="rgb")).faces
    return [FoundByLadder.of(face) for face in faces]


def _found_by_cnn(rgb: np.ndarray, upsample: int) -> list[Location]:
    from face2vec.face_recognition import models

    for _ in range(upsample):
        rgb = models.twice_as_large(rgb)
    found = models.cnn().find(rgb)
    corners = np.array([one[:4] for one in found], dtype=np.float64).reshape(-1, 2, 2)
    for _ in range(upsample):
        corners = models.half_as_large(corners)
    boxes = np.floor(corners + 0.5).astype(int).reshape(-1, 4).tolist()
    return [(top, right, bottom, left) for left, top, right, bottom in boxes]


def _points(
    image: np.ndarray, locations: Sequence[Sequence[int]] | None, small: bool
) -> np.ndarray:
    """Returns the points of faces, (n, 5, 2) or (n, 68, 2) int, columns x and y."""
    from face2vec.face_recognition import models

    if locations is None:
        locations = _found(image, 1, "hog")
    if not locations:
        return np.empty((0, len(FIVE_OF_68) if small else 68, 2), dtype=int)
    boxes = np.array([_corners(location) for location in locations])
    grey = _grey(image)
    fitted = models.predictor(small).fit([grey] * len(boxes), boxes).astype(int)
    for points, location in zip(fitted, locations, strict=True):
        if isinstance(location, FoundByLadder):
            known = np.rint(location.landmarks).astype(int)
            points[:] = known[list(FIVE_OF_68)] if small else known
    return fitted


def _corners(location: Iterable[int]) -> tuple[int, int, int, int]:
    """Returns left, top, right and bottom."""
    top, right, bottom, left = location
    return int(left), int(top), int(right), int(bottom)
