"""What other programs have stored is read, and nothing of it is run."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from face2vec.errors import GalleryError
from face2vec.gallery.foreign import read_encodings

VECTORS = np.random.default_rng(0).normal(0, 0.12, (3, 128))
NAMES = ["Ann", "Bob", "Ann"]
LIST = list(VECTORS)


class Hostile:
    def __reduce__(self):
        return os.system, ("touch owned",)


class Overlaid:
    """Lays an array of Python objects over bytes: reading one would follow a made-up address."""

    def __reduce__(self):
        return np.ndarray, ((1,), np.dtype("O"), b"\x01" * 8)


def pickled(path, *values, protocol=4):
    path.write_bytes(b"".join(pickle.dumps(value, protocol) for value in values))
    return path


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "stored",
    [
        {"encodings": LIST, "names": NAMES},
        {"known_face_encodings": VECTORS, "known_face_names": np.array(NAMES)},
        [LIST, NAMES],
        (NAMES, VECTORS),
        {"Ann": [LIST[0], LIST[2]], "Bob": LIST[1]},
        list(zip(NAMES, LIST, strict=True)),
        list(zip(LIST, NAMES, strict=True)),
        [{"name": name, "encoding": [v]} for name, v in zip(NAMES, LIST, strict=True)],
        {"encodings": [list(map(float, v)) for v in LIST], "names": NAMES},
        {"encodings": [list(v.astype(np.float32)) for v in LIST], "names": NAMES},
    ],
)
def test_pickles_of_the_tutorials_are_read(tmp_path, stored, protocol):
    people = read_encodings(pickled(tmp_path / "encodings.pickle", stored, protocol=protocol))
    assert people.keys() == {"Ann", "Bob"}
    assert people["Ann"].dtype == np.float32
    np.testing.assert_allclose(people["Ann"], VECTORS[[0, 2]], rtol=1e-6)
    np.testing.assert_allclose(people["Bob"], VECTORS[[1]], rtol=1e-6)


def test_two_pickles_in_one_file_are_encodings_and_names(tmp_path):
    path = pickled(tmp_path / "known.dat", LIST, NAMES)
    assert len(read_encodings(path)["Ann"]) == 2


def test_names_may_come_from_another_file_or_be_one(tmp_path):
    np.save(tmp_path / "known.npy", VECTORS)
    (tmp_path / "names.txt").write_text("Ann\nBob\nAnn\n")
    np.save(tmp_path / "names.npy", np.array(NAMES))
    for names in (
        tmp_path / "names.txt",
        tmp_path / "names.npy",
        pickled(tmp_path / "names.pkl", NAMES),
    ):
        assert len(read_encodings(tmp_path / "known.npy", names=names)["Ann"]) == 2
    assert len(read_encodings(tmp_path / "known.npy", "Eve")["Eve"]) == 3


def test_an_array_of_one_encoding_is_of_whom_its_file_is_called(tmp_path):
    np.save(tmp_path / "Ann Lee_2.npy", VECTORS[0])
    np.testing.assert_allclose(
        read_encodings(tmp_path / "Ann Lee_2.npy")["Ann Lee"], VECTORS[:1], rtol=1e-6
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("titles", [True, False])
def test_tables_are_read_with_names_before_or_behind(tmp_path, delimiter, before, titles):
    rows = [
        [name, *map(str, vector)] if before else [*map(str, vector), name]
        for name, vector in zip(NAMES, VECTORS, strict=True)
    ]
    if titles:
        rows.insert(0, [f"column {index}" for index in range(129)])
    path = tmp_path / "encodings.csv"
    path.write_text("\n".join(delimiter.join(row) for row in rows))
    people = read_encodings(path)
    assert list(people) == ["Ann", "Bob"]
    np.testing.assert_allclose(people["Ann"], VECTORS[[0, 2]], rtol=1e-6)


def test_tables_of_numbers_alone_are_read(tmp_path):
    np.savetxt(tmp_path / "table.txt", VECTORS)
    people = read_encodings(tmp_path / "table.txt", "Ann")
    np.testing.assert_allclose(people["Ann"], VECTORS, rtol=1e-6)


@pytest.mark.parametrize(
    "value",
    [
        Hostile(),
        {"encodings": [Hostile()], "names": ["Ann"]},
        {"encodings": np.array([Hostile()], dtype=object), "names": ["Ann"]},
        {"encodings": Overlaid(), "names": ["Ann"]},
    ],
)
def test_nothing_in_a_pickle_is_run(tmp_path, monkeypatch, value):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GalleryError, match="no pickle"):
        read_encodings(pickled(tmp_path / "hostile.pkl", value))
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"encodings": LIST, "names": NAMES[:2]}, "2 names for 3 encodings"),
        ({"encodings": list(np.zeros((3, 512))), "names": NAMES}, "of 128 numbers"),
        ({"encodings": [], "names": []}, "nothing that is known"),
        (LIST, "no names: give --name"),
        ({"encodings": [np.full(128, np.nan)], "names": ["Ann"]}, "encoding 1 .* NaN"),
        ([("Ann", VECTORS[0] / np.linalg.norm(VECTORS[0]))], "scaled to length 1"),
        ("a word", "nothing that is known"),
    ],
)
def test_other_pickles_are_refused_in_a_sentence(tmp_path, value, words):
    with pytest.raises(GalleryError, match=words):
        read_encodings(pickled(tmp_path / "other.pkl", value))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("no.pkl", b"not a pickle", "no pickle"),
        ("empty.pkl", b"", "no pickle"),
        ("no.npy", b"not an array", "no array"),
        ("no.csv", b"\xff\xfe\x00", "UTF-8"),
        ("empty.csv", b"", "it is empty"),
        ("short.csv", b"Ann,1,2,3", "see row 1"),
        ("words.csv", ("Ann" + ",0.1" * 128 + "\nBob" + ",x" * 128).encode(), "no number"),
        ("titles.csv", b"name" + b",x" * 128, "it is empty"),
    ],
)
def test_other_files_are_refused_in_a_sentence(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(GalleryError, match=words):
        read_encodings(tmp_path / name)


def test_a_header_that_claims_too_much_is_found_out(tmp_path):
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 128)}
    with open(tmp_path / "large.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.write(VECTORS.tobytes())
    with pytest.raises(GalleryError, match="no array"):
        read_encodings(tmp_path / "large.npy")


def test_an_array_of_objects_is_refused(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object))
    with pytest.raises(GalleryError, match="no array"):
        read_encodings(tmp_path / "objects.npy")


def test_names_that_do_not_fit_are_told(tmp_path):
    np.save(tmp_path / "known.npy", VECTORS)
    (tmp_path / "names.txt").write_text("Ann\n")
    with pytest.raises(GalleryError, match="1 names for the 3 encodings"):
        read_encodings(tmp_path / "known.npy", names=tmp_path / "names.txt")
