"""Text of any script: a mask as wide as the text, and no silence about letters without a font."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.drawing import fonts
from face2vec.drawing.fonts import letters_without_font, text_mask, text_width


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine without a font but Pillow's own."""
    monkeypatch.setattr(fonts, "_folders", lambda: iter(()))
    caches = (fonts.font_files, fonts._holder, fonts.text_mask)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize("size", [11, 40])
def test_a_mask_is_as_high_as_its_line(size):
    mask = text_mask("José", size)
    assert mask.dtype == np.uint8
    assert mask.shape == (round(1.3 * size), text_width("José", size))
    assert mask.max() > 200


@pytest.mark.parametrize("name", ["José", "Ольга", "Γιώργος"])
def test_letters_differ_from_what_is_drawn_for_none(name):
    assert letters_without_font([name]) == ""
    none = text_mask(fonts.NO_LETTER * len(name), 24)
    drawn = text_mask(name, 24)
    assert drawn.shape != none.shape or (drawn != none).any()


def test_composed_and_decomposed_letters_look_alike():
    assert (text_mask("Jose\u0301", 24) == text_mask("José", 24)).all()


def test_letters_that_no_font_holds_are_told_once(no_fonts):
    assert letters_without_font(["Ann", "张伟", "张"]) == "张伟"
    assert text_mask("张伟", 24).any()  # boxes, not nothing


def test_without_any_font_english_names_are_drawn(no_fonts):
    assert letters_without_font(["Ann 0.31"]) == ""
    assert text_mask("Ann", 24).any()


def test_a_file_that_is_no_font_is_passed_over(tmp_path, monkeypatch, no_fonts):
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"no font")
    monkeypatch.setattr(fonts, "_folders", lambda: iter((tmp_path,)))
    assert letters_without_font(["Ann"]) == ""
    assert text_mask("Ann", 24).any()
