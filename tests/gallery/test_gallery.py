from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from face2vec.errors import GalleryError
from face2vec.gallery.calibration import calibrated
from face2vec.gallery.enrolment import anyway
from face2vec.gallery.gallery import Gallery
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.opening import NO_GALLERY, open_store
from face2vec.records import Box, Encoding, Face, Reading, Reason
from face2vec.thresholds import Rates

RECIPE = {"landmarks": {"version": 1}, "encoder": {"name": "resnet", "version": 1}}
POINTS = np.arange(136.0).reshape(68, 2)
WIDE = Box(0, 0, 90, 90)
RNG = np.random.default_rng(0)
PEOPLE = {name: RNG.normal(0, 0.1, 16) for name in ("ann", "bob", "carl", "dora", "eve")}


def encoding(vector, box=WIDE):
    return Encoding(Face(box, POINTS, "test"), np.asarray(vector, np.float32))


def reading(*vectors, name="photo.jpg"):
    if not vectors:
        return Reading(Path(name), name, (), Reason.NO_FACE, f"no face in {name}")
    return Reading(Path(name), name, tuple(map(encoding, vectors)))


def looks(name, count, seed=0, spread=0.01):
    rng = np.random.default_rng([seed, *name.encode()])
    return PEOPLE[name] + rng.normal(0, spread, (count, 16))


@pytest.fixture
def gallery():
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE)
    for name in PEOPLE:
        photos = [reading(look, name=f"{name}-{i}.jpg") for i, look in enumerate(looks(name, 6))]
        gallery.enrol(name, photos, anyway)
    return gallery


def test_known_faces_get_their_names_and_strangers_none(gallery):
    gallery.calibrate_itself()
    stranger = np.random.default_rng(9).normal(0, 0.1, 16)
    for name in PEOPLE:
        (answer,) = gallery.identify([reading(looks(name, 1, seed=5)[0], stranger)])
        assert [face.name for face in answer.faces] == [name, None]
        assert answer.faces[1].distance > answer.faces[1].threshold
        assert answer.faces[0].runner_up.name != name


def test_without_calibration_the_documented_threshold_stands_in(gallery):
    assert gallery.threshold == 0.6
    assert gallery.calibrate_itself().identify.threshold == gallery.threshold < 0.6


def test_an_encoder_without_a_documented_threshold_asks_for_one():
    other = {**RECIPE, "encoder": {"name": "pixels", "version": 1}}
    gallery = Gallery(open_store(NO_GALLERY, create=True), other)
    gallery.enrol("ann", [reading(PEOPLE["ann"])])
    with pytest.raises(GalleryError, match="calibrate"):
        gallery.identify([reading(PEOPLE["ann"])])
    given = Gallery(gallery.store, other, threshold=0.1)
    assert given.identify([reading(PEOPLE["ann"])])[0].faces[0].name == "ann"


def test_a_gallery_of_another_encoder_is_refused(gallery):
    other = {**RECIPE, "encoder": {"name": "facenet", "version": 1}}
    with pytest.raises(GalleryError, match="made with the encoder resnet"):
        Gallery(gallery.store, other)


def test_enrolling_tells_what_became_of_each_photo(gallery):
    done = gallery.enrol(
        "ann",
        [
            reading(looks("ann", 1, seed=3)[0], name="new.jpg"),
            reading(looks("ann", 6)[0], name="ann-0.jpg"),
            Reading(
                Path("two faces.jpg"),
                "two",
                (
                    encoding(looks("ann", 1, seed=4)[0]),
                    encoding(PEOPLE["bob"], Box(0, 0, 40, 40)),
                ),
            ),
            reading(*looks("ann", 2, seed=6), name="like size.jpg"),
            reading(name="nobody.jpg"),
        ],
        anyway,
    )
    assert (done.added, done.known) == (2, 1)
    assert done.crowded == (Path("two faces.jpg"),)
    assert [path.name for path, _ in done.without_face] == ["like size.jpg", "nobody.jpg"]
    assert "several faces of like size" in done.without_face[0][1]


def test_of_several_faces_the_largest_is_enrolled():
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE)
    small, large = PEOPLE["ann"], PEOPLE["bob"]
    faces = (encoding(small, Box(0, 0, 40, 40)), encoding(large, Box(50, 0, 150, 100)))
    gallery.enrol("bob", [Reading(Path("two.jpg"), "two", faces)])
    np.testing.assert_array_equal(gallery.store.encodings("bob")[0], large.astype(np.float32))


