"""`watch`, `capture` and `demo --video` as one types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from face2vec.cli import main
from face2vec.demo.film import film_frames
from face2vec.gallery.identifier import Identifier
from face2vec.reading.options import ReadingOptions
from face2vec.video.sources import FileSource


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.webm"
    made = run("demo", "--video", path, "--seconds", 2)
    assert made.exit_code == 0, made.output
    return path


@pytest.fixture(scope="module")
def gallery(faces, cache, tmp_path_factory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('gallery')}/gallery.db"
    identifier = Identifier.open(url, ReadingOptions(cache=cache), create=True)
    identifier.enrol("edith", sorted((faces / "edith").iterdir())[:4])
    return url


@pytest.mark.slow
def test_the_demo_film_is_the_same_bytes_for_a_seed(tmp_path):
    pytest.importorskip("av")
    for name in ("one.mp4", "two.mp4"):
        assert run("demo", "--video", tmp_path / name, "--seconds", 1).exit_code == 0
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    run("demo", "--video", tmp_path / "other.mp4", "--seconds", 1, "--seed", 3)
    assert (tmp_path / "one.mp4").read_bytes() != (tmp_path / "other.mp4").read_bytes()


def test_the_demo_film_has_its_truth(tmp_path):
    path, truth = tmp_path / "film.webm", tmp_path / "truth.jsonl"
    assert run("demo", "--video", path, "--seconds", 1, "--truth", truth).exit_code == 0
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(25))
    assert {face["name"] for face in lines[0]["faces"]} == {"tilda", "edith", "keiko"}


@pytest.mark.slow
def test_everything_at_once(film, gallery, tmp_path):
    outputs = [tmp_path / name for name in ("out.webm", "frames.jsonl", "events.jsonl")]
    done = run(
        "watch", film, "--gallery", gallery, "--json", "--crops", tmp_path / "crops",
        "--output", outputs[0], "--frames", outputs[1], "--events", outputs[2],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["frames"] == 50
    assert "edith" in {stay["name"] for stay in document["people"]}
    assert document["output"] == str(outputs[0])
    lines = [json.loads(line) for line in outputs[1].read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(50))
    assert set(lines[0]["faces"][0]) == {"name", "track", "distance", "box"}
    events = [json.loads(line) for line in outputs[2].read_text().splitlines()]
    assert {event["event"] for event in events} >= {"appeared", "left"}
    source, frames = FileSource(outputs[0]), 0
    while source.read() is not None:
        frames += 1
    assert frames == 50
    assert any(path.name.startswith("edith-") for path in (tmp_path / "crops").iterdir())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_summary_says_who_was_there_when(film, gallery):
    done = run("watch", film, "--gallery", gallery, "--summary", "--stats")
    row = next(line for line in done.stdout.splitlines() if line.startswith("edith"))
    assert row.split()[1] == "00:00:00.000"
    assert "frames at" in done.stderr


def test_a_part_of_a_film(film, gallery):
    done = run("watch", film, "--gallery", gallery, "--seconds", 0.5, "--json")
    assert json.loads(done.stdout)["frames"] == 13


def test_a_trained_model_names_too(film, trained, tmp_path):
    frames = tmp_path / "frames.jsonl"
    done = run("watch", film, "--model", trained[0], "--seconds", 0.4, "--frames", frames)
    assert done.exit_code == 0, done.output
    first = json.loads(frames.read_text().splitlines()[0])
    assert set(first["faces"][0]) == {"name", "track", "probability", "box"}
    assert run("watch", film, "--model", trained[0], "--gallery", "sqlite:///x.db").exit_code == 2


@pytest.mark.parametrize("words", [["everyone-but", "edith"], ["everyone-but edith"]])
def test_blurring_everyone_but_one(film, gallery, tmp_path, words):
    out = tmp_path / "out.webm"
    done = run(
        "watch", film, "--gallery", gallery, "--draw", "none", "--output", out, "--blur", *words
    )
    assert done.exit_code == 0, done.output
    before, after = FileSource(film).read().image, FileSource(out).read().image
    _, shown = next(film_frames(seconds=2))
    for one in shown[:2]:
        box = one.box
        area = (slice(box.top, box.bottom), slice(box.left, box.right))
        changed = np.abs(before[area].astype(int) - after[area]).mean()
        assert (changed < 5) == (one.name == "edith")


def test_nobody_is_enrolled_yet(film, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("watch", film, "--seconds", 0.4, "--summary")
    assert done.exit_code == 0
    assert "nobody is enrolled yet" in done.stderr
    assert "unknown (track 1)" in done.stdout
    assert run("watch", film, "--gallery", "sqlite:///missing.db").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.mp4"], "missing.mp4 does not exist"),
        (["99"], "there is no camera 99"),
        (["FILM", "--output", "film.avi"], "should end in .mp4"),
        (["FILM", "--output", "nowhere/film.mp4"], "there is no folder nowhere"),
        (["FILM", "--frames", "nowhere/frames.jsonl"], "cannot be written"),
        (["FILM", "--blur", "everyone-but"], "give a name after"),
        (["FILM", "--values", "a,b"], "expected numbers"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(film, gallery, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [str(film) if word == "FILM" else word for word in words]
    done = run("watch", *words, "--gallery", gallery)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_leaves_whole_files(film, gallery, tmp_path):
    long = tmp_path / "long.avi"
    image = FileSource(film).read().image
    writer = cv2.VideoWriter(
        str(long), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), 25, image.shape[1::-1]
    )
    for _ in range(2000):
        writer.write(image)
    writer.release()
    out, frames = tmp_path / "out.webm", tmp_path / "frames.jsonl"
    events = tmp_path / "events.jsonl"
    words = ["watch", long, "--gallery", gallery, "--output", out, "--frames", frames]
    process = subprocess.Popen(
        [sys.executable, "-m", "face2vec", *map(str, words), "--events", str(events)],
        env=os.environ,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):  # the first event says that it is on its way
        if events.exists() and events.read_text():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0
    assert b"Traceback" not in stderr
    lines = frames.read_text().splitlines()
    assert 0 < len(lines) < 2000
    source, count = FileSource(out), 0
    while source.read() is not None:
        count += 1
    assert count == len(lines)


@pytest.mark.slow
def test_capture_takes_photos_and_watch_knows_the_person(faces, tmp_path):
    film = tmp_path / "booth.avi"
    portraits = [cv2.imread(str(path)) for path in sorted((faces / "zelda").iterdir())]
    size = portraits[0].shape[1::-1]
    writer = cv2.VideoWriter(
        str(film), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), 5, size
    )
    for portrait in portraits:
        for _ in range(4):
            writer.write(portrait)
    writer.release()
    url = f"sqlite:///{tmp_path}/gallery.db"
    words = ["capture", "Zelda", "--source", film, "--into", tmp_path / "faces", "--gallery", url]
    done = run(*words, "-n", 3, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert len(document["photos"]) == 3
    assert document["enrolled"]["added"] == 3
    assert all(Path(path).parent == tmp_path / "faces" / "Zelda" for path in document["photos"])
    assert "Zelda" in run("watch", film, "--gallery", url, "--summary").stdout
    done = run(*words, "-n", 500, "--no-enrol")
    assert done.exit_code == 1
    assert "of 500 photos were taken: " in done.stderr
    assert f"{film} ended" in done.stderr


def test_capture_without_a_camera(tmp_path):
    done = run("capture", "Ann", "--source", "98", "--into", tmp_path / "faces")
    assert done.exit_code == 2
    assert "there is no camera 98" in done.stderr
    assert not (tmp_path / "faces").exists()
