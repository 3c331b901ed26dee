from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import face2vec
from face2vec import Recognizer, get_accuracy, predict, run_kfold, train
from face2vec.errors import LabelError, ModelError
from face2vec.progress import telling_of_training
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.model import Model
from face2vec.training.runs import TrainingOptions
from face2vec.training.settings import Settings, save_settings


def test_training_reports_held_out_figures(trained, few_faces):
    _, outcome = trained
    report = outcome.report.as_dict()
    assert (report["photos"], report["people"], report["folds"]) == (18, 3, 3)
    assert report["found"] >= 17
    assert report["accuracy"] > 0.7 > report["chance"]
    assert set(report["per_person"]) == {path.name for path in few_faces.iterdir()}
    assert sum(p["found"] for p in report["per_person"].values()) == report["found"]


def test_the_model_file_knows_what_it_is(trained):
    path, outcome = trained
    model = Model.load(path)
    assert model.people == outcome.model.people
    assert model.scores["accuracy"] == outcome.report.accuracy
    assert len(model.photos) == outcome.report.found
    assert model.made["versions"]["face2vec"] == face2vec.__version__


def test_three_lines_of_python(few_faces, photo, trained, cache):
    path, outcome = trained
    assert (
        run_kfold(few_faces, folds=3, save=False, reading=ReadingOptions(cache=cache)).as_dict()
        == outcome.report.as_dict()
    )
    (answer,) = predict(photo, model=path)
    assert answer.faces[0].name == photo.parent.name
    report = get_accuracy(few_faces, model=path, reading=ReadingOptions(cache=cache))
    assert report.accuracy > 0.9
    assert report.trained_on.all()
    assert report.as_dict()["unseen"] == {"found": 0, "accuracy": None}


def test_photos_not_trained_on_are_measured_apart(trained, few_faces, faces, cache, tmp_path):
    person = next(iter(sorted(few_faces.iterdir()))).name
    (tmp_path / person).mkdir()
    seen, unseen = sorted((faces / person).iterdir())[0], sorted((faces / person).iterdir())[-1]
    for photo in (seen, unseen):
        shutil.copy(photo, tmp_path / person / photo.name)
    report = get_accuracy(tmp_path, model=trained[0], reading=ReadingOptions(cache=cache))
    assert report.trained_on.tolist() == [True, False]
    assert len(report.unseen.paths) == 1


def strict(path, folder):
    """Returns the model's file with a threshold that no probability reaches."""
    other = folder / "strict.hdf5"
    model = Model.load(path)
    unsure = model.classifier.at_temperature(100.0)
    replace(model, classifier=unsure, threshold=1.0).save(other)
    return other


def test_people_whom_the_model_does_not_know_count_as_wrong(trained, faces, cache, tmp_path):
    known = trained[1].model.people
    stranger = next(p.name for p in sorted(faces.iterdir()) if p.name not in known)
    for name in (known[0], stranger):
        (tmp_path / name).mkdir()
        shutil.copy(sorted((faces / name).iterdir())[0], tmp_path / name)
    report = get_accuracy(tmp_path, model=trained[0], reading=ReadingOptions(cache=cache))
    assert report.unknown_people == [stranger]
    known_to = get_accuracy(
        tmp_path, model=strict(trained[0], tmp_path.parent), reading=ReadingOptions(cache=cache)
    )
    assert known_to.as_dict()["unknown"] == {"right": 1, "wrong": 1}
    assert report.as_dict()["unknown"]["right"] == 0
    assert report.accuracy == 0.5
    shutil.rmtree(tmp_path / known[0])
    with pytest.raises(LabelError, match="knows nobody"):
        get_accuracy(tmp_path, model=trained[0], reading=ReadingOptions(cache=cache))


@pytest.mark.slow
def test_the_final_fit_goes_on_only_for_the_same_people_and_recipe(few_faces, cache, tmp_path):
    path = tmp_path / "model.hdf5"
    quick, reading = TrainingOptions(folds=2, logs=None), ReadingOptions("nose-tip", cache=cache)
    first = train(few_faces, model=path, options=quick, reading=reading)
    again = train(few_faces, model=path, options=quick, reading=reading)
    fresh = train(few_faces, model=path, options=replace(quick, fresh=True), reading=reading)
    other = train(few_faces, model=path, options=quick, reading=reading.but(encoder="landmarks"))
    assert [t.continued for t in (first, again, fresh, other)] == [False, True, False, False]
    assert first.report.as_dict() == again.report.as_dict() == fresh.report.as_dict()
    assert first.report.accuracy > 0.7


@pytest.mark.slow
def test_the_same_photos_and_settings_leave_the_file_as_it_is(few_faces, cache, tmp_path):
    path = tmp_path / "model.hdf5"
    fresh = TrainingOptions(folds=2, logs=None, fresh=True)
    train(few_faces, model=path, options=fresh, reading=ReadingOptions(cache=cache))
    before = path.read_bytes()
    again = train(few_faces, model=path, options=fresh, reading=ReadingOptions(cache=cache))
    assert again.left_alone and path.read_bytes() == before
    other = replace(fresh, folds=3)
    assert not train(
        few_faces, model=path, options=other, reading=ReadingOptions(cache=cache)
    ).left_alone


