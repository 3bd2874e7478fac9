"""Ellipses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import RUN, Formatter
from ixigen_data.core.substitution import Substitution
from ixigen_data.korean.runs import Run, Runs

if TYPE_CHECKING:
    import pyarrow as pa

# One after the other: what is made of ‥ and 。。。 may stand in a row.
_FORMS = Substitution({"‥": "…"})
_STOPS = Runs(Run("。", 3, "…"), Run(".", 4, 3))
_RUNS = Runs(Run("…", 2, 1))
_STRETCH = re.compile("[….‥。]{2,}|‥")


class Ellipses(Formatter):
    """Makes one ellipsis of several, of other forms, and three dots of more than three (KOREAN N11)."""

    ID: ClassVar[str] = "N11"
    TRIGGERS: ClassVar[str] = "…‥"
    SHAPES: ClassVar[int] = RUN

    rule: Literal["ellipses"] = "ellipses"

    def format(self, text: str) -> str:
        """Return the text with single ellipses.

        >>> Ellipses().format("글쎄…… 음..... 네。。。")
        '글쎄… 음... 네…'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the stretches of dots that change, in order."""
        stretches = [Edit(match.start(), match[0], _shortened(match[0])) for match in _STRETCH.finditer(text)]
        return [edit for edit in stretches if edit.before != edit.after]

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return _RUNS.apply(_STOPS.apply(_FORMS.apply(text)))


def _shortened(stretch: str) -> str:
    return _RUNS.format(_STOPS.format(_FORMS.format(stretch)))
