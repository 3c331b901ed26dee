"""Enrolling, identifying, verifying and forgetting made-up people, with resnet."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from face2vec.errors import FolderError, GalleryError, NoFaceError, PhotoError
from face2vec.gallery.enrolment import anyway
from face2vec.gallery.forgetting import forget
from face2vec.gallery.identifier import Identifier
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.model import Model
from face2vec.training.prior import fit_prior

NO_FACE = b"P5 120 120 255\n" + bytes([128]) * 120 * 120


@pytest.fixture(scope="session")
def split(few_faces, tmp_path_factory) -> tuple[Path, Path]:
    """Folders of known people's photos, and of others of the same people."""
    known, new = tmp_path_factory.mktemp("known"), tmp_path_factory.mktemp("new")
    for person in few_faces.iterdir():
        for folder, photos in ((known, slice(0, 4)), (new, slice(4, 6))):
            (folder / person.name).mkdir()
            for photo in sorted(person.iterdir())[photos]:
                shutil.copy(photo, folder / person.name)
    return known, new


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/gallery.db"


@pytest.fixture
def enrolled(split, url, cache):
    identifier = Identifier.open(url, ReadingOptions(cache=cache), create=True)
    identifier.enrol_folder(split[0], confirm=anyway)
    return identifier


@pytest.fixture
def no_face(tmp_path):
    path = tmp_path / "wall.pgm"
    path.write_bytes(NO_FACE)
    return path


def test_new_photos_of_enrolled_people_are_named(enrolled, split):
    people = sorted(path.name for path in split[0].iterdir())
    assert [person.name for person in enrolled.people()] == people
    for answer in enrolled.identify([split[1]]):
        assert [face.name for face in answer.faces] == [answer.path.parent.name]


@pytest.mark.slow
def test_landmarks_with_a_prior_of_ones_own(faces, split, url, cache, tmp_path):
    """One photo of each enrolled, with a prior of other people; the gallery minds which prior."""
    people = sorted(path.name for path in split[0].iterdir())
    others = tmp_path / "others"
    for person in sorted(faces.iterdir()):
        if person.name not in people:
            shutil.copytree(person, others / person.name)
    prior = tmp_path / "prior.npz"
    fit_prior([others], ReadingOptions(cache=cache)).save(prior)
    reading = ReadingOptions(encoder="landmarks", cache=cache)
    identifier = Identifier.open(url, reading.but(prior=prior), create=True, threshold=1000.0)
    for name in people:
        identifier.enrol(name, [sorted((split[0] / name).iterdir())[0]], confirm=anyway)
    answers = identifier.identify([split[1]])
    right = [face.name == one.path.parent.name for one in answers for face in one.faces]
    assert len(right) >= 5 and sum(right) >= len(right) - 1
    with pytest.raises(GalleryError, match=r"made with another prior \(--prior\): give that"):
        Identifier.open(url, reading)


def test_somebody_who_is_not_enrolled_is_unknown(split, url, cache):
    first, *others = sorted(split[0].iterdir())
    identifier = Identifier.open(url, ReadingOptions(cache=cache), create=True, threshold=0.35)
    for person in others:
        identifier.enrol(person.name, [person])
    for answer in identifier.identify([first]):
        assert [face.name for face in answer.faces] == [None]


def test_somebody_enrolled_from_one_photo_is_known_at_once(split, url, cache):
    for person in sorted(split[0].iterdir()):
        photo = next(person.iterdir())
        # Another object each time, as another process would have.
        assert (
            Identifier.open(url, ReadingOptions(cache=cache), create=True)
            .enrol(person.name, [photo])
            .added
            == 1
        )
    answers = Identifier.open(url, ReadingOptions(cache=cache)).identify([split[1]])
    assert [answer.faces[0].name for answer in answers] == [a.path.parent.name for a in answers]


def test_distances_are_of_everybody_nearest_first(enrolled, split):
    photo = next(split[1].rglob("*.jpg"))
    found = enrolled.distances(photo)
    assert found[0].name == photo.parent.name
    assert sorted(one.name for one in found) == [person.name for person in enrolled.people()]
    assert enrolled.distances(photo, 1) == found[:1]


def test_verify(enrolled, split):
    one, other = sorted(split[1].iterdir())[:2]
    photo = next(one.iterdir())
    assert enrolled.verify(photo, one.name).same
    assert not Identifier.open(enrolled.store.url, threshold=0.3).verify(photo, other.name).same


def test_compare(enrolled, split):
    one, other = (sorted(person.iterdir()) for person in sorted(split[1].iterdir())[:2])
    assert enrolled.compare(*one).same
    strict = Identifier.open("sqlite:///:memory:", threshold=0.3)
    assert strict.compare(*one).distance < strict.compare(one[0], other[0]).distance
    assert not strict.compare(one[0], other[0]).same


def test_the_gallery_brings_its_encoder(split, url, cache):
    Identifier.open(url, ReadingOptions(encoder="pixels", cache=cache), create=True).enrol_folder(
        split[0]
    )
    again = Identifier.open(url, ReadingOptions(cache=cache), threshold=1.0)
    assert again.reader.encoder.name == "pixels"
    assert again.identify([split[1]])
    with pytest.raises(GalleryError, match="pixels"):
        Identifier.open(url, ReadingOptions(encoder="resnet"))


