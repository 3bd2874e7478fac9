"""Unusual spaces and Hangul fillers."""

import re
import unicodedata
from typing import ClassVar, Literal

from ixigen_data.clean.codepoints import CONJOINING_JAMO, FILLERS, SPACES, members
from ixigen_data.clean.scan_kernel import SPACE
from ixigen_data.core.steps import Formatter

_SPACES = "".join(map(chr, members(SPACES)))
_FILLERS = re.compile(f"([{FILLERS}]+)")
_JAMO = re.compile(f"[{CONJOINING_JAMO}]")


class Spaces(Formatter):
    """Makes every space U+0020, and deletes Hangul fillers that hold no place beside conjoining jamo (KOREAN N5)."""

    CLASSES: ClassVar[int] = SPACE

    rule: Literal["spaces"] = "spaces"

    def format(self, text: str) -> str:
        r"""Return the text with plain spaces.

        >>> Spaces().format("가\u3164나\u00a0다\u1160")
        '가 나 다'
        """
        for space in _SPACES:  # fifteen searches for one character each are faster than one for a class of fifteen
            text = text.replace(space, " ")
        if not any(filler in text for filler in FILLERS):
            return text
        pieces = _FILLERS.split(text)
        for i in range(1, len(pieces), 2):
            if not _holds_a_place(pieces[i - 1], pieces[i + 1]):
                pieces[i] = ""
        return "".join(pieces)


def _holds_a_place(before: str, after: str) -> bool:
    """Return whether conjoining jamo stand next to a filler; jamo that NFC composes into a syllable do not count.

    A syllable is three code points at most, so that many on each side decide.
    """
    left = unicodedata.normalize("NFC", before[-3:])
    right = unicodedata.normalize("NFC", after[:3])
    return bool(_JAMO.match(left[-1:]) or _JAMO.match(right))