def test_photos_without_a_face_keep_their_place_and_reason(gallery):
    answers = gallery.identify([reading(name="empty.jpg"), reading(PEOPLE["bob"])])
    assert answers[0].reason is Reason.NO_FACE
    assert answers[0].faces == ()
    assert answers[1].faces[0].name == "bob"


def test_an_empty_gallery_knows_nobody():
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE)
    (answer,) = gallery.identify([reading(PEOPLE["ann"])])
    assert answer.faces[0].name is None
    assert answer.faces[0].distance is None


def test_verify_against_one_person(gallery):
    assert gallery.verify(encoding(looks("ann", 1, seed=7)[0]), "ANN").same
    gallery.calibrate_itself()
    answer = gallery.verify(encoding(looks("ann", 1, seed=7)[0]), "bob")
    assert not answer.same
    assert answer.threshold == gallery.threshold
    assert 0 < answer.fmr <= 1
    with pytest.raises(GalleryError, match="nobody named zed"):
        gallery.verify(encoding(PEOPLE["ann"]), "zed")


def test_compare_two_faces(gallery):
    one, other = looks("ann", 2, seed=8)
    answer = gallery.compare(encoding(one), encoding(other))
    assert answer.same
    assert answer.distance == pytest.approx(np.linalg.norm(one - other), abs=1e-6)
    assert answer.fmr is None
    gallery.calibrate_itself()
    answer = gallery.compare(encoding(one), encoding(-PEOPLE["ann"]))
    assert not answer.same
    assert answer.threshold == gallery.calibrations.verify.threshold


def test_a_threshold_of_ones_own_has_no_known_rate(gallery):
    gallery.calibrate_itself()
    own = Gallery(gallery.store, RECIPE, threshold=0.3)
    answer = own.compare(encoding(PEOPLE["ann"]), encoding(PEOPLE["ann"]))
    assert (answer.threshold, answer.fmr) == (0.3, None)


def test_the_calibration_of_a_folder_is_not_overwritten(gallery):
    people = PeopleMatrix.of_people({name: looks(name, 5, seed=2) for name in PEOPLE})
    made = calibrated(people.people(), people, Rates(), source="a folder")
    gallery.keep(made)
    assert gallery.calibrate_itself() is None
    assert gallery.calibrations == made
    gallery.keep(None)
    assert gallery.calibrate_itself().source == "the gallery itself"


def test_a_calibration_of_another_recipe_does_not_count(gallery):
    gallery.calibrate_itself()
    kept = gallery.store.settings["calibration"]
    gallery.store.set("calibration", {**kept, "recipe": {"encoder": "another"}})
    assert gallery.calibrations is None
    assert gallery.threshold == 0.6


def test_too_few_people_or_faces_cannot_calibrate():
    few = PeopleMatrix.of_people({"ann": looks("ann", 15), "bob": looks("bob", 15)})
    assert calibrated(few.people(), few, Rates()) is None
    few = PeopleMatrix.of_people({name: looks(name, 3) for name in PEOPLE})
    assert calibrated(few.people(), few, Rates()) is None


def test_calibration_leaves_the_person_and_the_photo_out():
    """What it measures is what a stranger, and a new photo of somebody known, would meet."""
    vectors = {name: looks(name, 6, spread=0.03).astype(np.float32) for name in PEOPLE}
    people = PeopleMatrix.of_people(vectors)
    made = calibrated(vectors, people, Rates(0.3, 0.3)).identify
    strangers, known = [], []
    for name, own in vectors.items():
        without = PeopleMatrix.of_people({n: rows for n, rows in vectors.items() if n != name})
        strangers += [found[0].distance for found in without.nearest(own, 1)]
        for index in range(len(own)):
            rest = PeopleMatrix.of_people({name: np.delete(own, index, axis=0)})
            known.append(rest.nearest(own[index : index + 1], 1)[0][0].distance)
    assert made.impostors == made.genuine == 30
    assert made.fmr == np.mean(np.array(strangers) <= made.threshold) == pytest.approx(0.3)
    assert made.fnmr == np.mean(np.array(known) > made.threshold)


def test_twins_are_allowed_where_one_says_so(gallery):
    mirror = [reading(*looks("ann", 2, seed=6))]
    (alone,) = gallery.identify(mirror)
    (both,) = gallery.identify(mirror, twins=True)
    assert sorted(face.name or "" for face in alone.faces) == ["", "ann"]
    assert [face.name for face in both.faces] == ["ann", "ann"]
