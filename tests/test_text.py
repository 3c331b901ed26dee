from __future__ import annotations

import pytest

from face2vec.text import cell, fault_of, folded, shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Zoë Müller 李", "Zoë Müller 李"),
        ("a\tb\nc", "a\\tb\\nc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb\u200b", "a\\u202eb\\u200b"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("no\u00a0break", "no\u00a0break"),
    ],
)
def test_what_is_not_seen_or_does_something_is_escaped(text, line):
    assert shown(text) == line
    line.encode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(text):
    assert not cell(text).startswith(("=", "+", "-", "@", "\t"))


def test_names_are_compared_without_case_and_coding():
    assert folded("ZOE\u0308") == folded("zo\u00eb")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u200bb", "UNKNOWN", "a" * 201])
def test_what_is_no_name(name):
    assert fault_of(name)


@pytest.mark.parametrize("name", ["Ann", "Zoë", "Unknown Soldier", "李"])
def test_what_is_a_name(name):
    assert not fault_of(name)
