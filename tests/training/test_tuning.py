from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from face2vec.errors import FolderError, LabelError, OptionError
from face2vec.training.logs import write_hparams
from face2vec.training.settings import PLAIN, Settings, load_settings, save_settings
from face2vec.training.tuning import nested_search

pytestmark = pytest.mark.slow

QUICK = replace(PLAIN, epochs=15, patience=5)


def clusters(people=3, photos=6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    vectors = rng.normal(size=(people, 5))[labels] + 0.3 * rng.normal(size=(len(labels), 5))
    return vectors.astype(np.float32), labels


@pytest.fixture(scope="module")
def tuned():
    pytest.importorskip("optuna")
    told = []
    found = nested_search(
        *clusters(), QUICK, trials=3, folds=2, progress=lambda *of: told.append(of)
    )
    return found, told


def test_settings_are_chosen_and_every_photo_is_answered_once(tuned):
    found, told = tuned
    assert replace(found.settings, units=1, l2=1, dropout=1, learning_rate=1) == replace(
        QUICK, units=1, l2=1, dropout=1, learning_rate=1
    )
    np.testing.assert_allclose(found.held_out.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert sorted(np.bincount(found.held_out.folds)) == [9, 9]
    assert told == [(done, 9) for done in range(1, 10)]


def test_the_first_trial_is_what_it_began_with_and_the_best_one_is_chosen(tuned):
    found, _ = tuned
    first, _ = found.trials[0]
    assert first["units"] == QUICK.units and first["l2"] == QUICK.l2
    best, _ = max(found.trials, key=lambda trial: trial[1])
    assert all(getattr(found.settings, name) == value for name, value in best.items())


def test_trials_reach_tensorboard(tuned, tmp_path):
    found, _ = tuned
    write_hparams(tmp_path, found.trials)
    runs = sorted(tmp_path.glob("*-tune/trial-*"))
    assert len(runs) == len(found.trials)
    events = EventAccumulator(str(runs[0])).Reload()
    assert events.Tags()["scalars"] == ["probability of the right person"]
    start = events.summary_metadata["_hparams_/session_start_info"]
    assert start.plugin_data.plugin_name == "hparams"
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="choose another folder"):
        write_hparams(tmp_path / "file", found.trials)


def test_settings_come_back_from_their_file(tmp_path):
    save_settings(replace(QUICK, units=32), tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json") == replace(QUICK, units=32)


@pytest.mark.parametrize("content", ["no json", "[]", '{"unit": 3}'])
def test_a_file_that_holds_no_settings(tmp_path, content):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(OptionError, match="face2vec tune"):
        load_settings(tmp_path / "settings.json")


def test_too_few_photos_to_split_twice():
    with pytest.raises(LabelError, match="three photos"):
        nested_search(*clusters(photos=2), QUICK, trials=1)


def test_what_only_whitened_vectors_have_is_searched_for_with_them_alone():
    quick = replace(Settings(), epochs=5, patience=2)
    whitened, plain = (
        nested_search(*clusters(), start, trials=1, folds=2) for start in (quick, QUICK)
    )
    tried, _ = whitened.trials[0]
    assert tried["sharpness"] == quick.sharpness and tried["prior_photos"] == quick.prior_photos
    assert not {"sharpness", "prior_photos"} & set(plain.trials[0][0])
