"""Edits in Python, made only where a column holds certain code points: all other text stays bytes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ixigen_data.core.by_line_kernel import GAP_BYTES, find_stretches
from ixigen_data.core.code_points import members
from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.core.splicing import Splice, spliced

if TYPE_CHECKING:
    import pyarrow as pa

_ROOM = 1 << 16  # stretches found at a time
_RUN_LINES = 256


def edit_lines(text: pa.LargeStringArray, triggers: str, edit: Callable[[str], str]) -> pa.LargeStringArray:
    r"""Return a column with the lines edited that hold a trigger; the column itself where no line changes.

    `edit` takes a line without its \n and leaves other lines out of account. Where lines are long and triggers common,
    `edit_words` is faster.

    Args:
        triggers: code points as the inside of a regular expression's class, \n not among them.
    """
    return _edited(text, triggers, edit, gap_bytes=0)


def edit_words(text: pa.LargeStringArray, triggers: str, edit: Callable[[str], str]) -> pa.LargeStringArray:
    r"""Return a column with the words edited that hold a trigger; the column itself where no word changes.

    `edit` takes words of a line with what stands between them, from one space or end of a line to another, and must
    make the same of them together as one by one: it looks at no space (U+0020) and at nothing beyond one.

    Args:
        triggers: code points as the inside of a regular expression's class, \n and the space not among them.
    """
    return _edited(text, triggers, edit, gap_bytes=GAP_BYTES)


def edit_runs(text: pa.LargeStringArray, triggers: str, edit: Callable[[str], str]) -> pa.LargeStringArray:
    r"""Return a column with the lines edited that hold a trigger, neighbours together: for what is on most lines.

    `edit` takes up to 256 lines with the \n between them, and must make the same of them together as one by one.

    Args:
        triggers: code points as the inside of a regular expression's class, \n not among them.
    """
    data, offsets = text_buffers(text)
    blocks = list(_blocks(data, offsets, triggers, gap_bytes=0))
    lines = np.concatenate([np.empty((0, 2), np.int64), *blocks])
    return _spliced(text, edit, _runs(lines, offsets))


def _runs(lines: Int64s, offsets: Int64s) -> Iterator[tuple[int, int]]:
    """Yield where runs of lines begin and end that follow each other within a document. lines: (lines, 2)."""
    rows = np.searchsorted(offsets, lines[:, 0], side="right")
    begins = np.arange(len(lines)) % _RUN_LINES == 0
    begins[1:] |= (lines[1:, 0] != lines[:-1, 1] + 1) | (rows[1:] != rows[:-1])
    ends = np.append(begins[1:], np.ones(min(1, len(begins)), np.bool_))
    yield from zip(lines[begins, 0].tolist(), lines[ends, 1].tolist(), strict=True)


def _edited(
    text: pa.LargeStringArray, triggers: str, edit: Callable[[str], str], gap_bytes: int
) -> pa.LargeStringArray:
    data, offsets = text_buffers(text)
    return _spliced(text, edit, _stretches(data, offsets, triggers, gap_bytes))


def _spliced(
    text: pa.LargeStringArray, edit: Callable[[str], str], stretches: Iterator[tuple[int, int]]
) -> pa.LargeStringArray:
    data, _ = text_buffers(text)
    view = data.data
    splices: list[Splice] = []
    for start, stop in stretches:
        stretch = str(view[start:stop], "utf-8")
        edited = edit(stretch)
        if edited != stretch:
            splices.append(Splice(start, stop, edited.encode()))
    return spliced(text, splices)


def _stretches(
    data: npt.NDArray[np.uint8], offsets: Int64s, triggers: str, gap_bytes: int
) -> Iterator[tuple[int, int]]:
    """Yield where the stretches begin and end that hold a trigger."""
    for block in _blocks(data, offsets, triggers, gap_bytes):
        yield from map(tuple, block.tolist())


def _blocks(data: npt.NDArray[np.uint8], offsets: Int64s, triggers: str, gap_bytes: int) -> Iterator[Int64s]:
    """Yield the stretches in blocks of (stretches, 2): first byte, last byte + 1."""
    pairs, wanted = _tables(triggers)
    assert not wanted[ord("\n")], "a line holds no end of a line"
    assert not gap_bytes or not wanted[ord(" ")], "a word holds no space"
    stretches = np.empty((_ROOM, 2), np.int64)
    place, found = int(offsets[0]), _ROOM
    while found == _ROOM:
        found = find_stretches(data, offsets, place, pairs, wanted, gap_bytes, stretches)
        yield stretches[:found].copy()
        place = int(stretches[found - 1, 1])


@functools.lru_cache(maxsize=64)
def _tables(triggers: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return whether two bytes can begin a trigger, (65,536,), and whether a code point is one, (table size,)."""
    points = members(triggers)
    wanted = np.zeros(max(128, max(points) + 2), np.bool_)
    wanted[points] = True
    pairs = np.zeros((256, 256), np.bool_)
    for point in points:
        if point < 128:
            pairs[point] = True
        else:
            first, second = chr(point).encode()[:2]
            pairs[first, second] = True
    return pairs.reshape(-1), wanted
