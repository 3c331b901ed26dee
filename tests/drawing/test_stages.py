"""The stages as pictures: each is drawn, of any photo, and shows what it is about."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from face2vec.drawing import figures, hog
from face2vec.drawing.stages import ALL, STAGES, draw_stage
from face2vec.drawing.subject import Options, Subject
from face2vec.errors import NoFaceError, OptionError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions

ABOUT_A_FACE = ("landmarks", "distances", "aligned", "encoding")


@pytest.fixture(scope="module")
def reader():
    return ReadingOptions(encoder="resnet").reader()


@pytest.fixture(scope="module")
def subject(faces, reader):
    return Subject.open(faces / "zelda" / "004.jpg", reader)


@pytest.fixture(scope="module")
def faceless(reader):
    return Subject(Photo.from_array(np.full((240, 200), 128, np.uint8)), reader)


@pytest.fixture(autouse=True)
def styled():
    with figures.style():
        yield


def pixels(name, subject, options=Options()):  # noqa: B008 - it is frozen
    return figures.pixels_of(draw_stage(name, subject, options))


@pytest.mark.parametrize("name", [*STAGES, ALL])
def test_each_stage_is_drawn(name, subject):
    picture = pixels(name, subject)
    assert min(picture.shape[:2]) > 300
    assert picture.std() > 20
    photo = pixels("photo", subject)
    assert name == "photo" or picture.shape != photo.shape or (picture != photo).any()


@pytest.mark.parametrize("name", STAGES)
def test_photos_without_a_face_have_the_stages_that_need_none(name, faceless):
    if name in ABOUT_A_FACE:
        with pytest.raises(NoFaceError, match="no face in array"):
            draw_stage(name, faceless, Options())
    else:
        assert pixels(name, faceless).ndim == 3


def test_the_sheet_of_a_photo_without_a_face_says_so(faceless):
    assert pixels(ALL, faceless).shape == (1500, 1680, 3)


@pytest.mark.parametrize("size", [(1200, 200), (200, 1200), (24, 20)])
def test_photos_of_any_shape_fit_on_the_sheet(size, reader):
    noise = np.random.default_rng(0).integers(0, 255, size[::-1], np.uint8)
    assert pixels(ALL, Subject(Photo.from_array(noise), reader)).shape == (1500, 1680, 3)


def test_numbers_are_written_beside_landmarks(subject):
    figure = draw_stage("landmarks", subject, Options(numbers=True))
    (axes,) = figure.subfigs[0].axes
    assert {text.get_text() for text in axes.texts} == {str(number) for number in range(68)}


def test_the_encoding_beside_another_shows_their_distance(subject, faces, reader):
    other = Subject.open(faces / "zelda" / "007.jpg", reader)
    figure = draw_stage("encoding", subject, Options(beside=other))
    apart = float(np.linalg.norm(subject.vector - other.vector))
    texts = [
        t.get_text()
        for part in figure.findobj(match=lambda a: hasattr(a, "get_text"))
        for t in [part]
    ]
    assert f"distance\n{apart:.3f}" in texts
    assert any("the same person" in text for text in texts)


def test_boxes_say_what_was_kept_and_why(subject):
    assert any(one.kept and one.why == "kept" for one in subject.sighted)
    assert any(not one.kept and "HOG bears it out" in one.why for one in subject.sighted)
    kept = next(one for one in subject.sighted if one.kept)
    assert abs(kept.box.left - subject.face.box.left) < 0.2 * kept.box.width


def test_options_of_another_stage_are_refused(subject):
    for stage, options in (("hog", Options(numbers=True)), ("all", Options(beside=subject))):
        with pytest.raises(OptionError, match="give --stage"):
            draw_stage(stage, subject, options)
    with pytest.raises(OptionError, match="no stage"):
        draw_stage("nothing", subject, Options())


def test_the_template_slides_to_the_face(subject):
    place = hog.best_place(subject.photo.grey, hog.face_template())
    face = subject.face.box
    assert 0.7 < place.box.width / face.width < 1.3
    middle = (place.box.left + place.box.right - face.left - face.right) / 2
    assert abs(middle) < 0.25 * face.width
    assert 0.4 < place.score <= 1
    assert place.tried > place.scores.size


def test_a_template_fits_itself_best_wherever_it_lies():
    rng = np.random.default_rng(0)
    cells = rng.random((20, 30, 8))
    scores = hog._correlation(cells, cells[5:13, 11:19])
    assert np.unravel_index(scores.argmax(), scores.shape) == (5, 11)
    assert scores.max() == pytest.approx(1)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".svg"])
def test_pictures_are_written_by_their_ending_the_same_bytes_each_time(ending, subject, tmp_path):
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    for path in (one, other):
        figures.save(draw_stage("landmarks", subject, Options()), path)
    assert one.read_bytes() == other.read_bytes()
    if ending == ".svg":
        assert b"<path" in one.read_bytes()
    else:
        assert cv2.imread(str(one)).shape == (1000, 960, 3)
