"""``--report``: every way of measuring writes its page."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from face2vec.cli import main


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("--folds", 2, "--encoder", "nose-tip", "--thumbnails"), "held-out figures"),
        (("--folds", 2, "--encoder", "resnet", "--classifier", "knn"), "held-out figures"),
        (("--strangers",), "strangers"),
        ((), "a model on labelled photos"),
    ],
)
def test_evaluate_writes_a_page(words, title, faces, trained, cache, tmp_path):
    page = tmp_path / "report.html"
    done = run(
        "evaluate",
        faces,
        *words,
        "--model",
        trained[0],
        "--cache",
        cache,
        "--report",
        page,
        "--json",
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)
    assert f"<h1>Face2Vec: {title}</h1>" in page.read_text(encoding="utf-8")
    assert f"report in {page}" in done.stderr


def test_train_writes_a_page_with_the_threshold_and_curves(few_faces, cache, tmp_path):
    page = tmp_path / "report.html"
    words = ("--folds", 3, "--no-logs", "--cache", cache, "--model", tmp_path / "m.hdf5")
    done = run("train", few_faces, *words, "--report", page)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    for words in ("How the folds learnt", "made: date", "settings: units"):
        assert words in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--thumbnails",), "--report FILE"),
        (("--report", "no/folder/x.html"), "there is no folder"),
    ],
)
def test_what_cannot_be_is_said_before_photos_are_read(words, said, few_faces):
    for command in ("train", "evaluate"):
        done = run(command, few_faces, *words)
        assert done.exit_code == 2
        assert said in done.stderr
