from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from face2vec.detection.shapes import symmetric_template
from face2vec.encoders.prior import SHIPPED, Prior
from face2vec.errors import FolderError, LabelError, ModelError
from face2vec.training.prior import PriorSettings, estimate_prior
from face2vec.training.residuals import residuals

SHAPE = symmetric_template(np.random.default_rng(1).uniform(-1, 1, (4, 68, 2)))


EXPRESSIONS = np.random.default_rng(2).normal(size=(5, 68, 2))


def made_up_fits(people=12, photos=20, fits=4, seed=0):
    """People differ a little in all landmarks; expressions and turns of the head differ a lot."""
    rng = np.random.default_rng(seed)
    people_of = np.repeat(np.arange(people), photos)
    shapes = SHAPE + 0.012 * rng.normal(size=(people, 68, 2))[people_of]
    shapes += np.tensordot(0.03 * rng.normal(size=(len(people_of), 5)), EXPRESSIONS, axes=1)
    turns = 0.3 * rng.normal(size=len(people_of))
    shapes[..., 0] += turns[:, None] * np.abs(SHAPE[:, 1])
    shapes[..., 0] *= 1 - 0.3 * np.abs(turns[:, None])  # a turned head is narrower
    return shapes[:, None] + 0.005 * rng.normal(size=(len(people_of), fits, 68, 2)), people_of


FITS, WHOSE = made_up_fits()
PRIOR = estimate_prior(FITS, WHOSE)


def test_people_never_seen_vary_by_about_one():
    fits, people_of = made_up_fits(seed=3)
    rest = residuals(PRIOR.project(fits), people_of)
    variances = (rest**2).sum(axis=0) / (len(people_of) - 12)
    assert 0.5 < np.median(variances) < 2


def test_one_photo_names_people_it_has_never_seen_better_than_plain_coordinates():
    fits, people_of = made_up_fits(seed=4)
    vectors, plain = PRIOR.encode(fits), fits.mean(axis=1).reshape(len(fits), -1)
    assert nearest_first_photo(vectors, people_of) > nearest_first_photo(plain, people_of) + 0.1


def nearest_first_photo(vectors, people_of):
    first = np.array([np.flatnonzero(people_of == person)[0] for person in np.unique(people_of)])
    others = np.setdiff1d(np.arange(len(people_of)), first)
    distances = np.linalg.norm(vectors[others, None] - vectors[first], axis=2)
    return (people_of[first][distances.argmin(axis=1)] == people_of[others]).mean()


def test_distances_order_pairs_nearly_as_the_exact_ratio_does():
    vectors = PRIOR.encode(made_up_fits(seed=5)[0])
    one, other = np.random.default_rng(0).integers(0, len(vectors), (2, 500))
    ratios = PRIOR.ratio.between_pairs(vectors[one], vectors[other])
    distances = np.linalg.norm(vectors[one] - vectors[other], axis=1)
    assert spearmanr(ratios, -(distances**2)).statistic > 0.9


def test_the_ratio_sees_what_the_vectors_were_made_of():
    seen = PRIOR.ratio.project(PRIOR.encode(FITS[:5]))
    np.testing.assert_allclose(seen, PRIOR.project(FITS[:5]), rtol=1e-4, atol=1e-4)


def test_distances_from_the_nose_tip_are_an_option():
    prior = estimate_prior(FITS, WHOSE, settings=PriorSettings(distance_weight=0.3))
    assert len(prior.mean) == 106 and len(PRIOR.mean) == 68
    assert prior.encode(FITS[:2]).shape == (2, prior.length)


def test_moving_and_scaling_the_fits_of_a_photo_changes_nothing():
    np.testing.assert_allclose(PRIOR.encode(5 * FITS + 30), PRIOR.encode(FITS), atol=1e-3)


def test_both_parts_of_a_vector_are_as_long_as_is_typical():
    seen, between = PRIOR.project(FITS), PRIOR.ratio.between
    for part in np.split(seen**2 / (1 + between), [len(PRIOR.between)], axis=1):
        np.testing.assert_allclose(part.mean(axis=1), 1)


def test_vectors_are_float32_of_the_length_it_says():
    vectors = PRIOR.encode(FITS[:3])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, PRIOR.length)


