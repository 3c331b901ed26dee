from __future__ import annotations

import pytest

from face2vec.errors import FolderError, LabelError
from face2vec.photos.folders import label_photos, name_in_file_name, people_to_train


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Carrie4", "carrie"),
        ("alan_grant_12", "alan_grant"),
        ("Alan Grant (3)", "alan grant"),
        ("ellie-007", "ellie"),
        ("ian", "ian"),
        ("Zoë 2", "zoë"),
        ("R2D2_1", "r2d2"),
        ("123", "123"),
    ],
)
def test_the_name_is_what_comes_before_the_trailing_number(stem, name):
    assert name_in_file_name(stem) == name


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"photo")


def test_mixed_layouts(tmp_path):
    make(tmp_path, "Alan_Grant/a.jpg", "alan_grant/deep/b.PNG", "ALAN_GRANT_3.jpg", "Ian1.jpeg")
    labelled = label_photos(tmp_path)
    assert sorted(labelled.names) == ["alan_grant", "alan_grant", "alan_grant", "ian"]
    assert labelled.people == ["alan_grant", "ian"]
    assert labelled.layout == "2 named by their folder, 2 named by their file name"


def test_hidden_files_and_other_files_are_left_out(tmp_path):
    make(tmp_path, "ada/1.jpg", "ada/.1.jpg", ".git/2.jpg", "ada/notes.txt")
    assert len(label_photos(tmp_path).paths) == 1


def test_a_missing_and_an_empty_folder_are_said(tmp_path):
    with pytest.raises(FolderError, match="not a folder"):
        label_photos(tmp_path / "nowhere")
    with pytest.raises(FolderError, match="holds no photos"):
        label_photos(tmp_path)


@pytest.mark.parametrize(
    ("names", "there_are"),
    [([], "none"), (["ada", "ada"], "ada 2"), (["ada", "ada", "bo"], "ada 2, bo 1")],
)
def test_too_few_people_or_photos(names, there_are):
    with pytest.raises(LabelError, match=f"two people with two faces each .*: {there_are}"):
        people_to_train(names, "faces")


def test_people_with_a_single_photo_are_left_out():
    assert people_to_train(["bo", "ada", "cy", "bo", "ada"], "photos") == ("ada", "bo")


def test_an_accent_composed_or_not_is_one_person(tmp_path):
    make(tmp_path, "Zoe\u0308/1.jpg", "zo\u00eb/2.jpg", "ZO\u00cb_3.jpg")
    assert label_photos(tmp_path).people == ["zo\u00eb"]


def test_what_cannot_be_seen_in_a_name_is_escaped(tmp_path):
    make(tmp_path, "a\u202eb/1.jpg", "c\td/1.jpg", "caf\udce9/1.jpg")
    assert label_photos(tmp_path).people == ["a\\u202eb", "c\\td", "caf\\xe9"]


def test_linked_folders_are_read_and_their_loops_are_not(tmp_path):
    make(tmp_path, "photos/ada/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "photos" / "bo").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "photos" / "ada" / "up").symlink_to(tmp_path / "photos")
    (tmp_path / "photos" / "itself.jpg").symlink_to("itself.jpg")
    labelled = label_photos(tmp_path / "photos")
    assert labelled.names == ("ada", "bo", "itself")


def test_a_folder_called_like_a_photo_is_a_folder(tmp_path):
    make(tmp_path, "ada.jpg/1.jpg")
    assert label_photos(tmp_path).names == ("ada.jpg",)


def test_unknown_is_nobody_to_train(tmp_path):
    with pytest.raises(LabelError, match="nobody can be called 'unknown'"):
        people_to_train(["unknown", "unknown", "ada", "ada"], "photos")
