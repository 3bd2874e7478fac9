"""Bars as inline SVG.

Widths are percentages, so text keeps its size whatever the width of the page; colours are the style sheet's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from rich.cells import cell_len

ROW = 56  # pixels of one level of a nested bar
STRIP = 6  # of which the written tokens take these at the foot
GAP = 3
VISIBLE = 0.004  # least width of what is there at all: some pixels
INSET = 10  # pixels left of a cell's text
_PIXELS = 7.2  # of a Latin letter at 14 pixels, as most fonts have it; Hangul takes two of them
_PAGE = 960  # pixels: what a cell's text must fit into, on a page of the usual width

# Markup.format escapes what it fills in.
_SVG = Markup('<svg class="{css}" width="100%" height="{height}" role="img" aria-label="{label}">{body}</svg>')
_RECT = Markup('<rect class="{css}" x="{x}%" y="{y}" width="{width}%" height="{height}">{title}</rect>')
_LINE = Markup('<line class="{css}" x1="{x}%" x2="{x}%" y1="0" y2="{height}"/>')
_TITLE = Markup("<title>{text}</title>")
_GAP = Markup('<rect class="gap" width="{width}" height="{height}"/>')
_CELL = Markup('<svg class="{css}" x="{x}%" y="{y}" width="{width}%" height="{height}">{body}</svg>')
_TEXT = Markup('<text class="{css}" x="{x}" y="{y}">{text}</text>')


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar; `ratio` is its part of the bar's whole width."""

    ratio: float
    css: str
    title: str = ""


@dataclass(frozen=True)
class Cell:
    """A node in a nested bar: planned as a block, written as the strip at its foot; in ratios of the whole width."""

    label: str
    detail: str
    brief: str  # in place of `detail` where that has no room
    start: float
    width: float
    level: int  # 0 is the top
    levels: int  # rows it covers
    written: float  # written / planned tokens
    css: str


def bar(segments: Sequence[Segment], label: str, height: int = 12) -> Markup:
    """Return one horizontal bar of segments from the left.

    A segment that is not empty is never invisible; what that takes beyond the bar's end, the widest one gives.
    """
    shown = [segment for segment in segments if segment.ratio > 0]
    widths = [max(segment.ratio, VISIBLE) for segment in shown]
    if widths:
        widths[widths.index(max(widths))] -= max(0.0, sum(widths) - 1.0)
    rects, start = Markup(), 0.0
    for segment, width in zip(shown, widths, strict=True):
        rects += _rect(segment.css, (start, width), (0, height), segment.title)
        start += width
    return _SVG.format(css="bar", height=height, label=label, body=rects)


def gauge(value: float, limit: float, full: float, css: str, label: str) -> Markup:
    """Return a bar of `value` on a track of `limit`, on a scale that ends at `full`, a tick at each whole number."""
    height = 12
    body = _rect("track", (0.0, limit / full), (0, height))
    body += _rect(css, (0.0, max(value / full, VISIBLE)), (0, height), label)
    if full <= 16:
        ticks = (number for number in range(1, int(full) + 1) if number < full)
        body += Markup().join(_LINE.format(css="tick", x=_percent(number / full), height=height) for number in ticks)
    return _SVG.format(css="bar", height=height, label=label, body=body)


def nested_bar(cells: Sequence[Cell], label: str) -> Markup:
    """Return the nodes of a tree as rows of blocks, children below their parents (an icicle)."""
    rows = max((cell.level + cell.levels for cell in cells), default=0)
    body = Markup().join(_cell(cell) for cell in cells)
    return _SVG.format(css="nested", height=rows * ROW, label=label, body=body)


def _cell(cell: Cell) -> Markup:
    height = cell.levels * ROW - GAP
    body = _TITLE.format(text=f"{cell.label}: {cell.detail}")
    body += _rect("planned", (0.0, 1.0), (0, height - STRIP))
    body += _rect("written", (0.0, min(cell.written, 1.0)), (height - STRIP, STRIP))
    if _fits(cell.label, cell.width):
        body += _TEXT.format(css="name", x=INSET, y=20, text=cell.label)
    if detail := next((text for text in (cell.detail, cell.brief) if _fits(text, cell.width)), ""):
        body += _TEXT.format(css="detail", x=INSET, y=37, text=detail)
    if cell.start > 0:
        body += _GAP.format(width=GAP, height=height)
    start, width = _percent(cell.start), _percent(cell.width)
    return _CELL.format(css=f"cell {cell.css}", x=start, y=cell.level * ROW, width=width, height=height, body=body)


def _rect(css: str, across: tuple[float, float], down: tuple[int, int], title: str = "") -> Markup:
    """Return a rectangle: (start, width) as ratios, (top, height) in pixels."""
    (start, width), (top, height) = across, down
    text = _TITLE.format(text=title) if title else Markup()
    return _RECT.format(css=css, x=_percent(start), y=top, width=_percent(width), height=height, title=text)


def _fits(text: str, width: float) -> bool:
    return INSET + cell_len(text) * _PIXELS <= width * _PAGE


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.3f}".rstrip("0").rstrip(".")
