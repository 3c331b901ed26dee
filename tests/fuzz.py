"""Damages files of every kind and looks that each is read, or refused with a sentence.

python -m tests.fuzz --cases 10000 --state fuzz.json     # goes on where it was stopped

Each case is made of its number alone. It is wrong if something else than a `Face2VecError` is
raised, if an answer is NaN, if it takes over 20 seconds, or more memory than is documented.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from face2vec.encoders.prior import SHIPPED, Prior
from face2vec.errors import Face2VecError
from face2vec.evaluation.pairs import read_pairs
from face2vec.gallery.opening import open_store
from face2vec.gallery.store import Source
from face2vec.photos.folders import label_photos
from face2vec.reading.cache import Cache
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.model import Model
from face2vec.text import shown
from face2vec.training.settings import Settings, load_settings, save_settings
from tests import hostile

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 20
MOST_KIB = 400 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM", "GIF", "AVIF", "HEIF")


class Wrong(Exception):
    """A case that ended as none may."""


class Fuzz:
    """Whole files of every kind, and what reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reader = ReadingOptions("nose-tip").reader()
        self.cache = Cache(folder / "cache")
        vectors = np.ones((2, 8), np.float32)
        self.cache.put("d", (), {"faces": [], "vectors": vectors})
        gallery = folder / "gallery.db"
        store = open_store(f"sqlite:///{gallery}", create=True)
        recipe = {"encoder": {"name": "resnet"}}
        store.add("ann", vectors, [Source("a", "a"), Source("b", "b")], recipe)
        store.close()
        save_settings(Settings(), folder / "settings.json")
        lines = "ann\t1\t1\nann\t1\tbo\t1\n" * 2
        (folder / "pairs").write_text("2 1\n" + lines)
        for person in ("ann", "bo"):
            (folder / person).mkdir()
            (folder / person / "1.jpg").touch()
        self.whole = {
            "model": (ROOT / "weights.best.hdf5").read_bytes(),
            "prior": SHIPPED.read_bytes(),
            "cache": next(folder.glob("cache/d/*")).read_bytes(),
            "gallery": gallery.read_bytes(),
            "settings": (folder / "settings.json").read_bytes(),
            "pairs": (folder / "pairs").read_bytes(),
        }
        self.kinds: list[tuple[str, Callable[[int], None]]] = [
            *(
                (f"photo {name}", lambda seed, name=name: self.photo(name, seed))
                for name in FORMATS
            ),
            ("model", self.model),
            ("prior", self.prior),
            ("cache", self.entry),
            ("gallery", self.gallery),
            ("settings", self.settings),
            ("pairs", self.pairs),
            ("name", self.name),
        ]

    def run(self, case: int) -> tuple[str, str]:
        """Runs one case; returns its kind and how it ended. Raises Wrong where it may not."""
        kind, read = self.kinds[case % len(self.kinds)]
        started, ended = time.monotonic(), "read"
        try:
            read(case)
        except Face2VecError as error:
            ended = "refused"
            if "\n" in str(error):
                raise Wrong(f"{kind} {case}: more than a line: {error}") from error
        except Exception as error:
            raise Wrong(f"{kind} {case}: {type(error).__name__}: {error}") from error
        if time.monotonic() - started > SECONDS:
            raise Wrong(f"{kind} {case}: over {SECONDS} seconds")
        if hostile.peak_kib() > MOST_KIB:
            raise Wrong(f"{kind} {case}: {hostile.peak_kib()} KiB")
        return kind, ended

    def photo(self, name: str, seed: int) -> None:
        path = self._damaged("photo", hostile.encoded(name), seed)
        reading = self.reader.read(path)
        if reading.reason is None and not np.isfinite(reading.largest.vector).all():
            raise Wrong(f"photo {seed}: NaN")
        if reading.reason is not None and "unreadable" in reading.reason.value:
            raise Face2VecError(reading.detail)

    def model(self, seed: int) -> None:
        model = Model.load(self._damaged("model", self.whole["model"], seed))
        length = model.recipe["encoder"]["length"]  # type: ignore[index]
        if not np.isfinite(model.classifier.probabilities(np.ones((1, length), "f4"))).all():
            raise Wrong(f"model {seed}: NaN")

    def prior(self, seed: int) -> None:
        Prior.load(self._damaged("prior", self.whole["prior"], seed))

    def entry(self, seed: int) -> None:
        path = self.cache._path("d", ())
        path.write_bytes(hostile.damaged(self.whole["cache"], seed))
        if self.cache.get("d", (), lambda value: value) is None:
            raise Face2VecError("set aside")

    def gallery(self, seed: int) -> None:
        path = self._damaged("gallery.db", self.whole["gallery"], seed)
        store = open_store(f"sqlite:///{path}")
        try:
            for near in store.nearest(np.ones((1, 8), np.float32)):
                if not all(np.isfinite(one.distance) for one in near):
                    raise Wrong(f"gallery {seed}: NaN")
            store.people()
            _ = store.settings
        finally:
            store.close()

    def settings(self, seed: int) -> None:
        load_settings(self._damaged("settings.json", self.whole["settings"], seed))

    def pairs(self, seed: int) -> None:
        read_pairs(self._damaged("pairs", self.whole["pairs"], seed), self.folder)

    def name(self, seed: int) -> None:
        folder = self.folder / "names"
        shutil.rmtree(folder, ignore_errors=True)
        odd = (
            hostile.damaged("ann \u202e \t=1 李".encode(), seed)
            .replace(b"/", b"")
            .replace(b"\0", b"")
        )
        inside = Path(str(folder)) / (odd[:200].decode(errors="surrogateescape") or "x").strip(".")
        inside.mkdir(parents=True, exist_ok=True)
        (inside / "1.jpg").touch()
        for name in label_photos(folder).people:
            if shown(name) != name:
                raise Wrong(f"name {seed}: {name!r}")

    def _damaged(self, name: str, data: bytes, seed: int) -> Path:
        path = self.folder / name
        path.write_bytes(hostile.damaged(data, seed))
        return path


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--state", type=Path, help="file that remembers how far it is")
    wanted = options.parse_args()
    done = (
        json.loads(wanted.state.read_text())["done"]
        if wanted.state and wanted.state.exists()
        else 0
    )
    ends, wrong = Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(Path(folder))
        for case in range(done, wanted.cases):
            try:
                ends[" ".join(fuzz.run(case))] += 1
            except Wrong as error:
                wrong += 1
                sys.stderr.write(f"WRONG {error}\n")
            if wanted.state and case % 50 == 49:
                wanted.state.write_text(json.dumps({"done": case + 1}))
    for kind, count in sorted(ends.items()):
        print(f"{kind:24} {count}")
    print(f"{wanted.cases - done} cases, {wrong} wrong, at most {hostile.peak_kib() // 1024} MiB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
