"""``--annotate``: every command that answers for photos shows its answers on copies of them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from face2vec.cli import main
from face2vec.drawing import copies, fonts


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        return CliRunner().invoke(main, [str(word) for word in words])

    return call


def test_predict_and_evaluate_write_copies(run, tmp_path, trained, few_faces, photo, cache):
    done = run("predict", photo, "--model", trained[0], "--annotate", "out", "--json")
    assert (done.exit_code, len(json.loads(done.stdout))) == (0, 1)
    assert done.stderr == "face2vec: 1 annotated photo in out\n"
    assert copies._is_copy(tmp_path / "out" / photo.name)
    common = ("--cache", cache, "--annotate")
    done = run("evaluate", few_faces, "--model", trained[0], *common, "all")
    assert done.exit_code == 0
    assert len(list((tmp_path / "all").glob("*/*.jpg"))) == 18
    done = run("evaluate", few_faces, "--strangers", *common, "none")
    assert done.exit_code == 2
    assert "--annotate" in done.stderr


def test_identify_and_doctor_write_copies(run, tmp_path, few_faces, photo, cache):
    assert run("enrol", "José", photo).exit_code == 0
    done = run("identify", photo, "--annotate", "out")
    assert done.exit_code == 0, done.output
    assert copies._is_copy(tmp_path / "out" / photo.name)
    run("doctor", few_faces, "--cache", cache, "--annotate", "all")
    assert len(list((tmp_path / "all").glob("*/*.jpg"))) == 18


def test_letters_that_no_font_holds_are_told_with_what_to_install(run, photo, monkeypatch):
    monkeypatch.setattr(fonts, "_folders", lambda: iter(()))
    caches = (fonts.font_files, fonts._holder, fonts.text_mask)
    for cached in caches:
        cached.cache_clear()
    assert run("enrol", "张伟", photo).exit_code == 0
    done = run("identify", photo, "--annotate", "out")
    for cached in caches:
        cached.cache_clear()
    assert done.exit_code == 0
    assert "no font here has the letters 张伟: install one" in done.stderr


def test_annotating_into_the_photos_own_folder_is_refused_in_a_sentence(run, trained, photo):
    before = photo.read_bytes()
    done = run("predict", photo, "--model", trained[0], "--annotate", photo.parent)
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert photo.read_bytes() == before
