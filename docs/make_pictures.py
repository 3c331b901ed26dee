"""Draws the pictures of the docs from the made-up people: python docs/make_pictures.py

Most are made by commands, those that docs/pictures.md and docs/watching.md show above each.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from face2vec.files import write_atomically
from face2vec.photos.photo import Photo

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
FACES = ROOT / "faces"
GROUP = ["celine/005.jpg", "tilda/005.jpg", "zelda/005.jpg", "zelda/004.jpg"]  # one is there twice
PAGES = ("pictures.md", "watching.md")
COMMAND = re.compile(r"^face2vec (.+)$", re.MULTILINE)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    everybody = [f"{folder.name}/005.jpg" for folder in sorted(FACES.iterdir())]
    save("people.jpg", side_by_side(everybody, 0.65))
    save("group.jpg", side_by_side(GROUP, 1.0))
    for words in commands():
        print("face2vec", shlex.join(words))
        run = [sys.executable, "-m", "face2vec", *words]
        code = subprocess.run(run, cwd=ROOT, check=False).returncode
        if code == 2:  # 1 says that something was found wrong, which a picture may be about
            raise SystemExit(code)


def side_by_side(names: list[str], scale: float) -> np.ndarray:
    """Photos of made-up people as one."""
    photos = cv2.hconcat([Photo.open(FACES / name).bgr for name in names])
    return cv2.resize(photos, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def save(name: str, picture: np.ndarray) -> None:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    write_atomically(PICTURES / name, encoded.tobytes())
    print((PICTURES / name).relative_to(ROOT))


def commands() -> list[list[str]]:
    """The commands that the pages show, in their order, without ``face2vec``."""
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES]
    return [shlex.split(line) for page in pages for line in COMMAND.findall(page)]


if __name__ == "__main__":
    main()
