"""Makes face2vec/assets/hog-face.npy, what faces look like to HOG: python docs/make_template.py

It is the mean, over the made-up people's photos, of the histograms of the face turned upright and
scaled to 128 pixels, and of their mirror images.
"""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np

from face2vec.detection.detector import Detector
from face2vec.detection.evidence import Sighting, settled
from face2vec.detection.landmarks import LandmarkModel
from face2vec.drawing.hog import CELL, TEMPLATE, TEMPLATE_CELLS, hog_cells
from face2vec.files import write_atomically
from face2vec.photos.folders import list_photos
from face2vec.photos.photo import Photo
from face2vec.photos.view import around

ROOT = Path(__file__).resolve().parent.parent
ASSET = ROOT / "face2vec" / "assets" / TEMPLATE


def main() -> None:
    detector = Detector(LandmarkModel())
    made = [seen for path in list_photos(ROOT / "faces") for seen in both_sides(path, detector)]
    data = io.BytesIO()
    np.save(data, np.mean(made, axis=0).astype(np.float32))
    write_atomically(ASSET, data.getvalue())
    print(f"{ASSET.relative_to(ROOT)}: {len(data.getvalue())} bytes, of {len(made)} faces")


def both_sides(path: Path, detector: Detector) -> list[np.ndarray]:
    """The histograms of the face in a photo, and of its mirror image."""
    photo = Photo.open(path)
    (face,) = detector.find(photo).faces
    seen = Sighting(np.zeros(2), 1.0, 0.0, 0.0, "")
    upright = settled(face.landmarks, seen)
    side = TEMPLATE_CELLS * CELL
    view = around(upright.centre, upright.side, turn=upright.turn, pixels=side, share=1.0)
    grey = photo.sample(view)
    return [hog_cells(grey), hog_cells(cv2.flip(grey, 1))]


if __name__ == "__main__":
    main()
