"""Half-width jamo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.by_line import edit_words
from ixigen_data.core.code_points import members
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.automaton import composed

if TYPE_CHECKING:
    import pyarrow as pa

_CONSONANTS = "\uffa1-\uffbe"
_VOWELS = "\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7\uffda-\uffdc"
_RUN = re.compile(f"[{_CONSONANTS}{_VOWELS}]+")
_WIDE = dict(zip(members(_CONSONANTS + _VOWELS), members("ㄱ-ㅎㅏ-ㅣ"), strict=True))


class HalfWidthJamo(Formatter):
    """Makes half-width jamo compatibility jamo, and runs of them the syllables that they spell (KOREAN N6).

    NFKC and ftfy make onsets of all consonants, so that no syllable gets its coda.
    """

    ID: ClassVar[str] = "N6"
    TRIGGERS: ClassVar[str] = _CONSONANTS + _VOWELS

    rule: Literal["half_width_jamo"] = "half_width_jamo"

    def format(self, text: str) -> str:
        r"""Return the text without half-width jamo.

        >>> HalfWidthJamo().format("\uffbe\uffc2\uffa4 \uffbb\uffbb")
        '한 ㅋㅋ'
        """
        return _RUN.sub(lambda run: composed(run[0].translate(_WIDE)), text)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return edit_words(text, self.TRIGGERS, self.format)
