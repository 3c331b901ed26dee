"""A file of settings holds numbers that a net can be trained with, or is refused."""

from __future__ import annotations

import json

import pytest

from face2vec.errors import OptionError
from face2vec.training.settings import PLAIN, Settings, load_settings, save_settings


@pytest.mark.parametrize("settings", [Settings(), PLAIN])
def test_what_was_saved_is_read(settings, tmp_path):
    save_settings(settings, tmp_path / "s.json")
    assert load_settings(tmp_path / "s.json") == settings


WRONG = [
    {"batch": 0},
    {"epochs": "x"},
    {"epochs": 10**9},
    {"units": 10**9},
    {"l2": float("nan")},
    {"dropout": 2},
    {"kept_back": 5},
    {"patience": 1.5},
    {"learning_rate": -1},
    {"sharpness": True},
    {"seed": -1},
    {"other": 1},
    [1],
    "x",
    None,
]


@pytest.mark.parametrize("values", WRONG, ids=str)
def test_other_values_are_refused(values, tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(values))
    with pytest.raises(OptionError, match="holds no settings"):
        load_settings(tmp_path / "s.json")


@pytest.mark.parametrize("data", [b"[" * 90_000, b"\xff\xfe", b"", bytes(200_000)])
def test_what_is_no_json_is_refused(data, tmp_path):
    (tmp_path / "s.json").write_bytes(data)
    with pytest.raises(OptionError, match="holds no settings"):
        load_settings(tmp_path / "s.json")
