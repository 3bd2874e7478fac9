"""Curves and columns as inline SVG: stretched to the width of their place, so without text of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

_HEIGHT = 100  # units of a plot, top to bottom; its height in pixels is the style sheet's

_PLOT = Markup(
    '<svg class="plot {css}" viewBox="{start} 0 {width} {height}" preserveAspectRatio="none" role="img"'
    ' aria-label="{label}">{body}</svg>'
)
_PATH = Markup('<path class="{css}" d="{d}">{title}</path>')
_LINE = Markup('<line class="{css}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>')
_TITLE = Markup("<title>{text}</title>")


@dataclass(frozen=True)
class Layer:
    """One layer of a stack: a ratio of the whole for each span."""

    label: str
    css: str
    ratios: Sequence[float]


@dataclass(frozen=True)
class Band:
    """Two curves and the bound that they should keep to on either side of zero; all in [-1, 1]."""

    lowest: Sequence[float]
    highest: Sequence[float]
    bound: float


@dataclass(frozen=True)
class Column:
    """One column of a histogram; `height` is a ratio of the tallest."""

    height: float
    title: str


def stack(layers: Sequence[Layer], borders: Sequence[int], label: str) -> Markup:
    """Return layers one upon the other, the first on top, over spans of windows."""
    tops = [0.0] * (len(borders) - 1)
    body = Markup()
    for layer in layers:
        bottoms = [top + ratio for top, ratio in zip(tops, layer.ratios, strict=True)]
        body += _PATH.format(css=layer.css, d=_band(borders, tops, bottoms), title=_TITLE.format(text=layer.label))
        tops = bottoms
    return _plot("stack", borders, body, label)


def band(curves: Band, borders: Sequence[int], css: str, label: str) -> Markup:
    """Return the band between two curves in [-1, 1], zero in the middle, over spans of windows."""
    tops, bottoms = ([(1 - value) / 2 for value in values] for values in (curves.highest, curves.lowest))
    body = _PATH.format(css=css, d=_band(borders, tops, bottoms), title="")
    for level, name in ((0.0, "zero"), (curves.bound, "bound"), (-curves.bound, "bound")):
        y = _number(_HEIGHT * (1 - level) / 2)
        body += _LINE.format(css=name, x1=borders[0], x2=borders[-1], y1=y, y2=y)
    return _plot("band", borders, body, label)


def columns(shown: Sequence[Column], css: str, label: str) -> Markup:
    """Return columns of equal width; one that is not empty is never invisible."""
    body = Markup()
    for place, column in enumerate(shown):
        if column.height > 0:
            top = _number(_HEIGHT * (1 - max(column.height, 0.015)))
            d = f"M{place + 0.06:.2f} {_HEIGHT}V{top}H{place + 0.94:.2f}V{_HEIGHT}Z"
            body += _PATH.format(css=css, d=d, title=_TITLE.format(text=column.title))
    return _PLOT.format(css="columns", start=0, width=len(shown), height=_HEIGHT, label=label, body=body)


def _plot(css: str, borders: Sequence[int], body: Markup, label: str) -> Markup:
    start, stop = borders[0], borders[-1]
    return _PLOT.format(css=css, start=start, width=max(stop - start, 1), height=_HEIGHT, label=label, body=body)


def _band(borders: Sequence[int], tops: Sequence[float], bottoms: Sequence[float]) -> str:
    """Return a path in steps: along the tops from left to right, back along the bottoms."""
    there = [f"V{_number(_HEIGHT * top)}H{stop}" for (_, stop), top in zip(pairwise(borders), tops, strict=True)]
    back = [f"V{_number(_HEIGHT * low)}H{start}" for (start, _), low in zip(pairwise(borders), bottoms, strict=True)]
    return f"M{borders[0]} {_number(_HEIGHT * tops[0])}{''.join(there)}{''.join(reversed(back))}Z" if tops else ""


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
