"""The commands about enrolled people, as users type them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from face2vec.cli import main

NO_FACE = b"P5 120 120 255\n" + bytes([128]) * 120 * 120


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder and returns what came of it."""
    monkeypatch.chdir(tmp_path)

    def call(*words, code=0):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def enrolled(run, few_faces, cache):
    """Three enrolled people, and six photos of each."""
    run("enrol", "--from", few_faces, "--cache", cache, "--workers", 1)
    return {person.name: sorted(person.iterdir()) for person in sorted(few_faces.iterdir())}


@pytest.fixture
def wall(tmp_path):
    path = tmp_path / "wall.pgm"
    path.write_bytes(NO_FACE)
    return path


def test_a_life_in_a_gallery(run, few_faces, cache, tmp_path):
    one, other = sorted(few_faces.iterdir())[:2]
    first, *others = sorted(one.iterdir())
    said = run("enrol", "Ann Ö.", *others, "--cache", cache).output
    assert "Ann Ö.: 5 photos enrolled" in said
    assert "Ann Ö.       5" in run("people").output
    assert "Ann Ö." in run("identify", first).output
    assert run("verify", first, "--is", "ann ö.").output.startswith("same")
    run("enrol", "bob", other, "--cache", cache)
    assert run("distances", first).output.splitlines()[1].startswith("Ann Ö.")
    receipt = run("forget", "ann Ö.", "--cache", cache).output
    assert "5 encodings removed" in receipt
    assert "verified: no byte" in receipt
    assert "5 photos left" in receipt
    assert "Ann" not in run("people").output
    assert "nobody named" in run("forget", "ann Ö.", code=2).stderr


def test_identify_json_is_as_designed(run, enrolled, wall):
    name, photos = next(iter(enrolled.items()))
    first, second = json.loads(run("identify", photos[0], wall, "--json").stdout)
    assert first["path"] == str(photos[0])
    assert first["reason"] is None
    (face,) = first["faces"]
    assert face["name"] == name
    assert 0 <= face["distance"] < face["threshold"]
    assert set(face["box"]) == {"left", "top", "right", "bottom"}
    assert face["found_by"]
    assert set(face["runner_up"]) >= {"name", "distance"}
    assert face["runner_up"]["name"] != name
    assert (second["reason"] is not None, second["faces"]) == (True, [])


def test_identify_csv_speaks_as_face_recognition_does(run, enrolled, wall):
    name, photos = next(iter(enrolled.items()))
    said = run("identify", photos[0], wall, "--format", "csv").stdout
    rows = list(csv.reader(io.StringIO(said)))
    assert rows[0][:2] == [str(photos[0]), name]
    assert 0 <= float(rows[0][2]) < 0.6
    assert rows[1] == [str(wall), "no_persons_found", ""]
    strict = run("identify", photos[0], "--format", "csv", "--threshold", 0).stdout
    assert strict.split(",")[1] == "unknown_person"


def test_a_folder_is_identified(run, enrolled):
    name, photos = next(iter(enrolled.items()))
    answers = json.loads(run("identify", photos[0].parent, "--json", "--workers", 1).stdout)
    assert [answer["path"] for answer in answers] == list(map(str, photos))
    assert {answer["faces"][0]["name"] for answer in answers} == {name}


def test_verify_exit_codes_and_json(run, few_faces):
    one, other = (sorted(person.iterdir()) for person in sorted(few_faces.iterdir())[:2])
    assert run("verify", *one[:2]).output.startswith("same")
    said = json.loads(run("verify", one[0], other[0], "--threshold", 0.3, "--json", code=1).stdout)
    assert set(said) == {
        "same",
        "distance",
        "threshold",
        "fmr",
        "calibration",
        "compare",
        "euclidean",
        "score",
    }
    assert said["same"] is False
    assert said["distance"] > said["threshold"] == 0.3
    assert said["compare"] == "euclidean" and said["euclidean"] == said["distance"]


