"""Whatever a folder holds, training ends with figures or with a sentence."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face2vec.errors import Face2VecError
from face2vec.reading.options import ReadingOptions
from face2vec.training.dense import _split_off
from face2vec.training.folds import possible_folds, stratified_splits
from face2vec.training.runs import TrainingOptions, run_kfold, train
from face2vec.training.settings import Settings, save_settings

# What lies in one person's folder: pictures of faces by their number, the same one twice perhaps,
# somebody else's too, and what gives no face.
PICTURES = st.one_of(st.integers(0, 3), st.sampled_from(["miss", "damaged", "another's"]))
FOLDERS = st.lists(st.lists(PICTURES, min_size=1, max_size=6), min_size=1, max_size=8)
COUNTS = st.lists(st.integers(2, 12), min_size=2, max_size=12)
SAME_EACH_TIME = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@pytest.fixture(scope="module")
def pictures(faces, tmp_path_factory) -> dict[object, Path]:
    """Files to fill folders with: (person, number), and what gives no face."""
    folder = tmp_path_factory.mktemp("pictures")
    cv2.imwrite(str(folder / "miss.png"), np.full((60, 60), 128, np.uint8))
    (folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff not all of it")
    files: dict[object, Path] = {
        (person, number): photo
        for person, own in enumerate(sorted(faces.iterdir()))
        for number, photo in enumerate(sorted(own.iterdir())[:4])
    }
    return files | {"miss": folder / "miss.png", "damaged": folder / "damaged.jpg"}


def fill(folder: Path, shape: list[list[object]], pictures: dict[object, Path]) -> Path:
    """Makes a folder of this shape, emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    for person, wanted in enumerate(shape):
        (folder / f"p{person}").mkdir(parents=True)
        for index, what in enumerate(wanted):
            key = what if what in ("miss", "damaged") else (person, what)
            source = pictures[(7 - person, 0) if what == "another's" else key]
            shutil.copy(source, folder / f"p{person}" / f"{index}{source.suffix}")
    return folder


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    """Settings of a net that trains for two epochs."""
    path = tmp_path_factory.mktemp("settings") / "short.json"
    save_settings(replace(Settings(), epochs=2, units=8), path)
    return path


def ends_well(folder: Path, model: Path, options: TrainingOptions, reading: ReadingOptions) -> None:
    try:
        trained = train(folder, model=model, options=options, reading=reading)
    except Face2VecError as error:
        assert len(str(error).splitlines()) == 1
        return
    figures = trained.report.as_dict()
    assert 0 <= figures["accuracy"] <= 1
    assert np.isfinite(figures["ece"])


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["nose-tip", "resnet"])
@given(shape=FOLDERS, classifier=st.sampled_from(["svm", "knn", "centroid"]))
@settings(max_examples=40, **SAME_EACH_TIME)
def test_any_folder_trains_or_says_why_not(shape, classifier, encoder, pictures, cache, tmp_path):
    folder = fill(tmp_path / "photos", shape, pictures)
    options = TrainingOptions(classifier=classifier, logs=None)
    ends_well(folder, tmp_path / "model", options, ReadingOptions(encoder, cache=cache))


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["classify", "triplet"])
@pytest.mark.parametrize(
    "shape",
    [
        [[0, 1], [0, 1]],
        [[0, 1], [0, 1, 2, 3]],
        [[0, 1, 2, 3], [0, 1], [0, 1, 2]],
        [[0, 1]] * 6,
        [[0, 0], [0, 0]],
        [[0, 0], [0, "another's"], [0, 1, 2, 3, 0, 1]],
        [[0, 1, "miss"], [0, 1, "damaged"], [0, "miss", "miss"]],
    ],
    ids=str,
)
def test_nets_learn_from_two_photos_of_somebody(shape, objective, pictures, cache, short, tmp_path):
    folder = fill(tmp_path / "photos", shape, pictures)
    options = TrainingOptions(settings=short, objective=objective, logs=None)
    trained = train(
        folder,
        model=tmp_path / "model",
        options=options,
        reading=ReadingOptions("nose-tip", cache=cache),
    )
    assert 0 <= trained.report.accuracy <= 1


def test_a_recipe_is_measured_on_two_photos_of_somebody(pictures, cache, tmp_path):
    folder = fill(tmp_path / "photos", [[0, 1], [0, 1, 2], [0, 1, 2]], pictures)
    report = run_kfold(folder, folds=3, save=False, reading=ReadingOptions(cache=cache))
    assert len(report.fold_accuracies) == 2


@given(counts=COUNTS, folds=st.integers(2, 10))
@settings(max_examples=300, **SAME_EACH_TIME)
def test_what_early_stopping_looks_at_is_a_part_of_each_fold(counts, folds):
    labels = np.repeat(np.arange(len(counts)), counts)
    for training, _ in stratified_splits(labels, possible_folds(labels, folds), 0):
        learnt, kept = _split_off(training, labels, Settings())
        assert set(labels[learnt]) == set(labels[training])
        assert set(learnt) | set(kept) == set(training)
        if set(learnt) != set(training):
            assert not set(learnt) & set(kept)
            assert (np.bincount(labels[training]) > 1)[labels[kept]].all()
