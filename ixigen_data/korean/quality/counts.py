"""What the Korean quality rules count in a text, in eojeols and lines: the classes of code points, and the columns.

An eojeol is what stands between white space; white space is a space, a tab or a line end, as the normalizer leaves it.
Lines of white space alone are not counted.
"""

from __future__ import annotations

import functools
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ixigen_data.core.code_points import COMPATIBILITY_JAMO, HANGUL_SYLLABLES, members
from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.korean.quality.counts_kernel import (
    BULLET,
    CLOSING,
    DIGIT,
    HANGUL,
    INNER,
    JAMO,
    LATIN,
    LETTER,
    MARK,
    NUM_COUNTS,
    RARE,
    SHORT_LINE,
    SUFFIX_SHIFT,
    WHITE,
    count,
)

if TYPE_CHECKING:
    import pyarrow as pa

# Punctuation, symbols and private use: neither letters nor digits. Ranges, not unicodedata: the same in every Python.
_MARKS = (
    "!-/:-@[-`{-~\x00-\x08\x0b-\x1f\x7f-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf×÷\u02c2-\u02df\u2000-\u2bff\u2e00-\u2e7f"
    "\u2ff0-\u3004\u3007-\u3020\u3030\u3036\u3037\u303d-\u303f\u3190-\u319f\u3200-\u33ff\ue000-\uf8ff\ufe10-\ufe6f"
    "\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff"
)
_CLOSING_MARKS = ".?!\"')]:;~…。”’」』》〉】>"
_CLOSING_SYLLABLES = "다요죠까"  # a sentence without its full stop
_BULLETS = "-*•●○◦■□◆◇▶▷►‣※∙"

# Last syllables of particles and endings; most eojeols of Korean prose have one of them.
SUFFIXES = "은는이가을를의에로다서고도며면과와지요한"
# Syllables that end words or stand within them but begin none, or few (initial-sound law): every 200th eojeol at most
# of any corpus begins with one. Not 을: contracts and judgments call a party so.
INNER_SYLLABLES = "는를으려었았겠렇떻르른름련령립랑량률론림략냐린션"


class Counted(IntEnum):
    """The columns, one row a document; those of code points come first, as the kernel's classes are numbered."""

    WHITE = WHITE
    HANGUL = HANGUL
    JAMO = JAMO  # compatibility jamo, such as ㅋ
    LATIN = LATIN  # ASCII letters
    DIGITS = DIGIT
    LETTERS = LETTER  # of other scripts
    MARKS = MARK
    RARE = 7  # syllables that KS X 1001 lacks: 8,822 of 11,172
    TOP_SYLLABLE = 8  # how often the most frequent syllable stands there
    EOJEOLS = 9
    LETTERED = 10  # eojeols with a letter of any script
    HANGUL_STARTS = 11  # eojeols that begin with a syllable
    INNER_STARTS = 12  # eojeols that begin with one of INNER_SYLLABLES
    HANGUL_ENDS = 13  # eojeols whose last code point, marks apart, is a syllable
    SUFFIXED = 14  # eojeols whose last code point, marks apart, is one of SUFFIXES
    SUFFIXES = 15  # bit mask of the SUFFIXES seen
    SYMBOLS = 16  # "#", "…" and "..."
    LINE_ENDS = 17
    LINES = 18
    CLOSED_LINES = 19  # that end as a sentence or a heading may
    BULLETS = 20  # lines that begin with a bullet
    ELLIPSES = 21  # lines that end with "…" or "..."
    OPEN_SHORT_LINES = 22  # of at most SHORT_LINE code points without white space, not closed


assert len(Counted) == NUM_COUNTS


def counts_all(text: pa.LargeStringArray, least_eojeols: int = 0) -> Int64s:
    """Return (documents, NUM_COUNTS) counts; of documents that have fewer eojeols, maybe zeros."""
    data, offsets = text_buffers(text)
    counts = np.zeros((len(text), NUM_COUNTS), np.int64)
    count(data, offsets, _classes(), least_eojeols, counts)
    return counts


