"""Conjoining jamo that make no syllable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.by_line import edit_words
from ixigen_data.core.code_points import CONJOINING_JAMO, FILLERS, members
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.automaton import CODAS, ONSETS, VOWELS

if TYPE_CHECKING:
    import pyarrow as pa

_TONE_MARKS = "\u302e\u302f"
_CLUSTER = re.compile(f"[{CONJOINING_JAMO}{FILLERS}{_TONE_MARKS}]+")
_MODERN = "\u1100-\u1112\u1161-\u1175\u11a8-\u11c2"
_OLD = re.compile(f"[^{_MODERN}{FILLERS}{_TONE_MARKS}]")
# A filler stands for the onset or the vowel that a lone jamo lacks, and compatibility jamo lack none.
_COMPATIBILITY = dict(zip(members(_MODERN), ONSETS + VOWELS + CODAS, strict=True)) | dict.fromkeys(members(FILLERS), "")


class ConjoiningJamo(Formatter):
    """Makes modern conjoining jamo that stand alone compatibility jamo; clusters of old Hangul stay (KOREAN N8).

    It comes after N7, which composes those that make a syllable. Fillers beside such jamo go with them: N5 keeps a
    filler only beside conjoining jamo, and would delete it in a second run.
    """

    ID: ClassVar[str] = "N8"
    TRIGGERS: ClassVar[str] = CONJOINING_JAMO + FILLERS

    rule: Literal["conjoining_jamo"] = "conjoining_jamo"

    def format(self, text: str) -> str:
        r"""Return the text with conjoining jamo in old Hangul only.

        >>> ConjoiningJamo().format("\uac00\u1100 \u1112\u119e\u11ab") == "\uac00\u3131 \u1112\u119e\u11ab"
        True
        """
        return _CLUSTER.sub(_without_modern, text)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return edit_words(text, self.TRIGGERS, self.format)


def _without_modern(cluster: re.Match[str]) -> str:
    return cluster[0] if _OLD.search(cluster[0]) else cluster[0].translate(_COMPATIBILITY)
