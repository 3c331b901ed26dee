from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from face2vec.encoders.ratio import Ratio
from face2vec.errors import ModelError

RNG = np.random.default_rng(0)
BETWEEN = np.array([3.0, 1.0, 0.2])
PLAIN = Ratio(np.eye(3), np.zeros(3), BETWEEN, np.ones(3))


def log_ratio_by_definition(enrolled: np.ndarray, probe: np.ndarray) -> float:
    """The likelihood of all photos as one person's, over that of the probe as another's."""
    total = 0.0
    for direction, between in enumerate(BETWEEN):
        values = np.append(enrolled[:, direction], probe[direction])
        together = between * np.ones((len(values),) * 2) + np.eye(len(values))
        own = together[:-1, :-1]
        total += multivariate_normal.logpdf(values, cov=together)
        total -= multivariate_normal.logpdf(values[:-1], cov=own)
        total -= multivariate_normal.logpdf(values[-1], cov=between + 1)
    return total


@pytest.mark.parametrize("photos", [1, 2, 7])
def test_the_ratio_is_that_of_its_definition_for_any_number_of_photos(photos):
    enrolled, probes = RNG.normal(size=(photos, 3)), RNG.normal(size=(4, 3))
    evidence = PLAIN.evidence(enrolled.mean(axis=0, keepdims=True), np.array([photos]))
    expected = [log_ratio_by_definition(enrolled, probe) for probe in probes]
    np.testing.assert_allclose(evidence.log_ratios(probes)[:, 0], expected, rtol=1e-9)


def test_pairs_are_people_with_one_photo():
    one, other = RNG.normal(size=(2, 5, 3))
    evidence = PLAIN.evidence(one, np.ones(5, dtype=int))
    pairs = PLAIN.between_pairs(one, other)
    np.testing.assert_allclose(pairs, np.diag(evidence.log_ratios(other)), rtol=1e-9)
    np.testing.assert_allclose(pairs, PLAIN.between_pairs(other, one), rtol=1e-9)


def test_people_with_unlike_numbers_of_photos_are_compared_at_once():
    means, photos, probes = RNG.normal(size=(4, 3)), np.array([1, 5, 1, 2]), RNG.normal(size=(6, 3))
    together = PLAIN.evidence(means, photos).log_ratios(probes)
    for person in range(4):
        alone = PLAIN.evidence(means[[person]], photos[[person]]).log_ratios(probes)
        np.testing.assert_allclose(together[:, [person]], alone, rtol=1e-9)


def test_weights_count():
    half = Ratio(np.eye(3), np.zeros(3), BETWEEN, np.full(3, 0.5))
    one, other = RNG.normal(size=(2, 5, 3))
    np.testing.assert_allclose(
        half.between_pairs(one, other), PLAIN.between_pairs(one, other) / 2, rtol=1e-9
    )


def test_vectors_are_brought_to_unit_length_where_it_says_so():
    unit = Ratio(np.eye(3), np.zeros(3), BETWEEN, np.ones(3), unit_length=True)
    vectors = RNG.normal(size=(4, 3))
    np.testing.assert_allclose(np.linalg.norm(unit.project(vectors), axis=1), 1)
    np.testing.assert_allclose(unit.project(7 * vectors), unit.project(vectors))
    assert np.isfinite(unit.project(np.zeros((1, 3)))).all()


def test_moved_projects_as_it_says():
    vectors, centre, turn = RNG.normal(size=(4, 3)), RNG.normal(size=3), RNG.normal(size=(3, 2))
    moved = PLAIN.moved(centre, turn, np.ones(2), np.ones(2))
    np.testing.assert_allclose(moved.project(vectors), (vectors - centre) @ turn)


def test_it_comes_back_from_its_file(tmp_path):
    PLAIN.save(tmp_path / "ratio.npz")
    back = Ratio.load(tmp_path / "ratio.npz")
    one, other = RNG.normal(size=(2, 5, 3))
    np.testing.assert_allclose(
        back.between_pairs(one, other), PLAIN.between_pairs(one, other), rtol=1e-6
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"no zip at all"])
def test_a_file_that_is_none(tmp_path, content):
    (tmp_path / "ratio.npz").write_bytes(content)
    with pytest.raises(ModelError, match="not a ratio of likelihoods that can be read"):
        Ratio.load(tmp_path / "ratio.npz")
    with pytest.raises(ModelError, match="not a ratio of likelihoods that can be read"):
        Ratio.load(tmp_path / "missing.npz")


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="offset of shape"):
        Ratio(np.eye(3), np.zeros(2), BETWEEN, np.ones(3))
    with pytest.raises(ValueError, match="not negative"):
        Ratio(np.eye(3), np.zeros(3), -BETWEEN, np.ones(3))
