"""The search for bytes, held to `in`."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.gallery import searching
from face2vec.gallery.searching import PIECE, Needles, pieces_of


def test_strings_are_found_at_every_offset_and_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "_BLOCK", 64)
    rng = np.random.default_rng(0)
    needles = [rng.bytes(20), rng.bytes(8), rng.bytes(64)]
    searched = Needles(needles)
    file = tmp_path / "file"
    for needle in needles:
        for offset in range(140):
            file.write_bytes(rng.bytes(offset) + needle + rng.bytes(offset % 9))
            assert searched.are_in(file), offset
            file.write_bytes(rng.bytes(offset) + needle[:-1])
            assert not searched.are_in(file)


@pytest.mark.parametrize("size", range(10))
def test_short_files_hold_nothing(tmp_path, size):
    (tmp_path / "file").write_bytes(bytes(size))
    assert not Needles([b"12345678"]).are_in(tmp_path / "file")
    assert not Needles([]).are_in(tmp_path / "file")


def test_a_vector_is_searched_for_in_pieces_that_say_something():
    row = np.arange(40, dtype=np.float32)
    row[:PIECE] = 0
    first, last = pieces_of(row.tobytes())
    assert first == row[PIECE : 2 * PIECE].tobytes() and last == row[2 * PIECE :].tobytes()
