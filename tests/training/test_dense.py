from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from face2vec.errors import LabelError, OptionError
from face2vec.recognition.classifiers import DenseClassifier
from face2vec.training import net as net_module
from face2vec.training.dense import cross_validate, fit_final
from face2vec.training.folds import possible_folds
from face2vec.training.logs import write_logs
from face2vec.training.nearest_means import nearest_means
from face2vec.training.net import FoldedNet
from face2vec.training.settings import PLAIN, Settings
from face2vec.training.temperature import tempered

QUICK = replace(PLAIN, epochs=40, patience=10, prior_photos=100)  # from random weights


def clusters(people=3, photos=8, length=6, spread=0.4, seed=0):
    """Vectors that scatter about a centre for each person."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, length))
    labels = np.repeat(np.arange(people), photos)
    vectors = centres[labels] + spread * rng.normal(size=(len(labels), length))
    return vectors.astype(np.float32), labels


def test_people_who_differ_are_told_apart_on_photos_held_out():
    vectors, labels = clusters()
    held_out, _ = cross_validate(vectors, labels, 4, QUICK)
    assert (held_out.probabilities.argmax(axis=1) == labels).mean() >= 0.9
    np.testing.assert_allclose(held_out.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_labels_that_mean_nothing_are_not_learnt():
    """The published loop carries its net from fold to fold, and would remember these."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 20)).astype(np.float32)
    labels = rng.permutation(np.repeat(np.arange(3), 20))
    held_out, _ = cross_validate(vectors, labels, 10, QUICK)
    assert (held_out.probabilities.argmax(axis=1) == labels).mean() < 0.55


