from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from face2vec.cli import main
from face2vec.evaluation.doctor import examine
from face2vec.evaluation.quality import measure_quality, near_duplicates, perceptual_hash
from face2vec.reading.options import ReadingOptions
from face2vec.records import Box

NO_FACE = b"P5 120 120 255\n" + bytes([128]) * 120 * 120


@pytest.fixture
def sick(few_faces, tmp_path):
    """A folder in which everything is wrong once."""
    folder = tmp_path / "people"
    shutil.copytree(few_faces, folder)
    one, other, third = sorted(folder.iterdir())
    photos = sorted(one.iterdir())
    shutil.move(sorted(other.iterdir())[0], one / "moved.jpg")
    image = cv2.imread(str(photos[0]))
    smaller = cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(one / "again.jpg"), smaller, [cv2.IMWRITE_JPEG_QUALITY, 60])
    shutil.copy(sorted(third.iterdir())[0], other / "of third.jpg")
    photo = sorted(third.iterdir())[1]
    image = cv2.imread(str(photo))
    cv2.imwrite(str(third / "dark.png"), (image * 0.15).astype(np.uint8))
    cv2.imwrite(str(third / "blurred.png"), cv2.GaussianBlur(image, (0, 0), image.shape[0] / 60))
    cv2.imwrite(
        str(third / "small.png"),
        cv2.resize(
            image,
            None,
            fx=60 / image.shape[0],
            fy=60 / image.shape[0],
            interpolation=cv2.INTER_AREA,
        ),
    )
    (third / "wall.pgm").write_bytes(NO_FACE)
    (folder / "lonely").mkdir()
    shutil.copy(photos[1], folder / "lonely" / "only.jpg")
    return folder


@pytest.mark.slow
def test_everything_that_is_wrong_is_found(sick, cache):
    before = {path: path.read_bytes() for path in sick.rglob("*.*")}
    examination = examine(sick, ReadingOptions(encoder="resnet", cache=cache, workers=1).reader())
    assert not examination.healthy
    found = {
        (finding.kind, path.rsplit("/", 1)[1])
        for finding in examination.findings
        for path in finding.photos
    }
    assert ("wrong name?", "moved.jpg") in found
    assert ("near-duplicate", "again.jpg") in found
    assert ("one face, two names", "of third.jpg") in found
    assert ("dark face", "dark.png") in found
    assert ("blurred face", "blurred.png") in found
    assert ("small face", "small.png") in found
    assert ("no usable face", "wall.pgm") in found
    few = [finding for finding in examination.findings if finding.kind == "few photos"]
    assert [(finding.people, finding.wrong) for finding in few] == [(("lonely",), True)]
    wrong = [f for f in examination.findings if f.kind == "wrong name?" and "moved" in f.photos[0]]
    assert wrong[0].people == (sorted(p.name for p in sick.iterdir())[0], wrong[0].people[1])
    assert {path: path.read_bytes() for path in sick.rglob("*.*")} == before


def test_a_healthy_folder(few_faces, cache, tmp_path):
    folder = tmp_path / "people"
    for person in few_faces.iterdir():
        (folder / person.name).mkdir(parents=True)
    examination = None
    reader = ReadingOptions(encoder="resnet", cache=cache, workers=1).reader()
    all_of_it = examine(few_faces, reader)
    bad = {p for finding in all_of_it.findings if finding.wrong for p in finding.photos}
    for photo in few_faces.rglob("*.jpg"):
        if str(photo) not in bad:
            shutil.copy(photo, folder / photo.parent.name)
    examination = examine(folder, reader)
    assert examination.healthy
    assert "wrong name?" not in {finding.kind for finding in all_of_it.findings}


def test_the_command(sick, cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["doctor", str(sick), "--cache", str(cache), "--workers", "1"]
    said = CliRunner().invoke(main, [*words, "--json"])
    assert said.exit_code == 1
    document = json.loads(said.stdout)
    assert document["healthy"] is False
    assert {"kind", "wrong", "photos", "people", "detail"} == set(document["findings"][0])
    table = CliRunner().invoke(main, words)
    assert table.exit_code == 1
    assert "moved.jpg" in table.output
    assert "something is wrong" in table.output


def test_hashes_of_versions_of_a_photo_are_alike_and_of_others_not(few_faces):
    photos = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in few_faces.rglob("*.jpg")][:6]
    small = [cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for one in photos]
    brighter = [np.clip(one * 1.2 + 5, 0, 255).astype(np.uint8) for one in photos]
    hashes = np.array([perceptual_hash(one) for one in [*photos, *small, *brighter]])
    pairs = set(near_duplicates(hashes, 8))
    for number in range(6):
        assert (number, number + 6) in pairs
        assert (number, number + 12) in pairs
    assert list(near_duplicates(hashes[:0], 8)) == []


def test_measures_of_a_face():
    rng = np.random.default_rng(0)
    grey = cv2.resize(rng.integers(0, 256, (30, 30), dtype=np.uint8), (300, 300))
    box = Box(50, 50, 250, 230)
    seen = measure_quality(grey, box)
    assert (seen.size, round(seen.brightness)) == (180, round(grey[50:230, 50:250].mean()))
    assert measure_quality(cv2.GaussianBlur(grey, (0, 0), 6), box).sharpness < seen.sharpness
    assert measure_quality(grey // 2, box).sharpness == pytest.approx(seen.sharpness, rel=0.1)
    assert measure_quality(grey, Box(-50, -50, 400, 400)).size == 450


def test_a_folder_in_which_no_photo_has_a_face(tmp_path):
    for name in ("ann", "bob"):
        (tmp_path / name).mkdir()
        for number in range(2):
            grey = np.full((80, 80), 90 + number, np.uint8)
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), grey)
    examination = examine(tmp_path, ReadingOptions("resnet", workers=1).reader())
    assert examination.found == 0 and not examination.healthy
    assert {finding.kind for finding in examination.findings} == {"no usable face", "few photos"}
