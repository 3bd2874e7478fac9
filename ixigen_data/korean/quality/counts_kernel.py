"""One look at the UTF-8 bytes of a batch: code points, eojeols and lines of Korean prose, counted."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import code_point

# Kinds of code points: the first columns of the counts, and the lowest three bits of a class.
WHITE, HANGUL, JAMO, LATIN, DIGIT, LETTER, MARK = 0, 1, 2, 3, 4, 5, 6
# What a class tells besides.
RARE, INNER, CLOSING, BULLET = 1 << 3, 1 << 4, 1 << 5, 1 << 6
SUFFIX_SHIFT = 7  # the number of a suffix, from 1, stands above

NUM_COUNTS = 23
SHORT_LINE = 20
_RARE, _TOP_SYLLABLE, _EOJEOLS, _LETTERED, _HANGUL_STARTS, _INNER_STARTS = 7, 8, 9, 10, 11, 12
_HANGUL_ENDS, _SUFFIXED, _SUFFIXES, _SYMBOLS, _LINE_ENDS = 13, 14, 15, 16, 17
_LINES, _CLOSED_LINES, _BULLETS, _ELLIPSES, _OPEN_SHORT_LINES = 18, 19, 20, 21, 22

_LETTERS = 1 << HANGUL | 1 << JAMO | 1 << LATIN | 1 << LETTER
_FIRST_SYLLABLE, _NUM_SYLLABLES = 0xAC00, 11172
_ELLIPSIS = 0x2026


@kernel
def count(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint16],
    least_eojeols: int,
    counts: npt.NDArray[np.int64],
) -> None:
    """Fill `counts`.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        classes: (65,536,) the class of each code point; beyond them, all are letters but emoji.
        least_eojeols: a text of fewer is not looked at: its row stays 0.
        counts: (documents, NUM_COUNTS) zeros, filled; `Counted` names the columns.
    """
    seen = np.zeros(_NUM_SYLLABLES, np.int64)  # times by syllable, from `floor` on: so it is never cleared
    floor = np.int64(0)
    for row in range(len(offsets) - 1):
        text = data[offsets[row] : offsets[row + 1]]
        if most_eojeols(text) >= least_eojeols:
            _count_one(text, classes, seen, floor, counts[row])
            floor += counts[row, HANGUL]


@kernel
def most_eojeols(text: npt.NDArray[np.uint8]) -> int:
    """Return a number that a text has no more eojeols than; without branches, at a tenth of the cost of counting."""
    white = 0
    for i in range(len(text)):
        white += (text[i] == 32) | (text[i] == 10) | (text[i] == 9)
    return white + 1


@kernel
def _count_one(
    text: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint16],
    seen: npt.NDArray[np.int64],
    floor: np.int64,
    counts: npt.NDArray[np.int64],
) -> None:
    i, stop = np.uint64(0), np.uint64(len(text))
    rare, top, symbols = 0, floor, 0
    kinds, tail = np.int64(0), np.int64(MARK)  # of this eojeol: bit mask of kinds, class of the last but marks
    dots, elliptic = 0, False  # full stops in a row; whether what came last is an ellipsis
    line_ink, last = 0, np.int64(0)  # of this line: code points, class of the last
    while i < stop:
        point, width = code_point(text, i)
        i += width
        found = np.int64(MARK if 0x1F000 <= point < 0x20000 else LETTER)
        if point < 0x10000:
            found = np.int64(classes[point])
        kind = found & 7
        counts[kind] += 1
        if kind == WHITE:
            if kinds:
                _close_eojeol(kinds, tail, counts)
                kinds, tail = np.int64(0), np.int64(MARK)
            if point == 10:
                _close_line(line_ink, last, elliptic, counts)
                line_ink = 0
                counts[_LINE_ENDS] += 1
            continue
        if kind == HANGUL:
            times = max(seen[point - _FIRST_SYLLABLE], floor) + 1
            seen[point - _FIRST_SYLLABLE] = times
            top = max(top, times)
            rare += (found & RARE) != 0
        if kinds == 0:
            dots = 0
            counts[_HANGUL_STARTS] += kind == HANGUL
            counts[_INNER_STARTS] += (found & INNER) != 0
            counts[_BULLETS] += (line_ink == 0) & ((found & BULLET) != 0)
        if kind == MARK:
            dots = dots + 1 if point == 46 else 0
            elliptic = (point == _ELLIPSIS) | (dots >= 3)
            symbols += (point == 35) | (point == _ELLIPSIS) | ((point == 46) & (dots > 0) & (dots % 3 == 0))
        else:
            tail = found
            dots = 0
            elliptic = False
        kinds |= 1 << kind
        line_ink += 1
        last = found
    if kinds:
        _close_eojeol(kinds, tail, counts)
    _close_line(line_ink, last, elliptic, counts)
    counts[_RARE], counts[_TOP_SYLLABLE], counts[_SYMBOLS] = rare, top - floor, symbols


@kernel
def _close_eojeol(kinds: np.int64, tail: np.int64, counts: npt.NDArray[np.int64]) -> None:
    counts[_EOJEOLS] += 1
    counts[_LETTERED] += (kinds & _LETTERS) != 0
    if (tail & 7) == HANGUL:
        suffix = tail >> SUFFIX_SHIFT
        counts[_HANGUL_ENDS] += 1
        counts[_SUFFIXED] += suffix != 0
        counts[_SUFFIXES] |= (np.int64(1) << suffix) & ~np.int64(1)


@kernel
def _close_line(ink: int, last: np.int64, elliptic: bool, counts: npt.NDArray[np.int64]) -> None:
    if ink:
        closed = (last & CLOSING) != 0
        counts[_LINES] += 1
        counts[_CLOSED_LINES] += closed
        counts[_ELLIPSES] += elliptic
        counts[_OPEN_SHORT_LINES] += (not closed) & (ink <= SHORT_LINE)
