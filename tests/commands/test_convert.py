"""``face2vec convert``, as users type it."""

from __future__ import annotations

import json
import pickle
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

import face2vec.face_recognition as face_recognition
from face2vec.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder and returns what came of it."""
    monkeypatch.chdir(tmp_path)

    def call(*words, code=0):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture(scope="module")
def stored(few_faces):
    """What a program with face_recognition stores of two photos of each of three people."""
    encodings, names = [], []
    for person in sorted(few_faces.iterdir()):
        for path in sorted(person.iterdir())[:2]:
            image = face_recognition.load_image_file(path)
            encodings += face_recognition.face_encodings(image)
            names.append(person.name.title())
    return {"encodings": encodings, "names": names}


def test_converted_people_are_recognised_in_new_photos(run, stored, few_faces, tmp_path):
    (tmp_path / "encodings.pickle").write_bytes(pickle.dumps(stored))
    said = run("convert", "encodings.pickle", "--gallery", "sqlite:///own.db").output
    for person in few_faces.iterdir():
        assert f"{person.name.title()}: 2 encodings added" in said
        new = sorted(person.iterdir())[4]
        found = run("identify", new, "--gallery", "sqlite:///own.db", "--json").stdout
        assert json.loads(found)[0]["faces"][0]["name"] == person.name.title()
        verified = run("verify", new, "--is", person.name, "--gallery", "sqlite:///own.db")
        assert verified.output.startswith("same")


def test_converting_twice_adds_nothing(run, stored, tmp_path):
    (tmp_path / "encodings.pickle").write_bytes(pickle.dumps(stored))
    run("convert", "encodings.pickle")
    again = json.loads(run("convert", "encodings.pickle", "--json").stdout)
    assert [(one["added"], one["known"]) for one in again["people"]] == [(0, 2)] * 3


def test_converted_people_can_be_forgotten(run, stored, tmp_path):
    (tmp_path / "encodings.pickle").write_bytes(pickle.dumps(stored))
    run("convert", "encodings.pickle")
    name = stored["names"][0]
    receipt = run("forget", name).output
    assert "2 encodings removed" in receipt
    assert "encodings.pickle" in receipt  # what is left of the person is there
    assert name not in run("people").output


def test_a_folder_of_known_people_is_enrolled(run, few_faces, tmp_path):
    folder = tmp_path / "known_people"
    people = sorted(few_faces.iterdir())
    shutil.copytree(people[0], folder / "Ann Lee")
    for number, photo in enumerate(sorted(people[1].iterdir())[:2]):
        shutil.copy(photo, folder / f"Bob_{number}.jpg")
    (folder / "Wall.pgm").write_bytes(b"P5 120 120 255\n" + bytes([128]) * 120 * 120)
    # The made-up people are of two portraits, and some look alike.
    said = run("convert", folder, "--workers", 1, "--anyway")
    assert "Ann Lee: 6 encodings added" in said.output
    assert "Bob: 2 encodings added" in said.output
    assert "no face in" in said.stderr
    new = sorted(people[1].iterdir())[4]
    assert "Bob" in run("identify", new).output


def test_arrays_and_names_from_options(run, stored, tmp_path):
    np.save(tmp_path / "one.npy", stored["encodings"][0])
    np.save(tmp_path / "many.npy", stored["encodings"][:2])
    assert "one: 1 encoding added" in run("convert", "one.npy").output
    assert "no names" in run("convert", "many.npy", code=2).stderr
    assert "Eve: 2 encodings added" in run("convert", "many.npy", "--name", "Eve").output


def test_what_cannot_be_done_is_a_sentence(run, stored, few_faces, tmp_path):
    (tmp_path / "encodings.pickle").write_bytes(pickle.dumps(stored))
    (tmp_path / "unknown.pickle").write_bytes(
        pickle.dumps({"encodings": stored["encodings"][:1], "names": ["unknown"]})
    )
    assert "nobody can be called 'unknown'" in run("convert", "unknown.pickle", code=2).stderr
    photo = next(few_faces.rglob("*.jpg"))
    run("enrol", "Ann", photo, "--encoder", "landmarks", "--gallery", "sqlite:///points.db")
    refused = run("convert", "encodings.pickle", "--gallery", "sqlite:///points.db", code=2)
    assert "landmarks" in refused.stderr