@pytest.mark.slow
def test_the_final_fit_starts_over_where_it_would_not_learn_what_is_new(few_faces, cache, tmp_path):
    """A net that starts from nearest means does so from all photos; one of other settings too.

    With `nose-tip`: what `landmarks` knows of people leaves nothing to a net here.
    """
    folder, path = tmp_path / "photos", tmp_path / "model.hdf5"
    shutil.copytree(few_faces, folder)
    later = [sorted(person.iterdir())[-1] for person in sorted(folder.iterdir())]
    for photo in later:
        photo.rename(tmp_path / f"{photo.parent.name}.jpg")
    reading = ReadingOptions("nose-tip", cache=cache)

    def trained_on(folder, **options):
        quick = TrainingOptions(folds=2, logs=None, **options)
        return train(folder, model=path, options=quick, reading=reading)

    means, narrow = tmp_path / "means.json", tmp_path / "narrow.json"
    save_settings(Settings(), means)
    save_settings(replace(Settings(), units=32), narrow)
    trained_on(folder, settings=means)
    for photo in later:
        (tmp_path / f"{photo.parent.name}.jpg").rename(photo)
    assert not trained_on(folder, settings=means).continued
    assert trained_on(folder, settings=means).continued
    assert not trained_on(folder, settings=narrow).continued
    assert trained_on(folder, settings=narrow, seed=7).continued
    later[0].unlink()
    trained_on(folder)
    assert trained_on(few_faces).continued


def test_a_ratio_that_no_net_improves_upon_is_what_is_saved(trained):
    _, done = trained
    assert done.model.classifier.kind == "ratio"
    assert "ratio" in done.note
    assert done.report.as_dict()["classifier"] == "ratio"


def test_arrays_in_any_order_are_named_like_the_file(trained, photo):
    recognizer = Recognizer.load(trained[0])
    of_file = recognizer.predict(photo)
    bgr = cv2.imread(str(photo))
    of_bgr = recognizer.predict(bgr)
    of_rgb = recognizer.predict(np.ascontiguousarray(bgr[:, :, ::-1]), order="rgb")
    assert of_bgr.faces == of_rgb.faces
    # A JPEG's brightness is read from the file as it is, and not made from rounded colours.
    (from_file,), (from_array,) = of_file.faces, of_bgr.faces
    assert from_file.name == from_array.name
    assert from_file.probability == pytest.approx(from_array.probability, abs=0.05)


def test_a_model_of_another_recipe_is_refused(trained):
    model = trained[1].model
    recipe = {**model.recipe, "encoder": {**model.recipe["encoder"], "version": 99}}
    other = Model(model.people, model.classifier, recipe)
    with pytest.raises(ModelError, match="version 99 of the encoder landmarks, not 4"):
        Recognizer(other, ReadingOptions().reader())


def test_somebody_with_a_single_face_is_left_out_and_said(few_faces, cache, tmp_path):
    folder = tmp_path / "people"
    shutil.copytree(few_faces, folder)
    (folder / "single").mkdir()
    photo = next(folder.rglob("*.jpg"))
    shutil.copy(photo, folder / "single" / photo.name)
    report = run_kfold(folder, folds=2, save=False, reading=ReadingOptions(cache=cache))
    assert report.left_out == ["single"]
    assert "single" not in report.answers.people
    assert report.found == report.as_dict()["found"] == 19


def test_the_model_that_ships_names_the_made_up_people(faces):
    shipped = faces.parent / "weights.best.hdf5"
    assert Model.load(shipped).people == tuple(sorted(path.name for path in faces.iterdir()))
    photos = [sorted(person.iterdir())[0] for person in sorted(faces.iterdir())[:3]]
    for photo, answer in zip(photos, predict(photos, model=shipped), strict=True):
        assert answer.faces[0].name == photo.parent.name


@pytest.mark.slow
def test_names_that_the_method_is_known_by_need_no_argument(
    few_faces, tmp_path, monkeypatch, caplog
):
    """`run_kfold` trains, shows TensorBoard how, and saves; where no net adds anything to what is
    known of faces, the same photos leave the file as it is."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(few_faces, "faces")
    first = run_kfold()
    assert first.found == 18
    saved = Path("weights.best.hdf5")
    assert Model.load(saved).classifier.kind == "ratio"
    assert len(list(Path("logs").rglob("events*"))) == len(first.fold_accuracies)
    before = saved.read_bytes()
    again = run_kfold()
    assert again.accuracy == first.accuracy
    assert saved.read_bytes() == before
    assert get_accuracy().found == 18


@pytest.mark.slow
def test_a_net_goes_on_the_next_time(few_faces, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reading, saved = ReadingOptions("nose-tip", cache=tmp_path / "cache"), Path("weights.best.hdf5")

    def kernel():
        return Model.load(saved).classifier.layers[-2].kernel

    run_kfold(few_faces, reading=reading)
    first = kernel()
    run_kfold(few_faces, reading=reading)
    moved = np.abs(kernel() - first).max()
    fresh = train(few_faces, options=TrainingOptions(fresh=True), reading=reading).model
    again = np.abs(fresh.classifier.layers[-2].kernel - first).max()
    assert again < 1e-3 < moved  # another start gives what was there


@pytest.mark.slow
def test_training_tells_how_many_epochs_are_done(few_faces, cache):
    told = []
    with telling_of_training(lambda done, of: told.append((done, of))):
        reading = ReadingOptions(encoder="nose-tip", cache=cache)
        run_kfold(few_faces, folds=2, save=False, reading=reading)
    assert told[:2] == [(1, 100), (2, 100)]
    assert len(told) > 20 and max(done for done, _ in told) <= 100
    count = len(told)
    run_kfold(few_faces, folds=2, save=False, reading=reading)
    assert len(told) == count


def test_which_photos_are_of_whom_is_kept(trained, few_faces):
    model = Model.load(trained[0])
    assert set(model.photos_of) == {path.name for path in few_faces.iterdir()}
    assert set(model.photos) <= {digest for some in model.photos_of.values() for digest in some}
    assert all(len(digests) == 6 for digests in model.photos_of.values())