def test_it_comes_back_from_its_file_as_it_was(tmp_path):
    PRIOR.save(tmp_path / "prior.npz")
    back = Prior.load(tmp_path / "prior.npz")
    assert back.fingerprint == PRIOR.fingerprint
    np.testing.assert_array_equal(back.encode(FITS[:2]), PRIOR.encode(FITS[:2]))


def test_fingerprints_tell_priors_apart():
    assert estimate_prior(FITS[:-20], WHOSE[:-20]).fingerprint != PRIOR.fingerprint


def test_it_holds_aggregates_only():
    """Nothing in it has an axis along photos or people."""
    assert {PRIOR.photos, PRIOR.people} == {240, 12}
    for name, value in vars(PRIOR).items():
        assert name == "digests" or not {240, 12} & set(np.shape(value)), name


def test_it_knows_the_photos_it_was_estimated_from():
    digests = [f"{number:040x}" for number in range(2**80, 2**80 + 240 * 2**100, 2**100)]
    prior = estimate_prior(FITS, WHOSE, digests)
    assert all(prior.has_seen(digest) for digest in digests)
    assert not prior.has_seen("f" * 40) and not PRIOR.has_seen(digests[0])


def test_the_shipped_prior_says_from_how_many_it_was_made():
    shipped = Prior.load(SHIPPED)
    assert shipped.photos > shipped.people > 2000


def test_too_few_photos_say_how_many_are_needed():
    with pytest.raises(LabelError, match=r"at least 10 .* 1 people and 2 such"):
        estimate_prior(FITS[:3], np.array([0, 0, 0]))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"no zip at all"])
def test_a_file_that_is_no_prior(tmp_path, content):
    (tmp_path / "prior.npz").write_bytes(content)
    with pytest.raises(ModelError, match="not a prior that can be read"):
        Prior.load(tmp_path / "prior.npz")
    with pytest.raises(ModelError, match="not a prior that can be read"):
        Prior.load(tmp_path / "missing.npz")


def test_a_file_with_a_pickle_in_it_is_refused(tmp_path):
    np.savez(tmp_path / "prior.npz", version=1, template=np.array([{"any": "thing"}], dtype=object))
    with pytest.raises(ModelError, match="not a prior that can be read"):
        Prior.load(tmp_path / "prior.npz")


def test_a_prior_of_another_version_says_what_to_do(tmp_path):
    PRIOR.save(tmp_path / "prior.npz")
    arrays = dict(np.load(tmp_path / "prior.npz")) | {"version": 99}
    np.savez(tmp_path / "prior.npz", **arrays)
    with pytest.raises(ModelError, match=r"version 99.*fit-prior"):
        Prior.load(tmp_path / "prior.npz")


def test_arrays_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"template of shape \(68, 2\)"):
        replace(PRIOR, template=np.zeros((5, 2)))


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(FolderError, match="choose another place"):
        PRIOR.save(tmp_path / "missing" / "prior.npz")


WRONG = {
    "mean": np.float64(3),
    "covariance": np.zeros((106, 106)),
    "yaw": np.zeros(68, complex),
    "distance_weight": np.nan,
    "length_power": 1e300,
    "photos": np.array(["x"]),
    "digests": np.array(["a"]),
    "version": np.array([2, 3]),
    "extra": 3,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_prior_of_other_numbers_is_refused(name, tmp_path):
    with np.load(SHIPPED) as shipped:
        np.savez(tmp_path / "prior.npz", **{**shipped, name: WRONG[name]})
    with pytest.raises(ModelError, match="not a prior that can be read"):
        Prior.load(tmp_path / "prior.npz")


def test_a_prior_that_declares_gigabytes_is_refused(tmp_path):
    header = io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (40_000, 40_000)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(tmp_path / "prior.npz", "w") as archive:
        archive.writestr("mean.npy", header.getvalue())
    with pytest.raises(ModelError, match="declares what it does not hold"):
        Prior.load(tmp_path / "prior.npz")
    with zipfile.ZipFile(tmp_path / "prior.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mean.npy", bytes(60_000_000))
    with pytest.raises(ModelError, match="packed in it"):
        Prior.load(tmp_path / "prior.npz")
