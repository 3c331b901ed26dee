"""The made-up people: reproducible, found, told apart, and never written over anything."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from face2vec.demo.folder import make_people
from face2vec.demo.people import NAMES
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.detection.shapes import nose_tip_features
from face2vec.errors import FolderError, MissingPackageError, OptionError
from face2vec.photos.photo import Photo

FACES = Path(__file__).resolve().parents[2] / "faces"


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "people"
    make_people(out, people=2, photos=2)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_one_folder_a_person_and_nothing_else(small_set: Path) -> None:
    people = sorted(path.name for path in small_set.iterdir())
    assert len(people) == 2
    assert set(people) <= set(NAMES)
    expected = [f"{name}/{photo}.jpg" for name in people for photo in ("001", "002")]
    assert sorted(contents(small_set)) == expected


def test_same_seed_same_bytes_however_many_are_asked_for(small_set: Path, tmp_path: Path) -> None:
    made = make_people(tmp_path / "again", people=2, photos=3)
    again = contents(tmp_path / "again")
    assert [path.relative_to(tmp_path / "again").as_posix() for path in made] == sorted(again)
    known = contents(small_set)
    assert {name: again[name] for name in known} == known
    assert len(again) == 6


def test_other_seed_other_photos(small_set: Path, tmp_path: Path) -> None:
    make_people(tmp_path / "other", seed=1, people=2, photos=2)
    assert not set(contents(tmp_path / "other").values()) & set(contents(small_set).values())


def test_every_photo_differs(small_set: Path) -> None:
    assert len(set(contents(small_set).values())) == 4


def test_progress_is_told_of_every_photo(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_people(tmp_path, people=1, photos=2, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("mine")
    with pytest.raises(FolderError, match="holds something already"):
        make_people(tmp_path, people=1, photos=1)
    assert contents(tmp_path) == {"holiday.txt": b"mine"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(FolderError, match="is a file"):
        make_people(path, people=1, photos=1)
    with pytest.raises(FolderError, match="cannot be written"):
        make_people(path / "below", people=1, photos=1)
    assert path.read_text() == "mine"


def test_stopped_half_way_nothing_stays(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_people(tmp_path, people=1, photos=2, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "numbers", [{"seed": -1}, {"people": 0}, {"people": len(NAMES) + 1}, {"photos": 0}]
)
def test_numbers_out_of_range(tmp_path: Path, numbers: dict[str, int]) -> None:
    with pytest.raises(OptionError, match=str(next(iter(numbers.values())))):
        make_people(tmp_path / "out", **numbers)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("package", ["skimage.data", "matplotlib.cbook"])
def test_a_missing_package_names_its_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # what Python does where import must fail
    with pytest.raises(MissingPackageError, match=r"pip install 'face2vec\[demo\]'"):
        make_people(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_repository_s_people_are_those_of_seed_0(small_set: Path) -> None:
    assert sum(map(len, contents(FACES).values())) <= 3_000_000
    for path in small_set.rglob("*.jpg"):
        made, kept = (
            cv2.imread(str(folder / path.relative_to(small_set))).astype(float)
            for folder in (small_set, FACES)
        )
        # Another version of OpenCV or dlib may round otherwise.
        assert np.abs(made - kept).mean() < 3


def test_the_repository_s_people_are_found_and_told_apart() -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    photos = sorted(FACES.rglob("*.jpg"))
    assert len(photos) == 96
    detector = Detector(LandmarkModel())
    features, names = [], []
    for path in photos:
        faces = detector.find(Photo.open(path))[0]
        if len(faces) == 1:
            features.append(nose_tip_features(faces[0].landmarks).ravel())
            names.append(path.parent.name)
    assert len(names) >= 95
    scores = cross_val_score(
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        np.array(features),
        np.array(names),
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
    )
    assert scores.mean() >= 0.95
