from __future__ import annotations

import numpy as np
import pytest

from face2vec.thresholds import measured
from face2vec.training.expectation import expectation, in_words
from face2vec.training.learn import learn_other
from face2vec.training.rejection import WORTHLESS, Rejection


def calibration(missed):
    genuine = np.sort(np.where(np.arange(100) < missed * 100, 2.0, 0.0))
    return measured(genuine, np.array([3.0, 4.0]), 1.0, 0.05, 4)


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "hardly any"), (0.37, "about a third"), (0.54, "about half")]
)
def test_shares_in_words(share, words):
    assert in_words(share) == words


def test_what_to_expect_is_said_first_and_plainly():
    said = expectation(calibration(0.5), True)
    assert said.startswith("about half of the photos of known people will come out unknown")
    assert "--threshold 0 names always" in said
    assert "strangers too" in expectation(None, True)
    assert "at least 20 photos" in expectation(None, False)
    assert "embedding" in expectation(None, True, embedding=True)


def test_a_threshold_that_names_next_to_nobody_is_worthless():
    assert not Rejection(None, calibration(WORTHLESS)).worthless
    assert Rejection(None, calibration(0.95)).worthless
    nobody = measured(np.empty(0), np.array([3.0, 4.0]), 1.0, 0.05, 4)
    assert Rejection(None, nobody).worthless


@pytest.mark.parametrize("kind", ["svm", "centroid"])
def test_a_rejection_that_is_worthless_is_left_out(kind, monkeypatch):
    """Photos that say nothing about who is on them: strangers cannot be told from anybody."""
    from types import SimpleNamespace

    from face2vec.training import learn

    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(6), 5)
    data = SimpleNamespace(
        vectors=rng.normal(size=(30, 8)).astype(np.float32),
        truth=truth,
        people=tuple("abcdef"),
        reader=SimpleNamespace(encoder=SimpleNamespace(whitened=False, ratio=None, name="noise")),
    )
    monkeypatch.setattr(learn, "report_on", lambda *arguments: None)
    assert learn_other(data, kind, 5, 0, 0.01).rejection is None
    # Where people are far apart, it is learnt.
    data.vectors = (np.eye(8)[truth] * 9 + data.vectors).astype(np.float32)
    assert learn_other(data, kind, 5, 0, 0.05).rejection is not None
