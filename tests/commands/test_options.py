"""What several commands share: progress, on a terminal and off it."""

from __future__ import annotations

import sys

import pytest

from face2vec.commands import _options


def test_off_a_terminal_a_line_every_ten_seconds_says_how_far_it_is(capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr(_options.time, "monotonic", lambda: now)
    with _options.progress_bars("reading photos", "training nets") as (photos, nets):
        for second in range(25):
            now = float(second)
            photos(second, 100)
            nets(1, 2)
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert [line for line in lines if "photos" in line] == [
        "face2vec: reading photos: 10 of 100",
        "face2vec: reading photos: 20 of 100",
    ]
    assert lines.count("face2vec: training nets: 1 of 2") == 2


def test_on_a_terminal_there_is_a_bar_for_what_has_begun(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with _options.progress_bars("reading photos", "training nets") as (photos, _):
        photos(3, 7)
    said = capsys.readouterr().err
    assert "reading photos" in said and "3/7" in said
    assert "training nets" not in said


@pytest.mark.parametrize(("count", "words"), [(0, "0 people"), (1, "1 person"), (2, "2 people")])
def test_plural(count, words):
    assert _options.plural(count, "person") == words
