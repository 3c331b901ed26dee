"""How much memory `doctor` takes for what it does with names, on made-up vectors.

python benchmarks/doctor.py [PHOTOS] [PEOPLE]
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from face2vec.encoders.registry import make_encoder
from face2vec.evaluation.names import (
    LabelledFaces,
    Limits,
    look_alikes,
    one_face_two_names,
    wrong_names,
)
from face2vec.evaluation.quality import HASH_BITS, near_duplicates
from face2vec.gallery.comparison import Comparison

LENGTH = 128


def main(photos: int = 20_000, people: int = 2_000) -> None:
    """Prints the peak of the process before and after."""
    rng = np.random.default_rng(0)
    names = np.sort(rng.integers(0, people, photos))
    centres = rng.normal(0, 0.75 / np.sqrt(2 * LENGTH), (people, LENGTH))
    spread = rng.normal(0, 0.4 / np.sqrt(2 * LENGTH), (photos, LENGTH))
    vectors = (centres[names] + spread).astype(np.float32)
    hashes = rng.random((photos, HASH_BITS)) < 0.5
    comparison = Comparison(make_encoder("resnet").ratio)
    faces = LabelledFaces([str(name) for name in names], vectors, [""] * photos, comparison)
    limits = Limits(0.3, 0.6)
    print(f"{photos} photos of {people} people: {peak():.0f} MB before")
    for what in (wrong_names, one_face_two_names, look_alikes):
        start = time.perf_counter()
        found = len(what(faces, limits))
        print(f"  {what.__name__}: {found} found, {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    found = sum(1 for _ in near_duplicates(hashes, 8))
    print(f"  near_duplicates: {found} found, {time.perf_counter() - start:.1f} s")
    print(f"{peak():.0f} MB at the peak")


def peak() -> float:
    """Returns the peak resident size of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