def counts_of(text: str) -> Int64s:
    """Return the counts of one text, (NUM_COUNTS,): what the kernel counts, told in plain Python."""
    classes = _classes()
    kinds = [int(classes[min(ord(character), 0xFFFF)]) for character in text]
    kinds = [
        _astral(character) if ord(character) > 0xFFFF else kind for character, kind in zip(text, kinds, strict=True)
    ]
    counts = np.zeros(NUM_COUNTS, np.int64)
    for kind in kinds:
        counts[kind & 7] += 1
    syllables = [character for character in text if "가" <= character <= "힣"]
    counts[Counted.RARE] = sum(kind & RARE != 0 for kind in kinds)
    counts[Counted.TOP_SYLLABLE] = max(map(syllables.count, set(syllables)), default=0)
    counts[Counted.LINE_ENDS] = text.count("\n")
    for line in text.split("\n"):
        _count_line(line, counts)
    return counts


def _count_line(line: str, counts: Int64s) -> None:
    eojeols = line.replace("\t", " ").split(" ")
    for eojeol in filter(None, eojeols):
        _count_eojeol(eojeol, counts)
    ink = "".join(eojeols)
    if not ink:
        return
    closed = _class(ink[-1]) & CLOSING != 0
    counts[Counted.LINES] += 1
    counts[Counted.CLOSED_LINES] += closed
    counts[Counted.BULLETS] += _class(ink[0]) & BULLET != 0
    counts[Counted.ELLIPSES] += line.rstrip(" \t").endswith(("…", "..."))
    counts[Counted.OPEN_SHORT_LINES] += not closed and len(ink) <= SHORT_LINE


def _count_eojeol(eojeol: str, counts: Int64s) -> None:
    kinds = list(map(_class, eojeol))
    unmarked = [kind for kind in kinds if kind & 7 != MARK]
    counts[Counted.EOJEOLS] += 1
    counts[Counted.LETTERED] += any(kind & 7 != DIGIT for kind in unmarked)
    counts[Counted.HANGUL_STARTS] += kinds[0] & 7 == HANGUL
    counts[Counted.INNER_STARTS] += kinds[0] & INNER != 0
    counts[Counted.SYMBOLS] += eojeol.count("#") + eojeol.count("…") + eojeol.count("...")
    if unmarked and unmarked[-1] & 7 == HANGUL:
        counts[Counted.HANGUL_ENDS] += 1
        if suffix := unmarked[-1] >> SUFFIX_SHIFT:
            counts[Counted.SUFFIXED] += 1
            counts[Counted.SUFFIXES] |= 1 << suffix


def _class(character: str) -> int:
    return _astral(character) if ord(character) > 0xFFFF else int(_classes()[ord(character)])


def _astral(character: str) -> int:
    return MARK if 0x1F000 <= ord(character) < 0x20000 else LETTER


@functools.cache
def _classes() -> npt.NDArray[np.uint16]:
    """Return the class of every code point of the basic plane: its kind in the lowest three bits, then properties."""
    classes = np.full(0x10000, LETTER, np.uint16)
    kinds: list[tuple[str, int]] = [
        (_MARKS, MARK),
        ("0-9０-９", DIGIT),
        ("a-zA-Z", LATIN),
        (COMPATIBILITY_JAMO, JAMO),
        (HANGUL_SYLLABLES, HANGUL),
        (" \t\n", WHITE),
    ]
    for characters, kind in kinds:
        classes[members(characters)] = kind
    classes[_rare()] |= RARE
    for each, bit in (
        (INNER_SYLLABLES, INNER),
        (_CLOSING_MARKS + _CLOSING_SYLLABLES, CLOSING),
        (_BULLETS, BULLET),
    ):
        classes[list(map(ord, each))] |= bit
    for number, syllable in enumerate(SUFFIXES, 1):
        classes[ord(syllable)] |= number << SUFFIX_SHIFT
    return classes


def _rare() -> list[int]:
    """Return the syllables that are not among the 2,350 of KS X 1001."""
    return [point for point in members(HANGUL_SYLLABLES) if not _encodes(chr(point))]


def _encodes(syllable: str) -> bool:
    try:
        return len(syllable.encode("euc_kr")) == 2  # the others become eight bytes of jamo
    except UnicodeEncodeError:
        return False
