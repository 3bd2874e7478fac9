"""The process that mends spaces: the one place that knows kiwipiepy."""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from ixigen_data.core.answering import serve

CPU_SECONDS = 30
MEMORY_BYTES = 3 * 2**30
PIECE_CHARS = 10_000  # the analyser slows down on longer text

_LEAST_EOJEOL = 6  # syllables; shorter ones are words, and where they are not, nobody is misled
# Particles, endings that close a word, adverbs, determiners, interjections; then what begins a word.
_LAST = ("J", "EC", "ETM", "EF", "ETN", "MAG", "MAJ", "MM", "IC")
_FIRST = ("N", "V", "M", "XPN", "XR", "IC", "SL", "SH", "SN")
_NEVER_FIRST = ("VX", "VCP")
# Words torn into syllables: five in a row, or three that are most of a line.
_TORN = re.compile(r"(?<!\S)[가-힣](?: [가-힣]){2,}(?!\S)")
_TORN_ANYWHERE, _TORN_SHARE = 5, 0.8


class Token(Protocol):
    """A morpheme of kiwipiepy, as far as spaces go; places count code points."""

    tag: str
    start: int
    end: int


def main() -> None:
    """Mend lines until the input ends."""
    from kiwipiepy import Kiwi  # noqa: PLC0415 - whoever imports the rest needs none of it

    kiwi = Kiwi(num_workers=1)

    def joined(words: str) -> str:
        return str(kiwi.space(words, reset_whitespace=True))

    serve(lambda line: spaced(rejoined(line, joined), kiwi.tokenize), CPU_SECONDS, MEMORY_BYTES)


def rejoined(line: str, joined: Callable[[str], str]) -> str:
    """Return the line with words put together again that were torn into syllables."""
    words = len(line.split())
    return _TORN.sub(lambda torn: joined(torn[0]) if _is_torn((len(torn[0]) + 1) // 2, words) else torn[0], line)


def has_torn_words(line: str) -> bool:
    """Return whether `rejoined` would put words together."""
    torn = [(len(torn[0]) + 1) // 2 for torn in _TORN.finditer(line)]
    return bool(torn) and _is_torn(max(torn), len(line.split()))


def _is_torn(syllables: int, words: int) -> bool:
    return syllables >= _TORN_ANYWHERE or syllables >= max(3, _TORN_SHARE * words)


def spaced(line: str, tokenize: Callable[[str], Sequence[Token]]) -> str:
    """Return the line with spaces where one certainly ends and another begins within a long eojeol."""
    places = [
        after.start
        for before, after in itertools.pairwise(tokenize(line))
        if before.end == after.start and _divides(before.tag, after.tag)
    ]
    places = [place for place in places if _length_around(line, place) >= _LEAST_EOJEOL]
    pieces = [line[start:stop] for start, stop in zip([0, *places], [*places, len(line)], strict=True)]
    return " ".join(pieces)


def _divides(last: str, first: str) -> bool:
    """Return whether a word ends with one tag and the next begins with the other (KOREAN S7)."""
    if not last.startswith(_LAST) or not first.startswith(_FIRST) or first.startswith(_NEVER_FIRST):
        return False
    return last != "MM" or first in ("NNG", "NNP")


def _length_around(line: str, place: int) -> int:
    """Return the length of the eojeol around a place, as far as it matters."""
    start, stop = place, place
    while start > 0 and place - start < _LEAST_EOJEOL and not line[start - 1].isspace():
        start -= 1
    while stop < len(line) and stop - place < _LEAST_EOJEOL and not line[stop].isspace():
        stop += 1
    return stop - start
