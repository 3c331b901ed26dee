"""Finding and `resnet` with dlib's model of five points, without the one of 68."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dlib
import numpy as np
import pytest
from click.testing import CliRunner

from face2vec.assets import FIVE_POINT_MODEL, dlib_model
from face2vec.cli import main
from face2vec.detection.five_points import MEAN_FACE, SEEN, FivePointModel, brought_to
from face2vec.detection.landmarks import LandmarkModel, frame, landmark_model
from face2vec.errors import OptionError
from face2vec.photos.folders import list_photos
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.records import Box

FIVE = Path("5")


def test_five_stands_for_the_model_of_five_points():
    assert isinstance(landmark_model(FIVE), FivePointModel)
    assert type(landmark_model(None)) is LandmarkModel
    assert landmark_model(FIVE).recipe != landmark_model(None).recipe


def test_the_mean_face_is_dlibs_where_dlib_has_it():
    """A face of that very shape is cut out upright, and as large as it is."""
    points = [dlib.point(*place) for place in np.rint(MEAN_FACE * 1000 + 500).astype(int).tolist()]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), points)
    details = dlib.get_face_chip_details(shape, 150, 0.25)
    assert abs(details.angle) < 1e-3
    assert details.rect.width() == pytest.approx(1500, abs=3)
    # The box of a face is drawn around it as around one with all its landmarks.
    centre, side, turn = frame(MEAN_FACE)
    assert np.abs(centre - (0.49, 0.5)).max() < 0.05
    assert side == pytest.approx(1.3, abs=0.1)
    assert abs(turn) < 1


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_the_mean_face_is_brought_to_five_points(turn):
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    there = MEAN_FACE @ rotation * 80 + (200, 150)
    np.testing.assert_allclose(brought_to(there[list(SEEN)]), there, atol=1e-9)


def test_the_five_points_are_dlibs(photo):
    grey = Photo.open(photo).grey
    box = Box(100, 110, 230, 240)
    five = super(FivePointModel, FivePointModel()).fit_boxes(grey, [box])[0]
    model = dlib.shape_predictor(str(dlib_model(FIVE_POINT_MODEL)))
    parts = model(grey, dlib.rectangle(100, 110, 229, 239)).parts()
    assert np.abs(five - [(part.x, part.y) for part in parts]).max() < 0.03 * box.width


def test_vectors_are_near_to_those_of_68_points(few_faces, cache):
    paths = list_photos(few_faces)
    five, all_points = (
        ReadingOptions("resnet", landmark_model=model, cache=cache).reader().read_all(paths)
        for model in (FIVE, None)
    )
    assert all(len(reading.encodings) == 1 for reading in five)
    apart = [
        np.linalg.norm(one.largest.vector - other.largest.vector)
        for one, other in zip(five, all_points, strict=True)
    ]
    assert np.mean(apart) < 0.25


@pytest.mark.slow
def test_real_pairs_are_told_as_with_68_points(real_faces, cache):
    paths = list_photos(real_faces / "lfw10")
    right = []
    for model in (FIVE, None):
        options = ReadingOptions("resnet", landmark_model=model, cache=cache)
        readings = [one.for_one_person() for one in options.reader().read_all(paths)]
        found = [index for index, reading in enumerate(readings) if reading.encodings]
        vectors = np.array([readings[index].largest.vector for index in found])
        names = np.array([paths[index].parent.name for index in found])
        apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
        same = names[:, None] == names[None]
        right.append(((apart < 0.6) == same).mean())
        assert len(found) >= 99
    assert right[0] > right[1] - 0.005


@pytest.mark.parametrize("encoder", ["landmarks", "nose-tip"])
def test_what_needs_68_points_says_so(encoder):
    with pytest.raises(OptionError, match="needs the 68 landmarks"):
        ReadingOptions(encoder, landmark_model=FIVE).reader()


@pytest.mark.parametrize(
    "words",
    [
        ["train", "FACES", "--landmark-model", "5"],
        ["evaluate", "FACES", "--encoder", "nose-tip", "--folds", "2", "--landmark-model", "5"],
        ["fit-prior", "FACES", "--out", "prior.npz", "--landmark-model", "5"],
        ["show", "PHOTO", "--encoder", "resnet", "--landmark-model", "5", "-o", "x.png"],
    ],
)
def test_commands_that_need_68_points_say_so(words, few_faces, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {"FACES": str(few_faces), "PHOTO": str(photo)}
    done = CliRunner().invoke(main, [places.get(word, word) for word in words])
    assert done.exit_code == 2
    assert "needs the 68 landmarks" in done.stderr


def test_a_gallery_never_opens_the_68_point_model(few_faces, tmp_path):
    """Nor the arrays that are kept of it."""
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from face2vec.cli import main
faces, photo = sys.argv[1:]
five = ["--landmark-model", "5"]
enrol = ["enrol", "--from", faces, "--workers", "1", "--no-cache", "--anyway"]
main([*enrol, *five], standalone_mode=False)
main(["identify", photo, *five], standalone_mode=False)
main(["verify", photo, photo, *five], standalone_mode=False)
models = [name for name in opened if "landmarks.dat" in name or "points-" in name]
print(*sorted(set(models)), sep="\\n")
"""
    photo = next(few_faces.rglob("*.jpg"))
    done = subprocess.run(
        [sys.executable, "-c", code, str(few_faces), str(photo)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert photo.parent.name in done.stdout
    opened = [line for line in done.stdout.splitlines() if line.endswith((".dat", ".arrays"))]
    assert [Path(name).name for name in opened] == [FIVE_POINT_MODEL]
