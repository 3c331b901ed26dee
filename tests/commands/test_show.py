"""``face2vec show`` as it is typed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from face2vec.cli import main
from face2vec.commands.show import STAGES
from face2vec.drawing import stages


def run(*words):
    return CliRunner().invoke(main, ["show", *map(str, words)])


def test_the_command_knows_the_stages():
    assert set(STAGES) == {*stages.STAGES, stages.ALL}


def test_it_saves_a_picture_and_says_where(photo, tmp_path):
    done = run(photo, "--stage", "landmarks", "-o", tmp_path / "x.webp")
    assert (done.exit_code, done.stdout) == (0, f"saved {tmp_path / 'x.webp'}\n")
    assert (tmp_path / "x.webp").read_bytes()[8:12] == b"WEBP"


def test_json_says_what_the_picture_shows(photo, tmp_path):
    words = ("--stage", "encoding", "--beside", photo, "-o", tmp_path / "x.png", "--json")
    document = json.loads(run(photo, *words).stdout)
    assert document["distance"] == 0
    assert len(document["faces"]) == 1
    assert {"step", "box", "score", "turn", "kept", "why"} <= set(document["seen"][0])


def test_without_a_screen_a_sentence_says_what_to_do(photo, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    done = run(photo)
    assert done.exit_code == 2
    assert "-o FILE" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-o", "x.gif"), 2, "end the name in .png"),
        (("-o", "no/such/folder/x.png", "--stage", "photo"), 2, "choose another place"),
        (("-o", "x.png", "--numbers"), 2, "--stage landmarks"),
        (("-o", "x.png", "--encoder", "nothing"), 2, "there is no encoder"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(photo, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    done = run(photo, *words)
    assert done.exit_code == code
    assert said in done.stderr


def test_photos_without_a_face_or_damaged(tmp_path):
    (tmp_path / "blank.pgm").write_bytes(b"P5 120 120 255\n" + bytes([128]) * 120 * 120)
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    done = run(tmp_path / "blank.pgm", "--stage", "aligned", "-o", tmp_path / "x.png")
    assert (done.exit_code, done.stderr[:26]) == (1, "face2vec: no face in " + str(tmp_path)[:5])
    done = run(tmp_path / "bad.jpg", "-o", tmp_path / "x.png")
    assert (done.exit_code, "not a photo" in done.stderr) == (2, True)
    assert not (tmp_path / "x.png").exists()