def test_folds_are_stratified_and_hold_out_each_photo_once():
    vectors, labels = clusters(photos=8)
    held_out, _ = cross_validate(vectors, labels, 4, QUICK)
    for fold in range(4):
        assert sorted(labels[held_out.folds == fold]) == [0, 0, 1, 1, 2, 2]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answers_and_another_one_others():
    vectors, labels = clusters()
    one, two = (cross_validate(vectors, labels, 3, QUICK)[0].probabilities for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = cross_validate(vectors, labels, 3, replace(QUICK, seed=1))[0].probabilities
    assert np.abs(one - other).max() > 1e-3


def test_the_seed_is_that_of_the_initial_weights_too():
    one, two, other = (
        FoldedNet(6, 3, 2, replace(QUICK, seed=seed)).layers(0)[0].kernel for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0.01
    net = FoldedNet(6, 3, 2, QUICK)
    assert np.abs(net.layers(0)[0].kernel - net.layers(1)[0].kernel).max() > 0.01


def test_a_fold_learns_nothing_from_the_others():
    """Training one fold beside another gives what training it with a different neighbour gives."""
    vectors, labels = clusters()
    inputs = np.stack([vectors, vectors])
    settings = replace(QUICK, dropout=0.0)
    answers = []
    for neighbour in (np.arange(0, 24, 2), np.arange(1, 24, 3)):
        net = FoldedNet(6, 3, 2, settings)
        net.fit(inputs, labels, [np.arange(20), neighbour[:8]], np.array([10, 10]))
        answers.append(net.predict(inputs))
    np.testing.assert_allclose(answers[0][0], answers[1][0], atol=1e-6)
    assert np.abs(answers[0][1] - answers[1][1]).max() > 1e-3


def test_one_fold_learns_what_a_plain_keras_net_learns():
    """Same initial weights, same full batches, no dropout: same weights after five epochs."""
    vectors, labels = clusters()
    settings = replace(QUICK, dropout=0.0, batch=24, l2=1e-2)
    folded = FoldedNet(6, 3, 1, settings)
    plain = keras.Sequential(
        [keras.Input((6,))]
        + [
            keras.layers.Dense(
                units,
                activation,
                kernel_regularizer=keras.regularizers.L2(1e-2),
                bias_regularizer=keras.regularizers.L2(1e-2),
            )
            for units, activation in ((QUICK.units, "tanh"), (3, "softmax"))
        ]
    )
    for own, other in zip(plain.layers, folded.layers(0), strict=True):
        own.set_weights([other.kernel, other.bias])
    folded.fit(vectors[None], labels, [np.arange(24)], np.array([5]))
    plain.compile(keras.optimizers.Nadam(settings.learning_rate), "sparse_categorical_crossentropy")
    plain.fit(vectors, labels, batch_size=24, epochs=5, shuffle=False, verbose=0)
    for own, other in zip(plain.layers, folded.layers(0), strict=True):
        np.testing.assert_allclose(own.get_weights()[0], other.kernel, atol=2e-4)
        np.testing.assert_allclose(own.get_weights()[1], other.bias, atol=2e-4)


def test_each_fold_keeps_the_weights_of_its_own_epoch():
    vectors, labels = clusters()
    inputs = np.stack([vectors, vectors])
    sets = [np.arange(24)] * 2
    settings = replace(QUICK, dropout=0.0)
    both = FoldedNet(6, 3, 2, settings)
    both.fit(inputs, labels, sets, np.array([2, 9]))
    short = FoldedNet(6, 3, 2, settings)
    short.fit(inputs, labels, sets, np.array([2, 2]))
    np.testing.assert_allclose(both.layers(0)[0].kernel, short.layers(0)[0].kernel, atol=1e-6)
    assert np.abs(both.layers(1)[0].kernel - short.layers(1)[0].kernel).max() > 1e-3


def test_the_numpy_forward_pass_is_that_of_keras():
    vectors, labels = clusters()
    net = FoldedNet(6, 3, 2, QUICK)
    inputs = np.stack([vectors, vectors + 1])
    net.fit(inputs, labels, [np.arange(24)] * 2, np.array([5, 5]))
    for fold in range(2):
        by_numpy = DenseClassifier(net.layers(fold)).probabilities(inputs[fold])
        np.testing.assert_allclose(by_numpy, net.predict(inputs)[fold], atol=2e-6)


@pytest.mark.slow
def test_the_final_net_knows_its_photos_and_can_go_on():
    vectors, labels = clusters()
    first = fit_final(vectors, labels, 20, QUICK)
    assert (first.probabilities(vectors).argmax(axis=1) == labels).mean() > 0.95
    still = fit_final(vectors, labels, 1, replace(QUICK, learning_rate=1e-9), start=first)
    more = np.concatenate([vectors, vectors[:5] * 1.1])
    with_more = fit_final(
        more, np.append(labels, labels[:5]), 1, replace(QUICK, learning_rate=1e-9), start=first
    )
    np.testing.assert_allclose(
        with_more.probabilities(vectors), first.probabilities(vectors), atol=1e-4
    )
    fresh = fit_final(vectors, labels, 1, replace(QUICK, learning_rate=1e-9))
    np.testing.assert_allclose(
        still.probabilities(vectors), first.probabilities(vectors), atol=1e-4
    )
    assert np.abs(fresh.probabilities(vectors) - first.probabilities(vectors)).max() > 0.05


@pytest.mark.parametrize(("wanted", "fewest", "expected"), [(10, 4, 4), (3, 4, 3), (10, 2, 2)])
def test_fewer_folds_where_a_person_has_fewer_photos(wanted, fewest, expected):
    labels = np.array([0] * 12 + [1] * fewest)
    assert possible_folds(labels, wanted) == expected


def test_folds_that_cannot_be():
    with pytest.raises(OptionError, match="at least 2 folds"):
        possible_folds(np.array([0, 0, 1, 1]), 1)
    with pytest.raises(LabelError, match="two photos"):
        possible_folds(np.array([0, 0, 1]), 2)


def test_two_photos_a_person_are_enough():
    vectors, labels = clusters(people=2, photos=2)
    assert cross_validate(vectors, labels, 10, QUICK)[0].probabilities.shape == (4, 2)


def test_batches_hold_every_photo_of_a_fold_once_an_epoch():
    sets = [np.arange(7), np.arange(3, 12)]
    batches = net_module._batches(sets, 4, Settings(batch=4))
    assert batches.shape == (4, 3, 4, 2)
    for fold, wanted in enumerate(sets):
        for epoch in batches[..., fold]:
            assert sorted(epoch[epoch >= 0]) == sorted(wanted)
            assert ((epoch >= 0).sum(axis=1) > 0).all()


def test_logs_are_what_tensorboard_reads(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    vectors, labels = clusters()
    _, history = cross_validate(vectors, labels, 3, QUICK)
    write_logs(tmp_path, history)
    runs = sorted(path.parent for path in tmp_path.rglob("events*"))
    assert [run.name for run in runs] == ["fold-01", "fold-02", "fold-03"]
    events = EventAccumulator(str(runs[1])).Reload()
    values = [event.value for event in events.Scalars("val_loss")]
    np.testing.assert_allclose(values, history.val_loss[:, 1], rtol=1e-6)


def test_the_final_net_answers_at_its_temperature():
    vectors, labels = clusters()
    sure = fit_final(vectors, labels, 10, QUICK).probabilities(vectors)
    mild = fit_final(vectors, labels, 10, QUICK, temperature=3.0).probabilities(vectors)
    np.testing.assert_allclose(mild, tempered(sure, 3.0), atol=1e-5)


def test_a_net_starts_from_nearest_means_and_goes_on():
    vectors, labels = clusters()
    inputs, settings = np.stack([vectors, vectors]), Settings(epochs=40, sharpness=4.0)
    sets = [np.arange(24), np.arange(0, 24, 2)]
    net = FoldedNet(6, 3, 2, settings)
    random = net.predict(inputs)
    net.start(inputs, labels, sets)
    for fold, chosen in enumerate(sets):
        layers = nearest_means(vectors[chosen], labels[chosen], 3, settings.units, 4.0)
        expected = DenseClassifier(layers).probabilities(vectors)
        np.testing.assert_allclose(net.predict(inputs)[fold], expected, atol=1e-5)
    started = net.predict(inputs)
    net.fit(inputs, labels, sets, np.array([20, 20]))
    rows = np.arange(24)
    assert (
        np.log(net.predict(inputs)[0, rows, labels]).mean()
        > np.log(started[0, rows, labels]).mean()
    )
    net.start(inputs, labels, sets)
    np.testing.assert_allclose(net.predict(inputs), started, atol=1e-6)
    assert np.abs(random - started).max() > 0.2
