"""Personal data found in a whole column: a kernel tells where it could be, detectors look there alone."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.privacy import numbers_kernel, syllables_kernel
from ixigen_data.privacy.candidates_kernel import GAP_BYTES, find_candidates
from ixigen_data.privacy.detect import DETECTORS, resolved
from ixigen_data.privacy.detector import CONTEXT_CHARS, MATCH_CHARS, Found
from ixigen_data.privacy.labels import KINDS, Kind
from ixigen_data.privacy.name import SURNAMES
from ixigen_data.privacy.spoken_digits import SYLLABLES

if TYPE_CHECKING:
    import pyarrow as pa

_SHAPES: Final[dict[Kind, int]] = {
    "rrn": numbers_kernel.REGISTRATION,
    "frn": numbers_kernel.REGISTRATION,
    "corp": numbers_kernel.REGISTRATION,
    "card": numbers_kernel.CARD,
    "phone": numbers_kernel.PHONE,
    "rep": numbers_kernel.REP,
    "brn": numbers_kernel.BRN,
    "driver": numbers_kernel.DRIVER,
    "passport": numbers_kernel.PASSPORT,
    "email": numbers_kernel.EMAIL,
    "ip": numbers_kernel.IP,
    "rrn_masked": numbers_kernel.MASKED,
    "vehicle": numbers_kernel.VEHICLE,
    "address": numbers_kernel.ADDRESS,
    "spoken_digits": numbers_kernel.SPOKEN,
    "name": numbers_kernel.NAME,
    "account": numbers_kernel.ACCOUNT,
}
_SLACK_CHARS = 4  # a match may begin before its digits: "(02", "서울 12가", "M123…"
_MOST_BYTES = 4  # of a character
_CLASSES: Final = (
    (syllables_kernel.DIGIT, SYLLABLES),
    (syllables_kernel.PAUSE, "에의다시국"),
    (syllables_kernel.TITLE, "님씨담"),
    (syllables_kernel.LABEL_FIRST, "성이금객자취는"),
    (syllables_kernel.LABEL_LAST, "함름명주인분"),
    (syllables_kernel.PLATE, "가나다라마거너더러머버서어저고노모도보소오조구누두루무부수우주바사아자하허호배"),
    (syllables_kernel.SURNAME, SURNAMES),
    (syllables_kernel.BESIDE, "은는이"),
)


class Located(NamedTuple):
    """One value of personal data in the bytes of a column."""

    kind: Kind
    start: int
    stop: int


def find_all(text: pa.LargeStringArray, kinds: Collection[Kind]) -> Iterator[tuple[int, list[Located]]]:
    """Yield the rows that hold personal data of some kinds, in order, with what `find` finds in their texts."""
    data, offsets = text_buffers(text)
    chosen = [kind for kind in KINDS if kind in kinds]
    stretches = _stretches(data, offsets, chosen).tolist()
    for row, of_row in groupby(stretches, key=lambda stretch: int(stretch[0])):
        window = _Windows(data, int(offsets[row]), int(offsets[row + 1]))
        located = [each for _, start, stop, shapes in of_row for each in window.found(start, stop, shapes, chosen)]
        if located:
            kept = resolved(Found(*each) for each in set(located))
            yield row, [Located(*each) for each in kept]


class _Windows:
    """The text of one document around its candidates."""

    def __init__(self, data: npt.NDArray[np.uint8], start: int, stop: int) -> None:
        """`data[start:stop]` is the document."""
        self._view = data.data
        self._start = start
        self._stop = stop

    def found(self, start: int, stop: int, shapes: int, kinds: Sequence[Kind]) -> Iterator[Located]:
        """Yield the values whose matches begin in a stretch, and have one of its shapes."""
        first = max(self._start, start - _MOST_BYTES * (CONTEXT_CHARS + _SLACK_CHARS))
        last = min(self._stop, stop + _MOST_BYTES * (CONTEXT_CHARS + MATCH_CHARS))
        before = self._text(first, start)
        inside = str(self._view[start:stop], "utf-8")
        text = before + inside + self._text(stop, last)
        begin, end = max(0, len(before) - _SLACK_CHARS), len(before) + len(inside)
        places = _Places(text, start - len(before.encode()))
        for kind in kinds:
            if _SHAPES[kind] & shapes:
                for one, other in DETECTORS[kind].spans(text, begin, end):
                    yield Located(kind, places.of(one), places.of(other))

    def _text(self, start: int, stop: int) -> str:
        """Return the whole characters between two places of the document."""
        return str(self._view[start:stop], "utf-8", "ignore")


class _Places:
    """Where the characters of a text stand in the data; told one after the other, all take one look at the text."""

    def __init__(self, text: str, start: int) -> None:
        """`start`: the first byte of the text."""
        self._text = text
        self._char = 0
        self._byte = start

    def of(self, char: int) -> int:
        """Return the first byte of a character."""
        step = len(self._text[min(char, self._char) : max(char, self._char)].encode())
        self._byte += step if char >= self._char else -step
        self._char = char
        return self._byte


def _stretches(data: npt.NDArray[np.uint8], offsets: Int64s, kinds: Sequence[Kind]) -> Int64s:
    """Return (stretches, 4): row, first byte, last byte + 1, and shapes, of what could be personal data."""
    room = int(offsets[-1] - offsets[0]) // GAP_BYTES + len(offsets)
    stretches = np.empty((room, 4), np.int64)
    wanted = functools.reduce(int.__or__, (_SHAPES[kind] for kind in kinds), 0)
    found = find_candidates(data, offsets, _syllables(), np.int64(wanted), stretches)
    return stretches[:found]


@functools.cache
def _syllables() -> npt.NDArray[np.uint8]:
    """Return (11,172,) the classes of Hangul syllables."""
    classes = np.zeros(0xD7A4 - 0xAC00, np.uint8)
    for bit, syllables in _CLASSES:
        for syllable in syllables:
            classes[ord(syllable) - 0xAC00] |= bit
    return classes
