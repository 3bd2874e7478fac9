"""Unusual spaces and Hangul fillers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.by_line import edit_words
from ixigen_data.core.code_points import CONJOINING_JAMO, FILLERS, SPACES, members
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter
from ixigen_data.core.substitution import Substitution

if TYPE_CHECKING:
    import pyarrow as pa

_SUBSTITUTION = Substitution({chr(point): " " for point in members(SPACES)})
_SPACE_OR_FILLERS = re.compile(f"[{SPACES}]|[{FILLERS}]+")
_JAMO = re.compile(f"[{CONJOINING_JAMO}]")


class Spaces(Formatter):
    """Makes every space U+0020, and deletes Hangul fillers that hold no place beside conjoining jamo (KOREAN N5)."""

    ID: ClassVar[str] = "N5"
    TRIGGERS: ClassVar[str] = SPACES + FILLERS

    rule: Literal["spaces"] = "spaces"

    def format(self, text: str) -> str:
        r"""Return the text with plain spaces.

        >>> Spaces().format("가\u3164나\u00a0다\u1160")
        '가 나 다'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield spaces one by one, and runs of fillers."""
        for match in _SPACE_OR_FILLERS.finditer(text):
            start, stop = match.span()
            if match[0][0] not in FILLERS:
                yield Edit(start, match[0], " ")
            elif not _holds_a_place(text[max(0, start - 3) : start], text[stop : stop + 3]):
                yield Edit(start, match[0], "")

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return edit_words(_SUBSTITUTION.apply(text), FILLERS, self.format)


def _holds_a_place(before: str, after: str) -> bool:
    """Return whether conjoining jamo stand next to a filler; jamo that NFC composes into a syllable do not count.

    A syllable is three code points at most, so that many on each side are enough to look at.
    """
    left, right = unicodedata.normalize("NFC", before), unicodedata.normalize("NFC", after)
    return bool(_JAMO.match(left[-1:]) or _JAMO.match(right))
