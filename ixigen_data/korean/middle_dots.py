"""Middle dots."""

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

_ARAEA = "\u318d"  # a jamo, and on old keyboards the nearest thing to a middle dot
_JAMO = "ㄱ-ㅣㅥ-ㆌㆎ"  # of compatibility, without the filler and the araea itself
_KANA = "ぁ-ゖ゛-ゟァ-ヺー-ヿㇰ-ㇿｦ-ﾟ"
_DOTS = Substitution(
    dict.fromkeys(["‧", "∙", "⋅", _ARAEA, "・", "･"], "·"), unless_beside={_ARAEA: _JAMO, "・": _KANA, "･": _KANA}
)
_RUNS = Runs(Run(f"·{_ARAEA}", 3, "…", mixed=True))
_STRETCH = re.compile(f"[·{_DOTS.triggers}]+")


class MiddleDots(Formatter):
    """Makes every middle dot U+00B7, and three or more of them an ellipsis (KOREAN N10).

    The araea stays beside jamo, as in ㅎㆍㄴ, and the Japanese dot beside kana. A bullet, •, is no middle dot.
    """

    ID: ClassVar[str] = "N10"
    TRIGGERS: ClassVar[str] = _DOTS.triggers
    SHAPES: ClassVar[int] = RUN

    rule: Literal["middle_dots"] = "middle_dots"

    def format(self, text: str) -> str:
        """Return the text with one kind of middle dot.

        >>> MiddleDots().format("4ㆍ15, 경‧중, ㅎㆍㄴ")
        '4·15, 경·중, ㅎㆍㄴ'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the stretches of dots that change; what stands beside a stretch decides with it."""
        edits = []
        for match in _STRETCH.finditer(text):
            first, last = match.span()
            before, after = text[max(first - 1, 0) : first], text[last : last + 1]
            edited = _RUNS.format(_DOTS.format(before + match[0] + after))
            edits.append(Edit(first, match[0], edited[len(before) : len(edited) - len(after)]))
        return [edit for edit in edits if edit.before != edit.after]

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return _RUNS.apply(_DOTS.apply(text))
