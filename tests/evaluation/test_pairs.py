from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from face2vec.errors import FolderError, OptionError
from face2vec.evaluation.pairs import best_threshold, read_pairs, score_pairs, write_roc


@pytest.fixture
def folder(tmp_path):
    """As LFW names its photos, and as others do."""
    for name, photos in {
        "Tony_Blair": ["Tony_Blair_0001.jpg", "Tony_Blair_0002.jpg"],
        "s1": ["1.pgm", "10.pgm"],
    }.items():
        (tmp_path / name).mkdir()
        for photo in photos:
            (tmp_path / name / photo).write_bytes(b"")
    return tmp_path


LINES = ["2\t1", "Tony_Blair\t1\t2", "Tony_Blair\t1\ts1\t10", "s1\t1\t10", "s1\t1\tTony_Blair\t2"]


def test_reads_the_format_of_lfw(folder, tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text("\n".join(LINES) + "\n")
    pairs = read_pairs(file, folder)
    assert [(p.one.name, p.other.name, p.same, p.fold) for p in pairs] == [
        ("Tony_Blair_0001.jpg", "Tony_Blair_0002.jpg", True, 0),
        ("Tony_Blair_0001.jpg", "10.pgm", False, 0),
        ("1.pgm", "10.pgm", True, 1),
        ("1.pgm", "Tony_Blair_0002.jpg", False, 1),
    ]
    file.write_text("\n".join(LINES).replace("\t", " "))
    assert read_pairs(file, folder) == pairs


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        ([], OptionError, "must begin"),
        (["ten\t300"], OptionError, "must begin"),
        (["500"], OptionError, "must begin"),
        (["2\t2", *LINES[1:]], OptionError, "holds 4 pairs"),
        (["1\t2", *LINES[1:]], OptionError, "at least 2 folds"),
        ([*LINES[:2], "s1\tone\ttwo", *LINES[3:]], OptionError, "line 3"),
        ([*LINES[:2], "s1\t1", *LINES[3:]], OptionError, "line 3"),
        ([*LINES[:2], "s1\t1\ts1\t10\t5", *LINES[3:]], OptionError, "line 3"),
        ([*LINES[:2], "s1\t1\ts1\t7", *LINES[3:]], FolderError, "number 7 of s1"),
        ([*LINES[:2], "s2\t1\ts1\t1", *LINES[3:]], FolderError, "number 1 of s2"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(folder, tmp_path, lines, error, message):
    file = tmp_path / "pairs.txt"
    file.write_text("\n".join(lines))
    with pytest.raises(error, match=message):
        read_pairs(file, folder)


def test_a_missing_file(tmp_path):
    with pytest.raises(OptionError, match="cannot be read"):
        read_pairs(tmp_path / "none.txt", tmp_path)


def made_up(overlap, count=400, seed=0):
    rng = np.random.default_rng(seed)
    same = np.arange(count) % 2 == 0
    return np.where(same, 0, 1) + rng.normal(0, overlap, count), same, np.arange(count) // 2 % 10


def test_separable_pairs_are_all_right():
    scores = score_pairs(*made_up(0.05))
    assert (scores.accuracy, scores.auc, scores.eer) == (1, 1, 0)
    assert scores.tar_at_far == {"0.01": 1, "0.001": 1}


def test_pairs_that_overlap():
    distances, same, folds = made_up(0.5)
    scores = score_pairs(distances, same, folds)
    assert scores.accuracy == pytest.approx(0.84, abs=0.04)  # the best there is: Phi(1)
    assert scores.eer == pytest.approx(0.16, abs=0.04)
    assert scores.auc == roc_auc_score(same, -distances)
    for rate, tar in scores.tar_at_far.items():
        threshold = np.sort(distances[~same])[int(float(rate) * (~same).sum())]
        assert tar == (distances[same] < threshold).mean()


def test_a_fold_has_no_say_in_its_own_threshold():
    distances, same, folds = made_up(0.05)
    shifted = np.where(folds == 3, distances + 10, distances)
    scores = score_pairs(shifted, same, folds)
    assert scores.accuracy == pytest.approx(0.95)  # in fold 3 all are called different


def test_pairs_without_a_face_are_counted_apart():
    distances, same, folds = made_up(0.05)
    distances[:30] = np.nan
    scores = score_pairs(distances, same, folds)
    assert (scores.pairs, scores.answered, scores.accuracy) == (400, 370, 1)
    whole = [(~np.isfinite(distances) & (folds == f)).mean() * 10 for f in range(10)]
    assert scores.accuracy_of_all == pytest.approx(1 - np.mean(whole))
    with pytest.raises(OptionError, match="too few"):
        score_pairs(np.full(400, np.nan), same, folds)


def test_a_fold_without_any_answer_is_all_errors():
    distances, same, folds = made_up(0.05)
    scores = score_pairs(np.where(folds == 4, np.nan, distances), same, folds)
    assert scores.accuracy == 1 and scores.accuracy_of_all == pytest.approx(0.9)


def test_the_standard_error_is_that_of_the_mean_over_folds():
    distances, same, folds = made_up(0.5)
    scores = score_pairs(distances, same, folds)
    assert scores.accuracy_error == pytest.approx(scores.accuracy_std / 3)  # of ten folds


def test_the_roc_file_holds_true_and_false_accepts(tmp_path):
    distances, same, _ = made_up(0.5)
    distances[:4] = np.nan
    write_roc(tmp_path / "roc.txt", distances, same)
    tar, far = np.loadtxt(tmp_path / "roc.txt").T
    assert (np.diff(tar) >= 0).all() and (np.diff(far) >= 0).all()
    assert (tar[0], far[0], tar[-1], far[-1]) == (0, 0, 1, 1)
    area = ((tar[1:] + tar[:-1]) / 2 * np.diff(far)).sum()
    assert area == pytest.approx(roc_auc_score(same[4:], -distances[4:]), abs=1e-3)
    with pytest.raises(FolderError, match="choose another place"):
        write_roc(tmp_path / "missing" / "roc.txt", distances, same)


@pytest.mark.parametrize("seed", range(5))
def test_best_threshold_is_the_best(seed):
    distances, same, _ = made_up(0.7, 50, seed)
    distances = distances.round(1)  # with ties
    accuracy = ((distances <= best_threshold(distances, same)) == same).mean()
    others = [((distances <= t) == same).mean() for t in np.linspace(-3, 4, 2000)]
    assert accuracy == max(others)


@pytest.mark.parametrize("name", ["../ann", "9" * 5000, "a\0b", "."])
def test_a_name_that_leads_elsewhere_has_no_photos(tmp_path, name):
    (tmp_path / "ann").mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "ann" / "1.jpg").touch()
    line = f"{name}\t1\t1\n"
    (tmp_path / "pairs.txt").write_text("2 1\n" + line * 4)
    with pytest.raises(FolderError, match="holds no photo number 1"):
        read_pairs(tmp_path / "pairs.txt", tmp_path / "inside")
