from __future__ import annotations

import pytest

import face2vec


def test_every_public_name_is_there():
    for name in face2vec.__all__:
        assert getattr(face2vec, name) is not None


def test_public_names_are_sorted_and_once():
    assert list(face2vec.__all__) == sorted(set(face2vec.__all__), key=str.casefold)


def test_a_name_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="nobody"):
        face2vec.nobody  # noqa: B018 - looking the name up is the test
