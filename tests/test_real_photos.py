"""Real people's photos, read where they lie: FACE2VEC_REAL_FACES names the folder."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from face2vec import predict, run_kfold, train
from face2vec.gallery.comparison import comparison_by
from face2vec.gallery.stock import stock_for
from face2vec.photos.folders import label_photos
from face2vec.reading.options import ReadingOptions
from face2vec.thresholds import STAND_IN
from face2vec.training.runs import TrainingOptions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def press_photos(real_faces):
    return real_faces / "lfw10"


def test_nose_tip_reaches_the_upper_end_of_what_was_published_honestly(press_photos, cache):
    report = run_kfold(
        press_photos,
        folds=5,
        save=False,
        reading=ReadingOptions(encoder="nose-tip", cache=cache),
    )
    assert report.found >= 98
    assert report.chance == pytest.approx(0.1, abs=0.01)
    assert report.accuracy >= 0.65


@pytest.fixture(scope="module", params=["lfw10", "orl20_full"])
def folder(request, real_faces):
    """A folder with nobody in it whom the prior that ships has seen."""
    return real_faces / request.param


def test_landmarks_name_people_whom_their_prior_has_not_seen(folder, cache):
    """More than twice as often right as the published net on new photos: 0.4 on lfw10."""
    report = run_kfold(folder, folds=5, save=False, reading=ReadingOptions(cache=cache))
    assert report.found >= len(report.readings) - 2
    assert report.prior_saw == 0
    assert report.accuracy >= {"lfw10": 0.94, "orl20_full": 0.985}[folder.name]
    assert report.ece < 0.08


@pytest.fixture(scope="module")
def pairs(folder, cache):
    """Landmark vectors of a folder, and all pairs of them: of one person, and of two."""
    labelled = label_photos(folder)
    reader = ReadingOptions(encoder="landmarks", cache=cache).reader()
    readings = zip(labelled.names, reader.read_all(labelled.paths), strict=True)
    found = [(name, one.largest.vector) for name, one in readings if one.encodings]
    names, vectors = np.array([name for name, _ in found]), np.array([one for _, one in found])
    one, other = np.triu_indices(len(found), 1)
    return reader, vectors[one], vectors[other], names[one] == names[other]


@pytest.mark.parametrize("rule", ["euclidean", "ratio"])
def test_the_threshold_of_landmarks_before_any_calibration(pairs, rule):
    reader, one, other, same = pairs
    comparison = comparison_by(rule, reader.encoder.ratio, "landmarks")
    passed = comparison.apart(one, other) <= STAND_IN[rule]["landmarks"]
    assert passed[~same].mean() <= 0.01
    assert passed[same].mean() > 30 * passed[~same].mean()


def test_the_stock_rate_of_landmarks_holds_for_people_it_has_not_seen(folder, pairs):
    """For photos of its kind. The laboratory's of ORL are more alike: there a gallery's own people
    tell, on which the stock is laid."""
    if folder.name != "lfw10":
        pytest.skip("photos of another kind")
    reader, one, other, same = pairs
    comparison = comparison_by("ratio", reader.encoder.ratio, "landmarks")
    threshold = stock_for(reader.vector_recipe, comparison).threshold(0.01)
    passed = comparison.apart(one, other) <= threshold
    assert 0.001 < passed[~same].mean() < 0.03
    assert passed[same].mean() > 0.5


def test_a_photo_that_training_never_saw_is_named(press_photos, cache, tmp_path):
    folder, probes = tmp_path / "known", []
    for person in sorted(press_photos.iterdir()):
        *known, probe = sorted(person.iterdir())
        (folder / person.name).mkdir(parents=True)
        for photo in known:
            shutil.copy(photo, folder / person.name)
        probes.append((person.name.casefold(), probe))
    model = tmp_path / "model.hdf5"
    train(
        folder,
        model=model,
        options=TrainingOptions(folds=3, logs=None),
        reading=ReadingOptions(cache=cache),
    )
    answers = predict([probe for _, probe in probes], model=model)
    right = sum(
        answer.faces[0].name == name
        for (name, _), answer in zip(probes, answers, strict=True)
        if answer.faces
    )
    assert right >= 6  # chance is 1 of 10
