from __future__ import annotations

import cv2
import dlib
import pytest

from face2vec import assets
from face2vec.errors import MissingPackageError, ModelError


def test_the_detector_that_ships_is_the_one_of_dlib(photo):
    ours = dlib.fhog_object_detector(str(assets.own_data(assets.HOG_DETECTOR)))
    dlibs = dlib.get_frontal_face_detector()
    grey = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    (boxes, *scores), (other_boxes, *other_scores) = (d.run(grey, 1, -0.5) for d in (ours, dlibs))
    assert len(boxes) > 0
    assert list(boxes) == list(other_boxes)
    assert [list(s) for s in scores] == [list(s) for s in other_scores]


def test_model_files_are_found_without_importing_their_package():
    assert assets.dlib_model(assets.LANDMARK_MODEL).stat().st_size > 50e6
    assert assets.cascade().name == assets.FRONTAL_CASCADE


def test_a_missing_package_or_file_names_the_command():
    with pytest.raises(MissingPackageError, match="pip install"):
        assets.dlib_model("nothing.dat")


def test_fingerprints_tell_files_apart(tmp_path):
    one, two, three = (tmp_path / name for name in ("1", "2", "3"))
    one.write_bytes(b"a" * 10)
    two.write_bytes(b"a" * 11)
    three.write_bytes(b"a" * 10)
    assert assets.fingerprint(one) == assets.fingerprint(three) != assets.fingerprint(two)
    with pytest.raises(ModelError, match="cannot be read"):
        assets.fingerprint(tmp_path / "none")