def test_calibrate_on_a_folder(enrolled, few_faces, tmp_path):
    folder = tmp_path / "people"
    shutil.copytree(few_faces, folder)
    for number, photo in enumerate(sorted(folder.rglob("*.jpg"))[:4]):
        shutil.copy(photo, photo.with_name(f"again {number}.jpg"))
    made = enrolled.calibrate(folder, 0.01)
    assert (made.identify.people, made.identify.genuine) == (3, 22)
    assert made.source == str(folder)
    assert enrolled.gallery.threshold == made.identify.threshold
    assert Identifier.open(enrolled.store.url).gallery.threshold == made.identify.threshold


def test_a_folder_too_small_to_calibrate_on(enrolled, split):
    with pytest.raises(GalleryError, match="at least 3 people and 20 faces"):
        enrolled.calibrate(split[1])


def test_photos_that_give_nothing(enrolled, no_face, tmp_path):
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    done = enrolled.enrol("nobody", [no_face, text])
    assert done.added == 0
    assert [path for path, _ in done.without_face] == [no_face, text]
    assert "nobody" not in {person.name for person in enrolled.people()}
    with pytest.raises(NoFaceError, match=str(no_face)):
        enrolled.distances(no_face)
    with pytest.raises(PhotoError, match=r"text\.jpg"):
        enrolled.distances(text)
    with pytest.raises(FolderError):
        enrolled.enrol_folder(tmp_path / "missing")


def test_identify_starts_without_what_is_slow(enrolled, split):
    photo = next(split[1].rglob("*.jpg"))
    code = (
        "import sys; from face2vec.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "identify", str(photo), "--gallery", enrolled.store.url],
        capture_output=True,
        text=True,
        check=True,
    )
    for heavy in ("tensorflow", "keras", "sklearn", "scipy", "rich", "loky", "h5py"):
        assert f"'{heavy}'" not in done.stdout.splitlines()[-1]


# Forgetting.


@pytest.fixture
def own_cache(split, url, tmp_path):
    """A gallery with a cache that no other test uses."""
    folder = tmp_path / "cache"
    Identifier.open(url, ReadingOptions(cache=folder, workers=1), create=True).enrol_folder(
        split[0]
    )
    return folder


def files_with(data, *folders):
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and data in path.read_bytes()
    ]


def test_nothing_of_a_forgotten_person_is_found(split, url, own_cache, tmp_path):
    identifier = Identifier.open(url, ReadingOptions(cache=own_cache))
    name = identifier.people()[0].name
    vectors = identifier.store.encodings(name)
    assert len(files_with(vectors[0].tobytes(), tmp_path)) == 2  # the gallery and the cache
    receipt = forget(name, identifier.store, own_cache)
    assert receipt.verified
    assert receipt.encodings == 4
    assert receipt.cache_entries == 8  # faces and vectors of four photos
    assert receipt.files_searched >= 9
    assert receipt.bytes_searched > 4 * 512
    for vector in vectors:
        assert not files_with(vector.tobytes(), tmp_path)
    assert name not in {person.name for person in identifier.people()}
    assert all((split[0] / name).iterdir())
    assert len(receipt.photos_left) == 4


def test_what_is_left_behind_is_found(url, own_cache):
    """The search is a search: bytes that stay in a stray file are reported."""
    identifier = Identifier.open(url)
    name = identifier.people()[0].name
    vector = identifier.store.encodings(name)[2].tobytes()
    stray = own_cache / "copy of a cache entry"
    stray.write_bytes(b"something before" + vector[64:192] + b"and after")
    receipt = forget(name, identifier.store, own_cache)
    assert not receipt.verified
    assert receipt.found_in == (str(stray),)


def test_photos_are_deleted_only_where_asked_and_unchanged(split, url, tmp_path):
    person = tmp_path / "copies"
    shutil.copytree(next(split[0].iterdir()), person)
    kept, *gone = sorted(person.iterdir())
    identifier = Identifier.open(url, create=True)
    identifier.enrol("ann", [person])
    kept.write_bytes(kept.read_bytes() + b"edited since")
    receipt = forget("ann", identifier.store, None, delete_photos=True)
    assert receipt.photos_deleted == tuple(map(str, gone))
    assert receipt.photos_left == (str(kept),)
    assert list(person.iterdir()) == [kept]


def test_a_model_forgets_too(trained, tmp_path, few_faces, cache):
    path = tmp_path / "model.hdf5"
    shutil.copy(trained[0], path)
    before = Model.load(path)
    receipt = forget(before.people[1], None, cache, [path])
    after = Model.load(path)
    assert after.people == (before.people[0], before.people[2])
    assert after.retrain
    assert "trained again" in receipt.models[str(path)]
    vectors = (
        Identifier.open("sqlite:///:memory:", ReadingOptions(encoder="landmarks", cache=cache))
        .reader.read(next((few_faces / before.people[0]).iterdir()))
        .largest.vector[None]
    )
    chances = before.classifier.probabilities(vectors)[:, [0, 2]]
    assert after.classifier.probabilities(vectors) == pytest.approx(
        chances / chances.sum(), abs=1e-5
    )
    receipt = forget(before.people[0], None, None, [path])
    assert "deleted" in receipt.models[str(path)]
    assert not path.exists()


def test_nobody_to_forget(enrolled):
    with pytest.raises(GalleryError, match="nobody named zed"):
        forget("zed", enrolled.store, None)
