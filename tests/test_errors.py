from __future__ import annotations

import inspect

import pytest

from face2vec import errors

CLASSES = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, errors.Face2VecError)
]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_is_drawn_in_the_tree(cls):
    assert f" {cls.__name__}" in errors.__doc__
    assert cls.__doc__


@pytest.mark.parametrize("cls", CLASSES)
def test_exit_codes(cls):
    assert cls.exit_code == (1 if cls is errors.NoFaceError else 2)
