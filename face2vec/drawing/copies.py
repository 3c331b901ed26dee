"""Annotated copies of photos: turned as EXIF says, without any of the original's metadata."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face2vec.drawing.annotations import draw_caption, draw_faces
from face2vec.drawing.labels import Annotation
from face2vec.errors import FolderError, OptionError, PhotoError
from face2vec.files import write_atomically
from face2vec.photos.photo import Photo
from face2vec.progress import Progress, no_progress

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
SOFTWARE = 0x0131  # the EXIF tag that says what wrote a picture
OURS = "face2vec: annotated copy"
QUALITY = 92


def write_copies(
    folder: Path, annotations: Sequence[Annotation], progress: Progress = no_progress
) -> list[Path]:
    """Writes an annotated copy of each photo, in the photos' own tree of folders.

    A copy keeps the photo's name; of a photo that is neither JPEG, PNG nor WebP it is a JPEG with
    ``.jpg`` put behind the name. A photo that cannot be read any more is passed over.

    Args:
        folder: is made where it is missing.
        annotations: of the photos.
        progress: is told how many are written, of how many.

    Returns:
        The copies, in the photos' order.

    Raises:
        OptionError: a copy would take the place of a photo, or of any file that is no such copy.
        FolderError: the folder cannot be written.
    """
    places = [folder / name for name in _names([one.path for one in annotations])]
    for place in places:
        _refuse_to_overwrite(place)
    written = []
    for done, (annotation, place) in enumerate(zip(annotations, places, strict=True), start=1):
        try:
            copy = annotated(annotation)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, encoded(copy, FORMATS[place.suffix.lower()]), durable=False)
            written.append(place)
        except PhotoError:
            pass  # it was read a moment ago; that it is gone is no reason to stop
        except OSError as error:
            raise FolderError(
                f"the copies cannot be written to {place.parent} ({error.strerror}): "
                "give another folder with --annotate."
            ) from error
        progress(done, len(annotations))
    return written


def annotated(annotation: Annotation) -> np.ndarray:
    """Returns a photo with what is to be drawn upon it, (h, w, 3) uint8, blue first.

    Raises:
        PhotoError: the photo cannot be read.
    """
    picture = Photo.open(annotation.path).bgr.copy()
    draw_faces(picture, annotation.labels)
    if annotation.caption:
        draw_caption(picture, annotation.caption)
    return picture


def encoded(picture: np.ndarray, kind: str) -> bytes:
    """Returns the bytes of an image file that says of itself that it is a copy.

    Args:
        picture: (h, w, 3) uint8, blue first.
        kind: ``JPEG``, ``PNG`` or ``WEBP``.
    """
    exif = Image.Exif()
    exif[SOFTWARE] = OURS
    data = io.BytesIO()
    image = Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    image.save(data, kind, quality=QUALITY, exif=exif)
    return data.getvalue()


def _names(paths: Sequence[Path]) -> list[Path]:
    """Returns where each copy goes, below the folder that holds all the photos."""
    if not paths:
        return []
    whole = [Path(os.path.abspath(path)) for path in paths]
    root = os.path.commonpath([path.parent for path in whole])
    names = [path.relative_to(root) for path in whole]
    return [
        name if name.suffix.lower() in FORMATS else name.with_name(f"{name.name}.jpg")
        for name in names
    ]


def _refuse_to_overwrite(place: Path) -> None:
    if place.exists() and not _is_copy(place):
        raise OptionError(
            f"{place} is there already and is no annotated copy: "
            "give an empty or a new folder with --annotate."
        )


def _is_copy(place: Path) -> bool:
    try:
        with Image.open(place) as image:
            return bool(image.getexif().get(SOFTWARE) == OURS)
    except (OSError, ValueError, SyntaxError):
        return False
