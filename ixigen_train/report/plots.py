"""Curves as inline SVG, stretched to the width of their place: without text, which the page sets around them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ixigen_train.report.thinning import Curve
from ixigen_train.runs.journal import Floats

WIDTH, HEIGHT = 1000, 200  # units of a plot; its pixels are the style sheet's
FEW = 40  # points that are drawn as dots too

_PLOT = Markup(
    '<svg class="plot curves" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img"'
    ' aria-label="{label}">{body}</svg>'
)
_PATH = Markup('<path class="{css}" d="{d}"><title>{title}</title></path>')
_BARE = Markup('<path class="{css}" d="{d}"/>')


@dataclass(frozen=True)
class Span:
    """A stretch of numbers, and where to mark it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def ratio(self, value: float) -> float:
        """Return where a value stands: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Marks:
    """Lines that cross a plot."""

    upright: tuple[float, ...] = ()  # steps: where the run went on after a stop
    level: tuple[float, ...] = ()  # values: limits


def span(values: Sequence[float], include: Sequence[float] = (), steps: int = 4) -> Span:
    """Return a span that holds the values with some room, and `include`; ticks are round numbers.

    >>> span([1.9, 3.1]).ticks
    (2.0, 2.5, 3.0)
    >>> span([]).ticks
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = (min([*known, *include]), max([*known, *include])) if known or include else (0.0, 1.0)
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-12):
        room = abs(high) / 10 or 1.0
        low, high = low - room, high + room
    elif known:
        room = (high - low) * 0.06
        low, high = (low if low in include else low - room), (high if high in include else high + room)
    size = _round_step((high - low) / steps)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return Span(low, high, tuple(round(number * size, 12) for number in range(first, last + 1)))


def plot(curves: Sequence[Curve], x: Span, y: Span, marks: Marks, label: str) -> Markup:
    """Return curves in a frame, each with the band between its extremes where it was thinned."""
    body = Markup()
    for tick in y.ticks:
        body += _BARE.format(css="grid", d=f"M0 {_down(y, tick)}H{WIDTH}")
    for each in curves:
        if each.thinned:
            body += _BARE.format(css=f"spread {each.css}", d=_band(each, x, y))
    for step in marks.upright:
        body += _PATH.format(css="stop", d=f"M{_across(x, step)} 0V{HEIGHT}", title=f"resumed after step {step:,.0f}")
    for value in marks.level:
        body += _PATH.format(css="limit", d=f"M0 {_down(y, value)}H{WIDTH}", title=f"limit {value:g}")
    for each in curves:
        body += _PATH.format(css=f"line {each.css}", d=_line(each, x, y), title=each.label)
        if len(each) <= FEW:
            body += _BARE.format(css=f"dots {each.css}", d=_dots(each, x, y))
    return _PLOT.format(width=WIDTH, height=HEIGHT, label=label, body=body)


def stack(layers: Sequence[tuple[str, str, Floats]], borders: Floats, label: str) -> Markup:
    """Return shares one upon the other, the first on top.

    Args:
        layers: label, class and (stretches,) ratios of the whole of each.
        borders: (stretches + 1,) steps.
    """
    x = Span(float(borders[0]), float(borders[-1]), ())
    tops = np.zeros(len(borders) - 1)
    body = Markup()
    for name, css, ratios in layers:
        bottoms = tops + ratios
        there = [f"V{_number(HEIGHT * top)}H{_across(x, stop)}" for top, stop in zip(tops, borders[1:], strict=True)]
        back = [
            f"V{_number(HEIGHT * low)}H{_across(x, start)}" for low, start in zip(bottoms, borders[:-1], strict=True)
        ]
        d = f"M0 {_number(HEIGHT * tops[0])}{''.join(there)}{''.join(reversed(back))}Z"
        body += _PATH.format(css=f"layer {css}", d=d, title=name)
        tops = bottoms
    return _PLOT.format(width=WIDTH, height=HEIGHT, label=label, body=body)


def _line(curve: Curve, x: Span, y: Span) -> str:
    points = [f"{_across(x, step)} {_down(y, value)}" for step, value in zip(curve.x, curve.y, strict=True)]
    return f"M{'L'.join(points)}" if points else ""


def _band(curve: Curve, x: Span, y: Span) -> str:
    there = [f"{_across(x, step)} {_down(y, value)}" for step, value in zip(curve.x, curve.high, strict=True)]
    back = [f"{_across(x, step)} {_down(y, value)}" for step, value in zip(curve.x, curve.low, strict=True)]
    return f"M{'L'.join([*there, *reversed(back)])}Z"


def _dots(curve: Curve, x: Span, y: Span) -> str:
    # A line of no length with a round cap: a dot that stays round however the plot is stretched.
    return "".join(f"M{_across(x, s)} {_down(y, v)}h0" for s, v in zip(curve.x, curve.y, strict=True))


def _across(x: Span, step: float) -> str:
    return _number(WIDTH * x.ratio(step))


def _down(y: Span, value: float) -> str:
    return _number(HEIGHT * min(max(1 - y.ratio(value), -1.0), 2.0))  # what is far out of the frame is cut


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _round_step(size: float) -> float:
    """Return the next larger of 1, 2, 2.5, 5 and 10, times a power of ten."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= size * (1 - 1e-9))
