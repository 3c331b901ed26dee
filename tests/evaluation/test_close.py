from __future__ import annotations

import numpy as np
import pytest

from face2vec.distance import distance
from face2vec.evaluation import close
from face2vec.evaluation.close import close_pairs


@pytest.mark.parametrize("block", [1, 100, 1 << 22])
def test_all_pairs_and_no_others_are_found_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr(close, "BLOCK", block)
    rows = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    rows[7] = rows[3]
    apart = distance(rows[:, None], rows[None])
    wanted = {(one, other) for one, other in np.argwhere(apart < 0.5).tolist() if one < other}
    found = {(one, other): far for one, other, far in close_pairs(rows, 0.5)}
    assert set(found) == wanted
    assert found[3, 7] == 0
    for (one, other), far in found.items():
        assert far == apart[one, other]


def test_of_nothing_there_are_no_pairs():
    assert list(close_pairs(np.empty((0, 4)), 1.0)) == []
