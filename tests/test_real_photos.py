"""Real people's photos, read where they lie: FACE2VEC_REAL_FACES names the folder."""

from __future__ import annotations

import shutil

import pytest

from face2vec import predict, run_kfold, train
from face2vec.api import fit_prior


@pytest.fixture(scope="module")
def press_photos(real_faces):
    return real_faces / "lfw10"


def test_nose_tip_reaches_the_upper_end_of_what_was_published_honestly(press_photos, cache):
    report = run_kfold(press_photos, encoder="nose-tip", folds=5, cache=cache)
    assert report.found >= 98
    assert report.chance == pytest.approx(0.1, abs=0.01)
    assert report.accuracy >= 0.65


@pytest.mark.parametrize(
    ("folder", "other", "found", "least"),
    [("lfw10", "orl20", 98, 0.9), ("orl20", "lfw10", 198, 0.95)],
)
def test_landmarks_name_people_whom_their_prior_has_not_seen(
    real_faces, cache, tmp_path, folder, other, found, least
):
    """Twice as often right as the published net on photos that it has not seen: 0.4 on lfw10."""
    prior = tmp_path / "prior.npz"
    fit_prior([real_faces / other], cache=cache).save(prior)
    report = run_kfold(real_faces / folder, folds=5, prior=prior, cache=cache)
    assert report.found >= found
    assert report.prior_saw == 0
    assert report.accuracy >= least
    assert report.ece < 0.1


def test_a_photo_that_training_never_saw_is_named(press_photos, cache, tmp_path):
    folder, probes = tmp_path / "known", []
    for person in sorted(press_photos.iterdir()):
        *known, probe = sorted(person.iterdir())
        (folder / person.name).mkdir(parents=True)
        for photo in known:
            shutil.copy(photo, folder / person.name)
        probes.append((person.name.casefold(), probe))
    model = tmp_path / "model.hdf5"
    train(folder, model=model, folds=3, cache=cache, logs=None)
    answers = predict([probe for _, probe in probes], model=model)
    right = sum(
        answer.faces[0].name == name
        for (name, _), answer in zip(probes, answers, strict=True)
        if answer.faces
    )
    assert right >= 6  # chance is 1 of 10
