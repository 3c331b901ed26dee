"""Line charts as inline SVG, for pages without scripts; colours come from the page's CSS.

A chart is decoration for those who see it: its title says what it shows, and the page puts the
figures in a table beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from statistics import NormalDist

import numpy as np

WIDTH, HEIGHT = 470, 340
LEFT, RIGHT, TOP, BOTTOM = 68, 26, 12, 48
LEAST_RATE = 0.0005  # the lowest rate that a DET curve shows
RATES = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8)  # ticks of a DET curve

Scale = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a chart.

    Attributes:
        x, y: (n,) float64.
        kind: a class of the page's CSS: ``main``, ``second``, ``fold`` or ``ideal``.
        dots: whether its points are marked.
    """

    x: np.ndarray
    y: np.ndarray
    kind: str = "main"
    dots: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis of a chart.

    Attributes:
        label: what it measures.
        low, high: its ends.
        ticks: values with a mark, and what is written there.
        scale: takes a value to where it lies; None for evenly.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    scale: Scale | None = None

    def place(self, value: float) -> float:
        """Returns where a value lies: 0 at the low end, 1 at the high one."""
        scale = self.scale or float
        low, high = scale(self.low), scale(self.high)
        return (scale(min(max(value, self.low), self.high)) - low) / (high - low)


SHARES = [(share / 5, f"{share * 20} %") for share in range(6)]


def share_axis(label: str) -> Axis:
    """Returns an axis from 0 to 100 %."""
    return Axis(label, 0.0, 1.0, SHARES)


def rate_axis(label: str) -> Axis:
    """Returns an axis of a DET curve: rates by their normal deviates (Martin et al., 1997)."""
    deviate = NormalDist().inv_cdf
    return Axis(label, LEAST_RATE, 0.9, [(rate, f"{rate * 100:g} %") for rate in RATES], deviate)


def number_axis(label: str, low: float, high: float) -> Axis:
    """Returns an axis with about five round ticks."""
    span = high - low if high > low else 1.0
    step = float(10 ** np.floor(np.log10(span / 4)))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (factor * step) <= 5)
    ticks = np.arange(np.ceil(low / step) * step, high + step / 1e6, step)
    return Axis(label, low, low + span, [(float(tick), f"{tick:g}") for tick in ticks.round(9)])


@dataclass(frozen=True)
class Chart:
    """A chart: what it shows, in words, and its ``<svg>`` element."""

    title: str
    svg: str


def chart(title: str, x: Axis, y: Axis, lines: Sequence[Line]) -> Chart:
    """Returns a chart, its title read by screen readers."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        *_grid(x, y),
        *(part for line in lines for part in _drawn(line, x, y)),
        "</svg>",
    ]
    return Chart(title, "".join(parts))


def _grid(x: Axis, y: Axis) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for value, text in x.ticks:
        at = _across(x, value)
        parts.append(f'<path class="grid" d="M{at} {TOP}V{bottom}"/>')
        parts.append(_text(at, bottom + 18, text, "middle"))
    for value, text in y.ticks:
        at = _down(y, value)
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{right}"/>')
        parts.append(_text(LEFT - 7, at + 4, text, "end"))
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    middle = (TOP + bottom) // 2
    parts.append(_text((LEFT + right) // 2, HEIGHT - 8, x.label, "middle"))
    turned = f' transform="rotate(-90 14 {middle})"'
    parts.append(_text(14, middle, y.label, "middle", turned))
    return parts


def _drawn(line: Line, x: Axis, y: Axis) -> list[str]:
    points = [
        (_across(x, across), _down(y, down))
        for across, down in zip(line.x.tolist(), line.y.tolist(), strict=True)
    ]
    if not points:
        return []
    path = "L".join(f"{across} {down}" for across, down in points)
    parts = [f'<path class="{line.kind}" d="M{path}"/>']
    if line.dots:
        parts += [f'<circle class="{line.kind}" cx="{a}" cy="{d}" r="4"/>' for a, d in points]
    return parts


def _across(axis: Axis, value: float) -> float:
    return round(LEFT + axis.place(value) * (WIDTH - RIGHT - LEFT), 1)


def _down(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - BOTTOM - TOP), 1)


def _text(x: float, y: float, text: str, anchor: str, turned: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{turned}>{escape(text)}</text>'
