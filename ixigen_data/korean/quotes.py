"""Quotation marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.edits import Edit
from ixigen_data.core.steps import Formatter
from ixigen_data.core.substitution import Substitution

if TYPE_CHECKING:
    import pyarrow as pa

_TYPED = {"\u00b4": "'", "\uff02": '"'}  # for want of a mark on the keyboard
_SUBSTITUTIONS = {
    "keep": Substitution(_TYPED),
    "ascii": Substitution(_TYPED | {"“": '"', "”": '"', "‘": "'", "’": "'"}),
}


class Quotes(Formatter):
    """Makes ´ and ＂ plain, and with `style: ascii`, for transcripts, curly quotation marks too (KOREAN N12)."""

    ID: ClassVar[str] = "N12"

    rule: Literal["quotes"] = "quotes"
    style: Literal["keep", "ascii"] = "keep"

    @property
    def triggers(self) -> str:
        """Return the quotation marks that change."""
        return _SUBSTITUTIONS[self.style].triggers

    def format(self, text: str) -> str:
        """Return the text with its quotation marks of one style.

        >>> Quotes(style="ascii").format("“네” ‘예’ 아´")
        '"네" \\'예\\' 아\\''
        """
        return _SUBSTITUTIONS[self.style].format(text)

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the quotation marks that change."""
        return list(_SUBSTITUTIONS[self.style].edits(text))

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return _SUBSTITUTIONS[self.style].apply(text)
