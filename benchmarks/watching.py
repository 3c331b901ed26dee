"""Watching films: frames a second and frames named right, beside face_recognition.

    python benchmarks/watching.py KNOWN STRANGERS [--peer FOLDER] [--live] [--memory MINUTES]

KNOWN and STRANGERS are folders of people; of each person of KNOWN the first photos are enrolled,
and films (`made_films.py`) are made of the others and of people of STRANGERS, of whom nobody is
enrolled. Everything runs on one core, and processor time counts, so that others on the machine do
not disturb. The peer does what its examples publish: for files, HOG and an encoding of each face
on every frame (facerec_from_video_file.py, tolerance 0.5; here on every n-th frame, as it treats
each by itself); for a webcam, every second frame at a quarter of the size, the names kept for the
frame between (facerec_from_webcam_faster.py, tolerance 0.6).

--peer is the folder where face_recognition was installed with
`pip install --no-deps --target FOLDER face_recognition==1.3.0 'setuptools<81'`.
--live plays a film of 640 x 480 in real time and shows the age of what is shown, on two cores.
--memory repeats a film for so many minutes of it and shows the largest memory on the way.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from made_films import HIDDEN, KINDS, RATE, Head, Seen, cut_head, make_film

from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.gallery.identifier import Identifier
from face2vec.reading.options import ReadingOptions
from face2vec.video.films import open_film
from face2vec.video.finder import Finder
from face2vec.video.frames import Frame
from face2vec.video.namers import GalleryNamer
from face2vec.video.overlay import Overlay
from face2vec.video.session import run
from face2vec.video.sources import FileSource, LiveSource
from face2vec.video.watch import Watcher

ENROLLED = 4  # photos of each known person
STRANGERS = 15  # people
SIZES = ((640, 360), (1280, 720))
SCENES, SECONDS = 3, 3.0
SAME = 0.3  # overlap of boxes from which a face counts as found

Box = tuple[float, float, float, float]
Named = list[tuple[str | None, Box]]  # of a frame


@dataclass
class Score:
    """What was named, in faces that are seen and in frames."""

    known: int = 0
    right: int = 0
    wrong: int = 0
    frames: int = 0
    with_stranger_named: int = 0
    seconds: float = 0.0
    tracks: int = 0
    flickers: int = 0

    def add(self, named: Named, truth: Sequence[Seen]) -> None:
        self.frames += 1
        stranger_named = False
        for seen in truth:
            if seen.hidden > HIDDEN:
                continue
            best = max(named, key=lambda one: overlap(one[1], seen.box), default=None)
            name = best[0] if best and overlap(best[1], seen.box) > SAME else None
            if seen.name is None:
                stranger_named |= name is not None
            else:
                self.known += 1
                self.right += name == seen.name
                self.wrong += name not in (None, seen.name)
        self.with_stranger_named += stranger_named

    def join(self, other: Score) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def line(self) -> str:
        right = self.right / self.known
        return (
            f"{self.frames / self.seconds:7.1f} frames/s  named right {right:6.1%}"
            f"  wrong {self.wrong / self.known:6.2%}"
            f"  frames with a stranger named {self.with_stranger_named / self.frames:6.2%}"
        )


@dataclass
class Setting:
    """Who is known to whom."""

    namer: GalleryNamer
    heads: list[list[Head]]
    enrolled: dict[str, list[Path]]
    finder: Finder = field(default_factory=lambda: Finder(LandmarkModel()))


def main() -> None:
    """Prints a line for each kind of film, and sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("known", type=Path)
    parser.add_argument("strangers", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--every", type=int, default=10, help="n of the peer on files")
    parser.add_argument("--height", type=int, choices=[h for _, h in SIZES], help="one size only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--memory", type=float, metavar="MINUTES")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        setting = prepare(options.known, options.strangers, options.seed, Path(folder))
        if options.live:
            live(setting, Path(folder), options.seed)
        elif options.memory:
            memory(setting, Path(folder), options.seed, options.memory)
        else:
            one_core()
            films(setting, Path(folder), options)


def prepare(known: Path, strangers: Path, seed: int, folder: Path) -> Setting:
    """Enrols the known people and cuts out the heads of all."""
    detector = Detector(LandmarkModel())
    identifier = Identifier.open(f"sqlite:///{folder}/gallery.db", ReadingOptions(), create=True)
    heads, enrolled = [], {}
    for person in sorted(path for path in known.iterdir() if path.is_dir()):
        photos = sorted(person.iterdir())
        enrolled[person.name] = photos[:ENROLLED]
        identifier.enrol(person.name, photos[:ENROLLED])
        heads.append([cut_head(path, person.name, detector) for path in photos[ENROLLED:]])
    identifier.gallery.calibrate_itself()
    rng = np.random.default_rng(seed)
    others = sorted(path for path in strangers.iterdir() if path.is_dir())
    others = [path for path in others if path.name not in enrolled]
    for person in rng.permutation(np.array(others, dtype=object))[:STRANGERS]:
        heads.append([cut_head(path, None, detector) for path in sorted(person.iterdir())[:3]])
    threshold = float(identifier.gallery.threshold)
    print(f"{len(enrolled)} people enrolled, threshold {threshold:.3f}, {STRANGERS} strangers")
    cut = [[head for head in person if head is not None] for person in heads]
    return Setting(GalleryNamer(identifier), [person for person in cut if person], enrolled)


def films(setting: Setting, folder: Path, options: argparse.Namespace) -> None:
    """Measures all kinds and sizes."""
    ways: dict[str, Callable[[Path, list[list[Seen]]], Score]] = {
        "face2vec watch": lambda film, truth: ours(setting, film, truth)
    }
    if options.peer:
        peer = Peer(options.peer, setting.enrolled)
        ways["face_recognition, files"] = lambda film, truth: peer.files(film, truth, options.every)
        ways["face_recognition, webcam"] = peer.webcam
    for size in SIZES:
        if options.height not in (None, size[1]):
            continue
        sums = {way: Score() for way in ways}
        for kind in KINDS:
            film, truth = made(setting, folder, kind, size, options.seed)
            for way, measure in ways.items():
                score = measure(film, truth)
                sums[way].join(score)
                print(f"{size[1]}p {kind:9s} {way:25s} {score.line}", flush=True)
        base = sums["face2vec watch"]
        for way, score in sums.items():
            ratio = (base.frames / base.seconds) / (score.frames / score.seconds)
            more = "" if score is base else f"  (watch is {ratio:.1f} times as fast)"
            print(f"{size[1]}p {'all':9s} {way:25s} {score.line}{more}")
        print(f"{size[1]}p tracks {base.tracks}, of which changed their name {base.flickers}\n")


def made(
    setting: Setting, folder: Path, kind: str, size: tuple[int, int], seed: int
) -> tuple[Path, list[list[Seen]]]:
    """Writes a film and returns it with its truth."""
    heads = setting.heads
    if kind in ("turned", "frontal"):
        choose = max if kind == "turned" else min
        heads = [[choose(person, key=lambda head: abs(head.turned))] for person in heads]
    path = folder / f"{kind}{size[1]}.mp4"
    film, truth = open_film(path, RATE), []
    for index, (image, seen) in enumerate(make_film(seed, kind, heads, size, SCENES, SECONDS)):
        film.write(image, index / RATE)
        truth.append(seen)
    film.close()
    return film.path, truth


def ours(setting: Setting, film: Path, truth: list[list[Seen]]) -> Score:
    """Watches a film as `face2vec watch FILE --frames` does."""
    score = Score()
    begun = time.process_time()
    source = FileSource(film)
    watcher = Watcher(setting.finder, setting.namer, rate=source.rate, images=False)
    told = []
    while (frame := source.read()) is not None:
        watcher.look(frame)
        told += watcher.ready()
    told += watcher.ready(all_of_them=True)
    score.seconds = time.process_time() - begun
    names: dict[int, set[str | None]] = {}
    for watched, seen in zip(told, truth, strict=True):
        named: Named = [
            (face.name, (face.box.left, face.box.top, face.box.right, face.box.bottom))
            for face in watched.faces
        ]
        score.add(named, seen)
        for face in watched.faces:
            names.setdefault(face.track, set()).add(face.name)
    score.tracks = len(names)
    score.flickers = sum(len(given) > 1 for given in names.values())
    return score


class Peer:
    """face_recognition, with the same photos enrolled.

    Args:
        folder: where it was installed.
        enrolled: the photos of each person.
    """

    def __init__(self, folder: Path, enrolled: dict[str, list[Path]]) -> None:
        sys.path.insert(0, str(folder))
        import face_recognition

        self._library: Any = face_recognition
        self._names: list[str] = []
        self._vectors: list[np.ndarray] = []
        for name, photos in enrolled.items():
            for path in photos:
                image = face_recognition.load_image_file(path)
                for vector in face_recognition.face_encodings(image)[:1]:
                    self._names.append(name)
                    self._vectors.append(vector)

    def files(self, film: Path, truth: list[list[Seen]], every: int) -> Score:
        """Every frame at its full size; measured on every n-th, as each is treated by itself."""
        score = Score()
        for index, image in enumerate(pictures(film)):
            if index % every:
                continue
            begun = time.process_time()
            named = self._named(np.ascontiguousarray(image[:, :, ::-1]), 0.5)
            score.seconds += time.process_time() - begun
            score.add(named, truth[index])
        return score

    def webcam(self, film: Path, truth: list[list[Seen]]) -> Score:
        """Every second frame at a quarter of its size; the frame between keeps the names."""
        score = Score()
        named: Named = []
        for index, image in enumerate(pictures(film)):
            begun = time.process_time()
            if index % 2 == 0:
                small = cv2.resize(image, (0, 0), fx=0.25, fy=0.25)
                found = self._named(np.ascontiguousarray(small[:, :, ::-1]), 0.6)
                named = [(name, tuple(4 * side for side in box)) for name, box in found]
            score.seconds += time.process_time() - begun
            score.add(named, truth[index])
        return score

    def _named(self, rgb: np.ndarray, tolerance: float) -> Named:
        places = self._library.face_locations(rgb)
        vectors = self._library.face_encodings(rgb, places)
        named: Named = []
        for (top, right, bottom, left), vector in zip(places, vectors, strict=True):
            distances = self._library.face_distance(self._vectors, vector)
            nearest = int(distances.argmin())
            name = self._names[nearest] if distances[nearest] <= tolerance else None
            named.append((name, (left, top, right, bottom)))
        return named


def live(setting: Setting, folder: Path, seed: int) -> None:
    """Plays films in real time and prints how old what is shown was."""
    for kind in ("frontal", "small"):
        film, _ = made(setting, folder, kind, (640, 480), seed)
        frames = list(pictures(film))
        watcher = Watcher(setting.finder, setting.namer, rate=RATE, live=True, delay=0)
        source = LiveSource(Player(frames), kind)
        stats = run(source, watcher, sinks=[], overlay=Overlay(), screen=Nothing())
        ages = [round(1000 * (stats.age(share) or 0)) for share in (0.5, 0.95, 0.99, 1.0)]
        print(
            f"live 640 x 480 {kind}: {stats.frames} of {len(frames)} frames shown, "
            f"age of the shown frame in ms: median, 95 %, 99 %, most: {ages}"
        )


class Player:
    """A camera that gives the frames of a film in real time."""

    def __init__(self, frames: list[np.ndarray]) -> None:
        self._frames = frames
        self._index = 0
        self._begun = 0.0

    def read(self) -> np.ndarray | None:
        if self._index == len(self._frames):
            return None
        self._begun = self._begun or time.monotonic()
        time.sleep(max(0.0, self._begun + self._index / RATE - time.monotonic()))
        self._index += 1
        return self._frames[self._index - 1]

    def close(self) -> None:
        pass


class Nothing:
    """A screen that nobody sees: what is drawn is drawn all the same."""

    def show(self, picture: np.ndarray) -> bool:
        return True


class Repeated:
    """A film that begins again until so many seconds of it were given."""

    live = False
    rate = float(RATE)
    frames = 0
    dropped = 0
    ending = ""
    name = "repeated"

    def __init__(self, film: Path, seconds: float) -> None:
        self._frames = self._all(film, seconds)

    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass

    @staticmethod
    def _all(film: Path, seconds: float) -> Iterator[Frame]:
        index = 0
        while True:
            for image in pictures(film):
                if index >= seconds * RATE:
                    return
                yield Frame(index, index / RATE, image)
                index += 1


def memory(setting: Setting, folder: Path, seed: int, minutes: float) -> None:
    """Watches and writes minutes of film; prints the largest memory after each tenth of them."""
    film, _ = made(setting, folder, "frontal", (640, 360), seed)
    watcher = Watcher(setting.finder, setting.namer, rate=RATE)
    written = open_film(folder / "written.mp4", RATE)
    overlay = Overlay()
    step = max(1, round(minutes * 60 * RATE / 10))
    peaks = Counter[int]()

    def note(done: int) -> None:
        if done % step == 0:
            peaks[done] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"{done / RATE / 60:5.1f} minutes: at most {peaks[done]} MB", flush=True)

    run(
        Repeated(film, minutes * 60),
        watcher,
        sinks=[lambda watched: written.write(overlay.draw(watched), watched.frame.time)],
        overlay=overlay,
        progress=note,
    )
    written.close()


def pictures(film: Path) -> Iterator[np.ndarray]:
    """Yields the frames of a file."""
    capture = cv2.VideoCapture(str(film))
    while True:
        there, image = capture.read()
        if not there:
            capture.release()
            return
        yield image


def overlap(one: Box, other: Box) -> float:
    """Returns intersection over union."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, across) * max(0.0, down)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


def one_core() -> None:
    """Keeps this process to one core."""
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
