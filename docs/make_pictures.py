"""Draws the README's pictures from the made-up people: python docs/make_pictures.py"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from face2vec.assets import cascade
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.drawing.stages import draw_stages
from face2vec.files import write_atomically
from face2vec.photos.photo import Photo
from face2vec.records import Box

ROOT = Path(__file__).resolve().parent.parent
FACES = ROOT / "faces"
PICTURES = ROOT / "docs" / "pictures"
GROWTH = 0.6  # of the Viola-Jones box on every side, so that the crop holds the whole face


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    save("people.jpg", people(), [cv2.IMWRITE_JPEG_QUALITY, 88])
    save("stages.png", stages(FACES / "zelda" / "004.jpg"), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def people() -> np.ndarray:
    """One photo of each made-up person, side by side."""
    photos = [Photo.open(folder / "005.jpg").bgr for folder in sorted(FACES.iterdir())]
    return cv2.resize(cv2.hconcat(photos), None, fx=0.65, fy=0.65, interpolation=cv2.INTER_AREA)


def stages(path: Path) -> np.ndarray:
    """What becomes of one photo."""
    photo = Photo.open(path)
    faces = Detector(LandmarkModel()).find(photo)[0]
    return draw_stages(photo, faces[0], viola_jones_crop(photo))


def viola_jones_crop(photo: Photo) -> Box | None:
    """The grown Viola-Jones box of the photo's face; None where it finds none."""
    equalised = cv2.equalizeHist(photo.grey)
    found = cv2.CascadeClassifier(str(cascade())).detectMultiScale(equalised, 1.1, 3)
    if len(found) == 0:
        return None
    x, y, width, height = (int(side) for side in found[0])
    margin = int(GROWTH * width)
    bottom, right = photo.grey.shape
    return Box(
        max(0, x - margin),
        max(0, y - margin),
        min(right, x + width + margin),
        min(bottom, y + height + margin),
    )


def save(name: str, picture: np.ndarray, options: list[int]) -> None:
    _, encoded = cv2.imencode(Path(name).suffix, picture, options)
    write_atomically(PICTURES / name, encoded.tobytes())
    print((PICTURES / name).relative_to(ROOT))


if __name__ == "__main__":
    main()
