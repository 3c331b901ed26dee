"""The transformer for scikit-learn: its conventions, and what becomes of photos without a face."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from face2vec.errors import NoFaceError, OptionError, PhotoError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.sklearn import FaceEncoder


@pytest.fixture
def wall(tmp_path):
    path = tmp_path / "wall.pgm"
    path.write_bytes(b"P5 120 120 255\n" + bytes([128]) * 120 * 120)
    return path


@pytest.fixture(scope="module")
def labelled(few_faces):
    paths = sorted(few_faces.rglob("*.jpg"))
    return paths, [path.parent.name for path in paths]


def test_scikit_learns_checks_of_an_estimator_pass():
    """By its tags, those that feed tables of numbers are left out: it takes photos."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        check_estimator(FaceEncoder())


@pytest.mark.parametrize(
    "check",
    [
        "check_estimator_repr",
        "check_get_params_invariance",
        "check_mixin_order",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_set_params",
        "check_valid_tag_types",
    ],
)
def test_the_checks_that_need_no_table_pass(check):
    """`check_estimator` leaves these out too where the input is no table."""
    getattr(estimator_checks, check)("FaceEncoder", FaceEncoder())


def test_vectors_are_those_of_the_reader(photo, cache):
    (vector,) = FaceEncoder(cache=cache).fit([]).transform([photo])
    reading = ReadingOptions("resnet", cache=cache).reader().read(photo)
    np.testing.assert_array_equal(vector, reading.largest.vector)


def test_paths_words_and_arrays_are_photos(photo):
    encoder = FaceEncoder()
    by_path, by_word, by_array = encoder.fit_transform([photo, str(photo), Photo.open(photo).rgb])
    np.testing.assert_array_equal(by_path, by_word)
    assert np.linalg.norm(by_path - by_array) < 0.05
    together = encoder.transform(np.stack([Photo.open(photo).rgb] * 2))
    np.testing.assert_array_equal(together, [by_array, by_array])


def test_a_photo_without_a_face_is_a_row_of_nan(photo, wall, tmp_path):
    missing = tmp_path / "missing.jpg"
    with pytest.warns(UserWarning, match=r"2 of 3 photos: no face in .*wall\.pgm"):
        vectors = FaceEncoder().fit_transform([wall, photo, missing])
    assert np.isnan(vectors[[0, 2]]).all()
    assert np.isfinite(vectors[1]).all()


def test_it_can_raise_instead(photo, wall):
    with pytest.raises(NoFaceError, match=r"wall\.pgm.*number 1.*without_face='nan'"):
        FaceEncoder(without_face="error").fit_transform([photo, wall])


@pytest.mark.parametrize(
    "options", [{"encoder": "no"}, {"without_face": "zero"}, {"detector": "no"}]
)
def test_wrong_options_are_told_at_fit(options):
    with pytest.raises(OptionError, match="choose"):
        FaceEncoder(**options).fit([])


@pytest.mark.parametrize("photos", ["photo.jpg", [np.zeros((9, 9))]])
def test_what_is_no_photo_is_refused(photos):
    with pytest.raises(PhotoError):
        FaceEncoder().transform(photos)


def test_it_is_cloned_pickled_and_named(photo):
    encoder = FaceEncoder("landmarks", min_face=20).fit([])
    assert clone(encoder).get_params() == encoder.get_params()
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(again.transform([photo]), encoder.transform([photo]))
    names = encoder.get_feature_names_out()
    assert len(names) == encoder.transform([photo]).shape[1]
    assert names[0] == "faceencoder0"


def test_it_goes_into_pipelines_and_searches(labelled, cache, wall):
    photos, people = labelled
    pipeline = make_pipeline(FaceEncoder(cache=cache), SimpleImputer(), SVC())
    assert cross_val_score(pipeline, photos, people, cv=3).mean() > 0.9
    grid = {"faceencoder__encoder": ["pixels", "resnet"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(photos, people)
    assert search.best_params_ == {"faceencoder__encoder": "resnet"}
    with pytest.warns(UserWarning, match=r"wall\.pgm"):
        assert len(search.predict([*photos[:2], wall])) == 3
