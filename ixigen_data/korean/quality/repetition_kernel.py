"""How much of a text is repeated: lines, paragraphs, n-grams of eojeols, and windows of ten code points.

All of it is linear in the text, in memory that a piece of a text bounds: eojeols, lines and paragraphs are hashed to 64
bits, and n-grams are looked up among those whose first n - 1 eojeols are repeated, which few are.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel
from ixigen_data.korean.quality.counts_kernel import most_eojeols

# The columns, in code points without white space, but for lines.
INK, LINES, DUP_LINES, DUP_LINE_INK, TOP_LINE, TOP_LINE_INK, DUP_PARAGRAPH_INK = 0, 1, 2, 3, 4, 5, 6
TOP_2_GRAM = 7  # then those of 3 and 4
DUP_5_GRAMS = 10  # then those of 6 to 10
TOP_WINDOW = 16
POINTS = 17  # letters, digits and all else beyond ASCII: what windows are made of
EOJEOLS = 18
NUM_REPEATED = 19
LONGEST = 10  # eojeols of an n-gram, and code points of a window

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BUCKET_BITS = 12

_UInt64s = npt.NDArray[np.uint64]
_Int32s = npt.NDArray[np.int32]


class _Scratch(NamedTuple):
    """Room for the largest piece of a batch; a unit is an eojeol."""

    points: _UInt64s  # letters, digits and all else beyond ASCII, as windows are made of them
    hashes: _UInt64s  # by eojeol
    inks: _Int32s  # code points before each eojeol, and before the end
    line_ends: _Int32s  # by line that is not white: the eojeols up to its end; negative before a white line
    values: _UInt64s  # of lines, paragraphs or n-grams
    places: _Int32s  # of n-grams: their first eojeols
    firsts: _Int32s  # the first of the values that is the same
    times: _Int32s  # how often a value is there, by its first
    table: _Int32s
    buckets: npt.NDArray[np.int64]  # times by bucket, from a floor on: so they are never cleared


@kernel
def measure(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    piece_bytes: int,
    least_eojeols: int,
    least_window: float,
    repeated: npt.NDArray[np.int64],
) -> None:
    """Fill `repeated`.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        piece_bytes: a longer text is cut behind the last line end of so many bytes (or at a code point, where a line is
            longer), and its pieces are measured by themselves and summed up.
        least_eojeols: a text of fewer that is short in bytes too is not looked at: its row stays 0.
        least_window: a share of the text; the most frequent window that covers less is not counted.
        repeated: (documents, NUM_REPEATED) zeros, filled.
    """
    size = 0
    for row in range(len(offsets) - 1):
        size = max(size, min(offsets[row + 1] - offsets[row], piece_bytes))
    scratch = _room_for(size)
    floor = 0
    for row in range(len(offsets) - 1):
        start, stop = offsets[row], offsets[row + 1]
        if stop - start < LONGEST * least_eojeols and most_eojeols(data[start:stop]) < least_eojeols:
            continue
        while start < stop:
            end = _cut(data, start, stop, piece_bytes)
            eojeols, lines, points = _split(data[start:end], scratch)
            repeated[row, INK] += scratch.inks[eojeols]
            repeated[row, POINTS] += points
            repeated[row, EOJEOLS] += eojeols
            _measure_lines(lines, scratch, repeated[row])
            _measure_grams(eojeols, scratch, repeated[row])
            _measure_windows(points, least_window, floor, scratch, repeated[row])
            floor += points
            start = end


@kernel
def _room_for(size: int) -> _Scratch:
    units = size // 2 + 1
    return _Scratch(
        np.empty(size, np.uint64),
        np.empty(units, np.uint64),
        np.empty(units + 1, np.int32),
        np.empty(units, np.int32),
        np.empty(units, np.uint64),
        np.empty(units, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(_slots(size), np.int32),
        np.zeros(1 << _BUCKET_BITS, np.int64),
    )


@kernel
def _cut(data: npt.NDArray[np.uint8], start: int, stop: int, piece_bytes: int) -> int:
    """Return where the piece that begins at a byte ends."""
    if stop - start <= piece_bytes:
        return stop
    end = start + piece_bytes
    while end > start and data[end - 1] != 10:
        end -= 1
    if end > start:
        return end
    end = start + piece_bytes
    while (data[end] & 0xC0) == 0x80:
        end -= 1
    return end


@inlined
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _MIX
    return value ^ (value >> np.uint64(29))


@kernel
def _split(text: npt.NDArray[np.uint8], scratch: _Scratch) -> tuple[int, int, int]:
    """Write eojeols, lines and the points of windows; return how many there are."""
    letters, hashes, inks, line_ends = scratch.points, scratch.hashes, scratch.inks, scratch.line_ends
    eojeols, lines, points, ink, line_start = 0, 0, 0, 0, 0
    value, inside = np.uint64(0), False
    i, stop = 0, len(text)
    while i < stop:
        byte = text[i]
        i += 1
        if byte == 32 or byte == 10 or byte == 9:
            if inside:
                hashes[eojeols] = _mixed(value)
                eojeols += 1
                inside = False
            if byte == 10:
                if eojeols > line_start:
                    line_ends[lines] = eojeols
                    lines += 1
                elif lines:
                    line_ends[lines - 1] = -abs(line_ends[lines - 1])
                line_start = eojeols
            continue
        if not inside:
            inside, value = True, np.uint64(0)
            inks[eojeols] = ink
        point = np.uint64(byte)  # the bytes of a code point: as good as its number
        if byte >= 0x80:
            while i < stop and (text[i] & 0xC0) == 0x80:
                point = point << np.uint64(8) | np.uint64(text[i])
                i += 1
        value = (value + point) * _BASE
        ink += 1
        if byte >= 0x80 or 48 <= byte <= 57 or 97 <= (byte | 32) <= 122:
            letters[points] = point
            points += 1
    if inside:
        hashes[eojeols] = _mixed(value)
        eojeols += 1
    if eojeols > line_start:
        line_ends[lines] = eojeols
        lines += 1
    inks[eojeols] = ink
    return eojeols, lines, points


@inlined
def _slots(entries: int) -> int:
    """Return a power of two, twice the entries at least."""
    slots = 16
    while slots < 2 * entries:
        slots *= 2
    return slots


@kernel
def _find_firsts(values: _UInt64s, table: _Int32s, firsts: _Int32s, times: _Int32s) -> int:
    """Write for every value the place of the first that equals it, and at the firsts, how many there are.

    Return how often the most frequent value is there.
    """
    slots = _slots(len(values))
    mask = np.uint64(slots - 1)
    table[:slots] = -1
    top = 0
    for i in range(len(values)):
        value = values[i]
        slot = (value >> np.uint64(20)) & mask
        first = table[slot]
        while first >= 0 and values[first] != value:
            slot = (slot + np.uint64(1)) & mask
            first = table[slot]
        if first < 0:
            table[slot] = first = i
            times[i] = 0
        firsts[i] = first
        times[first] += 1
        top = max(top, times[first])
    return top


@kernel
def _measure_lines(lines: int, scratch: _Scratch, repeated: npt.NDArray[np.int64]) -> None:
    """Count the lines and paragraphs that stood before; equal ones have the same eojeols."""
    values, firsts, times, inks = scratch.values, scratch.firsts, scratch.times, scratch.inks
    repeated[LINES] += lines
    if lines < 2:
        repeated[TOP_LINE] = max(repeated[TOP_LINE], lines)
        return
    start = 0
    for line in range(lines):
        stop = abs(scratch.line_ends[line])
        value = np.uint64(0)
        for eojeol in range(start, stop):
            value = (value + scratch.hashes[eojeol]) * _BASE
        values[line] = _mixed(value)
        start = stop
    top = _find_firsts(values[:lines], scratch.table, firsts, times)
    top_ink, start = 0, 0
    for line in range(lines):
        stop = abs(scratch.line_ends[line])
        ink = inks[stop] - inks[start]
        if firsts[line] != line:
            repeated[DUP_LINES] += 1
            repeated[DUP_LINE_INK] += ink
        elif times[line] == top and top > 1 and top_ink == 0:
            top_ink = top * ink
        start = stop
    repeated[TOP_LINE] = max(repeated[TOP_LINE], top)
    repeated[TOP_LINE_INK] += top_ink
    _measure_paragraphs(lines, scratch, repeated)


@kernel
def _measure_paragraphs(lines: int, scratch: _Scratch, repeated: npt.NDArray[np.int64]) -> None:
    """Count the paragraphs that stood before, from the values of their lines."""
    values, inks, line_ends, places = scratch.values, scratch.inks, scratch.line_ends, scratch.places
    paragraphs = 0
    value = np.uint64(0)
    for line in range(lines):
        value = (value + values[line]) * _BASE
        if line_ends[line] < 0 or line == lines - 1:
            values[paragraphs], places[paragraphs] = _mixed(value), abs(line_ends[line])
            paragraphs += 1
            value = np.uint64(0)
    if _find_firsts(values[:paragraphs], scratch.table, scratch.firsts, scratch.times) < 2:
        return
    for paragraph in range(1, paragraphs):
        if scratch.firsts[paragraph] != paragraph:
            repeated[DUP_PARAGRAPH_INK] += inks[places[paragraph]] - inks[places[paragraph - 1]]


@kernel
def _measure_grams(eojeols: int, scratch: _Scratch, repeated: npt.NDArray[np.int64]) -> None:
    """Count what the most frequent n-grams cover, and n-grams that stood before.

    What repeats n eojeols repeats their first n - 1: so each n looks only where the last one found repetition.
    """
    hashes, inks, values, places = scratch.hashes, scratch.inks, scratch.values, scratch.places
    firsts, times = scratch.firsts, scratch.times
    for place in range(eojeols):
        values[place], places[place] = hashes[place], place
    size = eojeols
    for n in range(2, LONGEST + 1):
        while size and places[size - 1] + n > eojeols:
            size -= 1
        for k in range(size):
            values[k] = _mixed(values[k] * _BASE + hashes[places[k] + n - 1])
        top = _find_firsts(values[:size], scratch.table, firsts, times)
        if top < 2:
            return
        covered, until, kept, top_ink = 0, 0, 0, 0
        for k in range(size):
            first, place = firsts[k], places[k]
            if times[first] < 2:
                continue
            end = inks[place + n]
            if first != k:
                covered += end - max(inks[place], until)
                until = end
            elif times[k] == top and top_ink == 0:
                top_ink = top * (end - inks[place])
            values[kept], places[kept] = values[k], place
            kept += 1
        if n < 5:
            repeated[TOP_2_GRAM + n - 2] += top_ink
        else:
            repeated[DUP_5_GRAMS + n - 5] += covered
        size = kept


@kernel
def _measure_windows(
    size: int, least_window: float, floor: int, scratch: _Scratch, repeated: npt.NDArray[np.int64]
) -> None:
    """Count what the most frequent window of ten code points covers: overlaps count twice.

    Most texts need no table: the fullest of a few buckets is no fewer than the most frequent window.
    """
    points, buckets = scratch.points, scratch.buckets
    least = max(2, int(np.ceil(least_window * size / LONGEST)))
    oldest = _BASE
    for _ in range(LONGEST - 1):
        oldest *= _BASE
    value = np.uint64(0)
    top = np.int64(floor)
    for k in range(size):
        value = (value + points[k]) * _BASE
        if k >= LONGEST:
            value -= points[k - LONGEST] * oldest * _BASE
        if k >= LONGEST - 1:
            bucket = value >> np.uint64(64 - _BUCKET_BITS)
            times = max(buckets[bucket], floor) + 1
            buckets[bucket] = times
            top = max(top, times)
    if top - floor < least:
        return
    windows = np.empty(size - LONGEST + 1, np.uint64)
    value = np.uint64(0)
    for k in range(size):
        value = (value + points[k]) * _BASE
        if k >= LONGEST:
            value -= points[k - LONGEST] * oldest * _BASE
        if k >= LONGEST - 1:
            windows[k - LONGEST + 1] = _mixed(value)
    exact = _find_firsts(windows, scratch.table, scratch.firsts, scratch.times)
    if exact >= least:
        repeated[TOP_WINDOW] += min(exact * LONGEST, size)
