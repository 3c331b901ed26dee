"""Where the time of a photo goes: milliseconds of each stage, for easy photos and for hard ones.

    python benchmarks/stages.py FOLDER [--photos 30]

One thread, the processor's time, models loaded. `sideways` are the photos turned by 90 degrees,
which need the ladder; `large` are the photos scaled up to 3000 pixels.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402

from face2vec.detection import landmarks as landmarks_module  # noqa: E402
from face2vec.detection.engines import Engines  # noqa: E402
from face2vec.dlib_models.opencv import OpenCVNetwork  # noqa: E402
from face2vec.dlib_models.trees import ShapePredictor  # noqa: E402
from face2vec.encoders import resnet  # noqa: E402
from face2vec.encoders.registry import make_encoder  # noqa: E402
from face2vec.photos import photo as photo_module  # noqa: E402
from face2vec.photos.folders import list_photos  # noqa: E402
from face2vec.photos.photo import Photo  # noqa: E402
from face2vec.reading.options import ReadingOptions  # noqa: E402

STAGES = {
    "decoding": [(photo_module, "decode_grey"), (photo_module, "decode_colour")],
    "looks (warps)": [(Photo, "sample"), (landmarks_module, "_turned_upright")],
    "Viola-Jones": [(Engines, "viola_jones"), (Engines, "profiles")],
    "HOG": [(Engines, "hog")],
    "landmarks": [(ShapePredictor, "fit")],
    "chips": [(resnet, "cut_chip")],
    "network": [(OpenCVNetwork, "forward")],
}
REST = "Python between"


class Stopwatch:
    """Adds up the time of functions, what they call of each other not twice."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner = 0.0

    def watch(self, place: object, name: str, stage: str) -> None:
        """Puts a watched function in the place of a function."""
        function = getattr(place, name)

        def watched(*args: object, **options: object) -> object:
            outer, self._inner = self._inner, 0.0
            start = time.process_time()
            try:
                return function(*args, **options)
            finally:
                taken = time.process_time() - start
                self.seconds[stage] += taken - self._inner
                self._inner = outer + taken

        setattr(place, name, watched)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=30)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    stopwatch = Stopwatch()
    for stage, functions in STAGES.items():
        for place, name in functions:
            stopwatch.watch(place, name, stage)
    paths = list_photos(options.folder)
    paths = paths[:: max(1, len(paths) // options.photos)]
    print("| ms a photo | " + " | ".join([*STAGES, REST, "all"]) + " |")
    print("| --- |" + " ---: |" * (len(STAGES) + 2))
    for kind, make in KINDS.items():
        made = [make(path) for path in paths]
        detector = ReadingOptions("nose-tip").reader().detector
        row(f"{kind}: finding", stopwatch, made, detector.find)
        faces = {data: detector.find(Photo(data)).faces for data in made}
        for name in ("landmarks", "resnet"):
            encoder = make_encoder(name)
            row(
                f"{kind}: {name}",
                stopwatch,
                made,
                lambda photo, encoder=encoder, faces=faces: encoder.encode(
                    photo, faces[photo.data]
                ),
            )


def row(
    title: str, stopwatch: Stopwatch, photos: list[bytes], work: Callable[[Photo], object]
) -> None:
    """Prints what some work takes of each stage."""
    work(Photo(photos[0]))  # loads the models
    stopwatch.seconds.clear()
    start = time.process_time()
    for data in photos:
        work(Photo(data))
    taken = time.process_time() - start
    seconds = [stopwatch.seconds[stage] for stage in STAGES]
    each = [1000 * one / len(photos) for one in (*seconds, taken - sum(seconds), taken)]
    print(f"| {title} | " + " | ".join(f"{one:.1f}" for one in each) + " |", flush=True)


def sideways(path: Path) -> bytes:
    turned = cv2.rotate(cv2.imread(str(path)), cv2.ROTATE_90_CLOCKWISE)
    return cv2.imencode(".png", turned)[1].tobytes()


def large(path: Path) -> bytes:
    scaled = cv2.resize(cv2.imread(str(path)), (3000, 3000), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", scaled)[1].tobytes()


KINDS = {"as they are": Path.read_bytes, "sideways": sideways, "large": large}

if __name__ == "__main__":
    main()
