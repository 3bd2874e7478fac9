"""Wide ASCII, and symbols of several forms."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.code_points import FULL_WIDTH_ASCII, as_set, members
from ixigen_data.core.edits import Edit
from ixigen_data.core.steps import Formatter
from ixigen_data.core.substitution import Substitution

if TYPE_CHECKING:
    import pyarrow as pa

_NARROW = {chr(point): chr(point - 0xFEE0) for point in members(FULL_WIDTH_ASCII)}
_ONE_FORM = {"￦": "₩", "㈜": "(주)", "№": "No.", "\u2010": "-", "\u2011": "-", "\u2212": "-", "∼": "~", "〜": "~"}


class Symbols(Formatter):
    """Makes wide ASCII narrow, and gives some symbols one form; ① ㎡ ½ – 「」 and the like stay (KOREAN N9).

    What stands beside a combining mark stays wide: narrow, it would compose, and the text would not be NFC any more.
    """

    ID: ClassVar[str] = "N9"
    TRIGGERS: ClassVar[str] = as_set(map(ord, _NARROW | _ONE_FORM))

    rule: Literal["symbols"] = "symbols"

    def format(self, text: str) -> str:
        """Return the text with narrow ASCII.

        >>> Symbols().format("㈜ＫＴ １００％ ∼ ①")
        '(주)KT 100% ~ ①'
        """
        return _substitution().format(text)

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the symbols that change, in order."""
        return list(_substitution().edits(text))

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return _substitution().apply(text)


@functools.cache
def _substitution() -> Substitution:
    marks = as_set(point for point in range(0x20000) if unicodedata.combining(chr(point)))
    return Substitution(_NARROW | _ONE_FORM, unless_beside=dict.fromkeys(_NARROW, marks))
