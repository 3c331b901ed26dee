"""Made-up people in a gallery, a cache and a model, to be forgotten; and kills while they are.

``python tests/gallery/people_to_forget.py ann FOLDER`` forgets one of them again and again, and
kills the process before each line of Face2Vec that this runs, in turn; with ``--kills 200``, that
often at moments of chance. After each kill it repeats the command and looks whether something is
left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import face2vec
from face2vec.errors import GalleryError
from face2vec.gallery.forgetting import forget
from face2vec.gallery.opening import open_store
from face2vec.gallery.receipt import Receipt
from face2vec.gallery.store import Source
from face2vec.reading.cache import Cache
from face2vec.recognition.classifiers import DenseClassifier, Layer
from face2vec.recognition.model import Model

PACKAGE = str(Path(face2vec.__file__).parent)
ENROLLED, TRAINED = "ann", "dan"  # in gallery and model; in the model alone
PEOPLE = (ENROLLED, "bob", "carl", TRAINED)
PHOTOS, LENGTH = 4, 32
RECIPE = {"encoder": {"name": "made up", "version": 1}}


def make_people(folder: Path) -> dict[str, list[bytes]]:
    """Makes ``gallery.db``, ``cache`` and ``model.hdf5``; returns what there is of each person."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    (folder / "gallery.db").unlink(missing_ok=True)
    store = open_store(f"sqlite:///{folder}/gallery.db", create=True)
    cache = Cache(folder / "cache")
    secrets: dict[str, list[bytes]] = {}
    photos_of = {}
    for number, name in enumerate(PEOPLE):
        digests = [f"{number}{photo}" * 20 for photo in range(PHOTOS)]
        vectors = rng.normal(size=(PHOTOS, LENGTH)).astype(np.float32)
        for digest, vector in zip(digests, vectors, strict=True):
            cache.put(digest, ({"name": "faces"},), {"faces": [], "detail": digest})
            cache.put(digest, ({"name": "faces"}, RECIPE), vector[None])
        if name != TRAINED:
            store.add(name, vectors, [Source(d, f"{folder}/{d}.jpg") for d in digests], RECIPE)
        secrets[name] = [
            json.dumps(name).encode(),
            *(vector.tobytes()[:64] for vector in vectors),
            *(digest.encode() for digest in digests),
        ]
        photos_of[name] = tuple(digests)
    store.close()
    kernel = rng.normal(size=(LENGTH, len(PEOPLE))).astype(np.float32)
    Model(
        people=PEOPLE,
        classifier=DenseClassifier((Layer("softmax", kernel, np.zeros(len(PEOPLE), np.float32)),)),
        recipe=RECIPE,
        photos=tuple(sorted(digest for digests in photos_of.values() for digest in digests)),
        photos_of=photos_of,
    ).save(folder / "model.hdf5")
    return secrets


def forget_in(folder: Path, name: str) -> Receipt:
    """Forgets somebody as the command does that is given in this folder."""
    os.chdir(folder)
    store = open_store("sqlite:///gallery.db")
    try:
        return forget(name, store, Path("cache"), sorted(Path().glob("*.hdf5")), logs=Path("logs"))
    finally:
        store.close()


def files_with(folder: Path, secrets: list[bytes]) -> list[Path]:
    """Returns the files that hold something of a person, or are called by it."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and any(one in path.read_bytes() or one in os.fsencode(path) for one in secrets)
    ]


Place = tuple[str, int]  # a file of the package, and a line


def on_each_line(tell: Callable[[Place], None]) -> None:
    """Calls a function before each line of the package that this process runs."""

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            tell((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)


def lines_run(folder: Path, name: str) -> list[Place]:
    """Returns the lines of the package that forgetting runs, in their order."""
    lines: dict[Place, None] = {}
    on_each_line(lambda place: lines.setdefault(place))
    forget_in(folder, name)
    sys.settrace(None)
    return list(lines)


def kill_at(place: Place) -> None:
    """Kills this process when it gets to a line."""

    def check(here: Place) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGKILL)

    on_each_line(check)


def forget_and_die(folder: Path, name: str, place: Place | None, wait: float | None) -> bool:
    """Forgets in a process that is killed at a line, or after some seconds; returns if it was."""
    child = os.fork()
    if not child:
        if place:
            kill_at(place)
        forget_in(folder, name)
        os._exit(0)
    if wait is not None:
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(name: str, folder: Path, kills: int | None, seed: int) -> dict[str, object]:
    """Kills, repeats, and returns what came of it."""
    scene, place = folder / "scene", folder / "killed"
    secrets = make_people(scene)[name]
    for run in ("timed", "traced"):
        shutil.copytree(scene, folder / run)
    started = time.perf_counter()
    forget_in(folder / "timed", name)
    duration = time.perf_counter() - started
    if kills:
        chance = random.Random(seed)
        deaths = [(None, chance.uniform(0, duration)) for _ in range(kills)]
    else:
        deaths = [(line, None) for line in lines_run(folder / "traced", name)]
    outcome = {"kills": 0, "survived": 0, "completed by a repeat": 0, "half forgotten": []}
    for death in deaths:
        shutil.copytree(scene, place)
        outcome["kills" if forget_and_die(place, name, *death) else "survived"] += 1
        outcome["completed by a repeat"] += bool(list(place.glob(".forgetting-*")))
        try:
            verified = forget_in(place, name).verified
        except GalleryError:  # nobody of that name: the kill came after the last step
            verified = True
        left = files_with(place, secrets) + list(place.glob(".*forgetting*"))
        if left or not verified:
            outcome["half forgotten"].append([*map(str, death), *map(str, left)])
        shutil.rmtree(place)
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEOPLE)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=0)
    print(json.dumps(main(**vars(parser.parse_args()))))