def test_the_ratio_is_compared_unless_plain_distances_are_asked_for(run, few_faces):
    one, other = sorted(next(few_faces.iterdir()).iterdir())[:2]
    ratio, plain = (
        json.loads(run("verify", one, other, "--json", *words).stdout)
        for words in ([], ["--compare", "euclidean"])
    )
    assert (ratio["compare"], plain["compare"]) == ("ratio", "euclidean")
    assert ratio["euclidean"] == plain["euclidean"] == plain["distance"] < 0.6
    assert ratio["distance"] > 1 and 0 < ratio["score"] < 0.001
    assert ratio["same"] and plain["same"]
    text = run("verify", one, other).output
    assert "of different people" in text and f"plain distance {plain['distance']:.3f}" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "one.jpg"], "two photos"),
        (["verify", "one.jpg", "two.jpg", "--is", "ann"], "two photos"),
        (["verify", "one.jpg", "two.jpg"], "one.jpg"),
        (["enrol", "ann"], "NAME and PHOTOS"),
        (["enrol"], "NAME and PHOTOS"),
        (["enrol", "ann", "a.jpg", "--from", "folder"], "NAME and PHOTOS"),
        (["people"], "face2vec enrol"),
        (["identify", "a.jpg"], "face2vec enrol"),
        (["distances", "a.jpg"], "face2vec enrol"),
        (["forget", "ann"], "nobody named ann"),
        (["people", "--gallery", "gallery.db"], "sqlite:///gallery.db"),
        (["calibrate", "missing"], "missing"),
        (["verify", "a", "b", "--encoder", "tarot"], "no encoder"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(run, words, message):
    result = run(*words, code=2)
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_photos_without_a_face_cannot_be_enrolled(run, wall):
    result = run("enrol", "ann", wall, code=1)
    assert str(wall) in result.stderr
    assert "0 photos enrolled" in result.stdout
    assert "nobody is enrolled" in run("people").output


def test_enrolling_calibrates_and_says_which_calibration_spoke(run, faces, cache):
    people = sorted(faces.iterdir())[:4]
    for person in people:
        photos = sorted(person.iterdir())[:6]
        said = run("enrol", person.name, *photos, "--anyway", "--cache", cache).output
    assert "of strangers would get a name in this gallery" in said
    assert "the stock calibration" in said
    one, other = sorted(people[0].iterdir())[:2]
    answer = json.loads(run("verify", one, other, "--json").stdout)
    assert 0 < answer["fmr"] <= 0.0010001
    assert "the gallery's own people and the stock calibration" in answer["calibration"]
    (face,) = json.loads(run("identify", one, "--json").stdout)[0]["faces"]
    assert 0 < face["fpir"] <= 0.02  # made-up people are more alike than others
    assert face["calibration"] == answer["calibration"]
    assert "of strangers would get a name in this gallery" in run("identify", one).stdout


def test_verify_without_a_gallery_takes_the_stock_at_one_in_a_thousand(run, few_faces):
    one, other = sorted(next(few_faces.iterdir()).iterdir())[:2]
    said = json.loads(run("verify", one, other, "--json").stdout)
    assert said["fmr"] == pytest.approx(0.001)
    assert said["calibration"].startswith("the stock calibration")
    plain = json.loads(run("verify", one, other, "--json", "--compare", "euclidean").stdout)
    assert 0.5 < plain["threshold"] < 0.6


def test_a_photo_under_a_second_name_is_asked_about_and_locks_nobody_out(run, few_faces, cache):
    one, other, third = (sorted(person.iterdir()) for person in sorted(few_faces.iterdir()))
    for name, photos in (("ann", one[:2]), ("bob", other[:2]), ("eve", third[:2])):
        run("enrol", name, *photos, "--anyway", "--cache", cache)
    refused = run("enrol", "Toni", one[0], "--cache", cache, code=1)
    assert "ann has the same photo" in refused.stderr
    assert "--anyway" in refused.stderr
    refused = run("enrol", "Toni", one[2], "--cache", cache, "--json", code=1)
    doubt = json.loads(refused.stdout)["people"][0]["doubtful"][0]
    assert doubt["other"] == "ann" and doubt["distance"] < doubt["threshold"]
    said = run("enrol", "Toni", one[2], "--anyway", "--cache", cache)
    assert "ann and Toni look like one person" in said.stderr
    answers = json.loads(run("identify", other[3], third[3], "--json").stdout)
    assert [answer["faces"][0]["name"] for answer in answers] == ["bob", "eve"]
    assert answers[0]["faces"][0]["threshold"] > 0.3


def test_photos_are_deleted_after_asking(run, few_faces, cache, tmp_path):
    import shutil

    person = tmp_path / "ann"
    shutil.copytree(next(few_faces.iterdir()), person)
    run("enrol", "ann", person, "--cache", cache)
    no = CliRunner().invoke(main, ["forget", "ann", "--photos"], input="n\n")
    assert no.exit_code == 1
    assert len(list(person.iterdir())) == 6
    yes = CliRunner().invoke(main, ["forget", "ann", "--photos"], input="y\n")
    assert yes.exit_code == 0
    assert not list(person.iterdir())


def test_train_and_predict_with_resnet(run, few_faces, cache):
    said = run(
        "evaluate", few_faces, "--folds", 3, "--encoder", "resnet", "--cache", cache, "--json"
    )
    report = json.loads(said.stdout)
    assert (report["encoder"], report["accuracy"]) == ("resnet", 1.0)


def test_a_ratio_of_ones_own_photos_is_compared_without_the_stock(run, few_faces, cache, tmp_path):
    """The stock is of the ratio that ships; another one needs a calibration or a threshold."""
    own = tmp_path / "ratio.npz"
    said = run("fit-prior", few_faces, "--encoder", "resnet", "--out", own, "--cache", cache)
    assert "18 photos of 3 people" in said.output
    one, other = sorted(next(few_faces.iterdir()).iterdir())[:2]
    words = "verify", one, other, "--prior", own, "--compare", "ratio"
    assert "no threshold is known" in run(*words, code=2).stderr
    answer = json.loads(run(*words, "--threshold", 1000, "--json").stdout)
    assert answer["same"] and answer["score"] is None and answer["compare"] == "ratio"
    plain = json.loads(run("verify", one, other, "--compare", "euclidean", "--json").stdout)
    assert answer["euclidean"] == plain["euclidean"]
