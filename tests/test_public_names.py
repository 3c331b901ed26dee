from __future__ import annotations

import face2vec


def test_every_public_name_is_there():
    for name in face2vec.__all__:
        assert getattr(face2vec, name) is not None


def test_public_names_are_sorted_and_once():
    assert list(face2vec.__all__) == sorted(set(face2vec.__all__), key=str.casefold)


def test_a_name_that_is_not_there_says_so():
    try:
        face2vec.nobody
    except AttributeError as error:
        assert "nobody" in str(error)
    else:
        raise AssertionError("no AttributeError")
