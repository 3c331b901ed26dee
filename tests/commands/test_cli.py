"""The commands as users type them: what they print, and how they fail."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from face2vec.cli import COMMANDS, main

NO_FACE = b"P5 120 120 255\n" + bytes([128]) * 120 * 120


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder and returns what came of it."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return call


@pytest.fixture
def model(trained):
    return trained[0]


def test_every_command_has_help(run):
    listed = run("--help").output
    for name in COMMANDS:
        assert name in listed
        result = run(name, "--help")
        assert result.exit_code == 0
        assert len(result.output.splitlines()) > 4


def test_every_option_has_help():
    import click

    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        for one in getattr(command, "commands", {"": command}).values():
            for option in one.params:
                assert isinstance(option, click.Argument) or option.help, (name, option.name)


@pytest.mark.slow
def test_train_predict_evaluate(run, few_faces, photo, cache):
    done = run("train", few_faces, "--folds", 3, "--cache", cache)
    assert done.exit_code == 0, done.output
    assert "18 photos of 3 people: 18 named by their folder" in done.output
    assert "held-out accuracy" in done.output
    assert "saved weights.best.hdf5" in done.output
    assert "everybody gets a name, strangers too: more than 3 people" in done.output
    assert len(list(Path("logs").rglob("events*"))) == 3
    done = run("predict", photo)
    assert "this model cannot tell strangers" in done.stderr
    path, name, probability, box = done.stdout.strip().split("\t")
    assert (path, name) == (str(photo), photo.parent.name)
    assert 0.3 < float(probability) <= 1
    assert len(box.split(",")) == 4
    done = run("evaluate", few_faces, "--cache", cache)
    assert "was trained on 18 of the 18" in done.stderr
    assert "accuracy 1.000" in done.stdout


def test_predict_json_has_the_documented_keys(run, model, photo):
    (answer,) = json.loads(run("predict", photo, "--model", model, "--top", 3, "--json").stdout)
    assert answer["path"] == str(photo)
    assert answer["reason"] is None
    (face,) = answer["faces"]
    assert {"name", "probability", "threshold", "box", "found_by", "runner_up"} <= set(face)
    assert set(face["box"]) == {"left", "top", "right", "bottom"}
    assert set(face["runner_up"]) == {"name", "probability"}
    assert len(face["top"]) == 3


def test_evaluate_json_has_the_documented_keys(run, few_faces, model, cache):
    documented = {
        "encoder",
        "classifier",
        "photos",
        "found",
        "people",
        "folds",
        "accuracy",
        "accuracy_std",
        "chance",
        "per_person",
        "without_answer",
    }
    of_model = run("evaluate", few_faces, "--model", model, "--cache", cache, "--json")
    of_folds = run("evaluate", few_faces, "--folds", 3, "--cache", cache, "--json")
    assert documented <= set(json.loads(of_model.stdout))
    assert documented <= set(json.loads(of_folds.stdout))


def test_top_gives_candidates(run, model, photo):
    line = run("predict", photo, "--model", model, "--top", 3).stdout.strip()
    assert len(line.split("\t")) == 6


def test_cache_info_and_clear(run, photo, model):
    run("predict", photo, "--model", model, "--cache", "my cache")
    about = json.loads(run("cache", "info", "--cache", "my cache", "--json").stdout)
    assert about["photos"] == 1
    assert "removed 2 files" in run("cache", "clear", "--cache", "my cache").stdout
    assert "0 files" in run("cache", "info", "--cache", "my cache").stdout


@pytest.mark.slow
def test_cache_shows_and_removes_what_is_kept_of_models(run, photo, model, tmp_path, monkeypatch):
    monkeypatch.setattr("face2vec.dlib_models.kept.folder", lambda: tmp_path / "kept")
    run("predict", photo, "--model", model)
    about = json.loads(run("cache", "info", "--json").stdout)["models"]
    assert about["folder"] == str(tmp_path / "kept") and about["files"] == 1
    assert about["bytes"] > 60e6
    assert "1 file of landmark models" in run("cache", "info").stdout
    assert "removed 0 files" in run("cache", "clear").stdout
    assert "removed 1 file" in run("cache", "clear", "--models").stdout
    assert not list((tmp_path / "kept").iterdir())


def test_predict_remembers_nothing_unless_told(run, photo, model):
    run("predict", photo, "--model", model)
    assert os.listdir() == []


def test_names_with_spaces_and_letters_of_all_kinds(run, photo, model):
    odd = Path("Zoë & Ángel 照片") / "ein Bild.jpg"
    odd.parent.mkdir()
    shutil.copy(photo, odd)
    done = run("predict", odd, "--model", model)
    assert done.exit_code == 0
    assert str(odd) in done.stdout


@pytest.mark.slow
def test_a_bad_photo_among_good_ones_stops_nothing(run, few_faces, photo, model):
    Path("bad.jpg").write_text("not a photo")
    done = run("predict", "bad.jpg", photo, "--model", model)
    assert done.exit_code == 0
    assert photo.parent.name in done.stdout
    assert "bad.jpg" in done.stderr
    shutil.copytree(few_faces, "people")
    shutil.copy("bad.jpg", "people/" + photo.parent.name)
    done = run("evaluate", "people", "--model", model, "--no-cache")
    assert done.exit_code == 0
    assert "without an answer (1)" in done.stdout
    assert "unreadable" in done.stdout


def write(name, data):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(data)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["train", "nowhere"], 2, "not a folder"),
        (["train", "empty"], 2, "holds no photos"),
        (["train", "one person"], 2, "two people"),
        (["train", "blanks"], 2, "two people"),
        (["train", "blanks", "--folds", "1"], 2, "--folds"),
        (["train", "blanks", "--encoder", "tarot"], 2, "tarot"),
        (["evaluate", "blanks"], 2, "face2vec train"),
        (["predict", "PHOTO", "--model", "none.hdf5"], 2, "face2vec train"),
        (["predict", "PHOTO", "--model", "text.jpg"], 2, "not a Face2Vec model"),
        (["predict", "text.jpg", "--model", "MODEL"], 2, "text.jpg"),
        (["predict", "cut.jpg", "--model", "MODEL"], 2, "cut.jpg"),
        (["predict", "gone.jpg", "--model", "MODEL"], 2, "gone.jpg"),
        (["predict", "blank.pgm", "--model", "MODEL"], 1, "no face"),
        (["predict"], 2, "PHOTOS... is missing, as in: face2vec predict new.jpg"),
        (["evaluate"], 2, "FOLDER is missing, as in: face2vec evaluate photos"),
        (["verify"], 2, "as in: face2vec verify a.jpg b.jpg"),
        (["doctor"], 2, "face2vec doctor photos"),
        (["enrol"], 2, "as in: face2vec enrol Ann ann.jpg"),
        (["train"], 2, "faces is not a folder: give the folder that holds the photos, as in"),
        (["fly"], 2, "fly"),
        (["enroll", "ann", "PHOTO"], 2, "did you mean 'enrol'?"),
        (["indentify", "PHOTO"], 2, "did you mean 'identify'?"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(run, words, code, sentence, photo, model):
    Path("empty").mkdir()
    Path("text.jpg").write_text("not a photo")
    write("cut.jpg", photo.read_bytes()[:3000])
    write("blank.pgm", NO_FACE)
    for index in range(2):
        write(f"one person/ada/{index}.pgm", NO_FACE)
        write(f"blanks/ada{index}.pgm", NO_FACE)
        write(f"blanks/bo{index}.pgm", NO_FACE + bytes([index]))
    places = {"PHOTO": photo, "MODEL": model}
    done = run(*[places.get(word, word) for word in words])
    assert done.exit_code == code
    assert sentence in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_cannot_be_written_is_said(run, few_faces, cache):
    blocked = Path("file in the way")
    blocked.write_text("")
    done = run("train", few_faces, "--cache", cache, "--logs", "", "--model", blocked / "m.hdf5")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
    done = run("train", few_faces, "--cache", blocked / "c")
    assert done.exit_code == 2
    assert "--no-cache" in done.stderr


def test_a_broken_cache_entry_is_said_and_made_again(run, photo, model, caplog):
    run("predict", photo, "--model", model, "--cache", "c")
    for entry in Path("c").rglob("*.pickle"):
        entry.write_bytes(b"broken")
    done = run("predict", photo, "--model", model, "--cache", "c")
    assert done.exit_code == 0
    assert photo.parent.name in done.stdout
    assert "set aside" in caplog.text
    assert list(Path("c").rglob("*.broken"))
    caplog.clear()
    run("predict", photo, "--model", model, "--cache", "c")
    assert not caplog.text


@pytest.mark.slow
def test_a_prior_of_ones_own_makes_a_model_that_asks_for_it(run, few_faces, photo, cache, tmp_path):
    done = run("fit-prior", few_faces, "--out", "own.npz", "--fits", 4, "--cache", cache, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"prior": "own.npz", "photos": 18, "people": 3}
    own = ["--prior", "own.npz"]
    assert run("train", few_faces, "--folds", 2, "--fits", 4, "--cache", cache, *own).exit_code == 0
    warned = run("evaluate", few_faces, "--folds", 2, "--fits", 4, "--cache", cache, *own)
    assert "estimated from 18 of these photos" in warned.stderr
    assert run("predict", photo, *own).exit_code == 0
    refused = run("predict", photo)
    assert refused.exit_code == 2
    assert "trained with another prior (--prior): give that" in refused.stderr


@pytest.mark.slow
def test_an_embedding_is_trained_saved_and_names_people(run, few_faces, photo, cache):
    words = ["train", few_faces, "--objective", "triplet", "--folds", 2, "--cache", cache, "--json"]
    done = run(*words)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["classifier"] == "embedding" and report["accuracy"] > 0.5
    named = json.loads(run("predict", photo, "--json").stdout)
    assert named[0]["faces"][0]["name"] == photo.parent.name
    # A dense net does not go on from the weights of an embedding.
    words[3] = "classify"
    assert json.loads(run(*words).stdout)["continued"] is False


@pytest.mark.slow
def test_the_command_writes_settings_that_train_takes(run, few_faces, cache):
    pytest.importorskip("optuna")
    from face2vec.training.settings import Settings

    words = ["tune", few_faces, "--trials", 1, "--folds", 2, "--cache", cache, "--json"]
    report = json.loads(run(*words).stdout)
    assert report["folds"] == 2 and report["settings"]["units"] == Settings().units
    words = ["train", few_faces, "--folds", 2, "--settings", "settings.json", "--cache", cache]
    assert run(*words).exit_code == 0
    answers = next(Path("logs").glob("*/held-out.csv")).read_text(encoding="utf-8").splitlines()
    assert answers[0].startswith("path,name,fold,answer,probability,")
    assert len(answers) == 1 + 18


def test_predict_takes_folders(run, few_faces, photo, model):
    said = run("predict", photo.parent, photo, "--model", model).stdout
    paths = [line.split("\t")[0] for line in said.splitlines()]
    assert paths == [*map(str, sorted(photo.parent.iterdir())), str(photo)]


def test_why_there_are_fewer_folds_than_wanted(run, few_faces, cache):
    shutil.copytree(few_faces, "people")
    few = min(Path("people").iterdir())
    for photo in sorted(few.iterdir())[3:]:
        photo.unlink()
    words = ["evaluate", "people", "--cache", cache, "--encoder", "nose-tip", "--folds"]
    said = run(*words, 5).stdout
    assert f"3 folds instead of 5: {few.name} has 3 photos with a face" in said
    assert "held-out accuracy" in said.splitlines()[0]
    assert "instead of" not in run(*words, 3).stdout
    assert not Path("weights.best.hdf5").exists() and not Path("logs").exists()


def test_a_reason_is_said_once(run, few_faces, model):
    shutil.copytree(few_faces, "people")
    photo = next(Path("people").rglob("*.jpg"))
    image = cv2.imread(str(photo))
    cv2.imwrite(str(photo), np.hstack([image, image]))
    said = run("evaluate", "people", "--model", model, "--no-cache").stdout
    (line,) = (line for line in said.splitlines() if "like size" in line)
    assert line.count("like size") == 1 and line.count(str(photo)) == 1


def test_train_alone_trains_on_faces(run, few_faces, cache):
    shutil.copytree(few_faces, "faces")
    words = ["train", "--encoder", "nose-tip", "--folds", 2, "--no-logs", "--cache", cache]
    assert "18 photos of 3 people" in run(*words).stdout
