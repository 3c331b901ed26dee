"""Charts are well-formed SVG whose lines lie where the figures say."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from face2vec.drawing.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Line,
    chart,
    number_axis,
    rate_axis,
    share_axis,
)


def drawn(svg: str, kind: str) -> list[tuple[float, float]]:
    (path,) = (p for p in ElementTree.fromstring(svg).iter("path") if p.get("class") == kind)
    return [tuple(map(float, pair.split())) for pair in path.get("d")[1:].split("L")]


def test_lines_go_from_corner_to_corner():
    line = Line(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    made = chart("a <title>", share_axis("x"), share_axis("y & z"), [line])
    assert made.title == "a <title>"
    assert drawn(made.svg, "main") == [(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP)]
    assert ElementTree.fromstring(made.svg).get("aria-label") == "a <title>"


def test_what_lies_beyond_an_axis_is_drawn_at_its_end():
    line = Line(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    made = chart("rates", rate_axis("x"), rate_axis("y"), [line])
    assert drawn(made.svg, "main") == [(LEFT, TOP), (WIDTH - RIGHT, HEIGHT - BOTTOM)]


def test_a_normal_deviate_axis_is_even_in_deviates():
    axis = rate_axis("rate")
    assert axis.place(0.5) - axis.place(0.2) == pytest.approx(axis.place(0.8) - axis.place(0.5))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 17), (0, 0.0007), (3, 3), (0, 12345)])
def test_number_axes_have_a_few_round_ticks_within(low, high):
    axis = number_axis("n", low, high)
    values = [value for value, _ in axis.ticks]
    assert 1 <= len(values) <= 6
    assert min(values) >= low - 1e-9
    assert max(values) <= axis.high + 1e-9


def test_dots_mark_points_and_no_points_draw_nothing():
    three = Line(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]), dots=True)
    none = Line(np.empty(0), np.empty(0))
    svg = chart("dots", share_axis("x"), share_axis("y"), [three, none]).svg
    assert len(re.findall("<circle", svg)) == 3
    assert len(drawn(svg, "main")) == 3
