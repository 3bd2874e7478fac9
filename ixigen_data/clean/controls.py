"""Control characters and line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.code_points import CONTROLS, LINE_ENDS, members
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter
from ixigen_data.core.substitution import Substitution

if TYPE_CHECKING:
    import pyarrow as pa

_EDITED = re.compile(f"\r\n|[{LINE_ENDS}]|[{CONTROLS}]+")
_LINE_ENDS = frozenset(map(chr, members(LINE_ENDS)))
_SUBSTITUTION = Substitution(
    dict.fromkeys(map(chr, members(CONTROLS)), "") | dict.fromkeys(_LINE_ENDS, "\n") | {"\u2029": "\n\n"}
)


class Controls(Formatter):
    r"""Deletes control characters but \t and \n, and makes every line end \n, a paragraph separator two (KOREAN N3)."""

    CODE_SAFE: ClassVar[bool] = True
    ID: ClassVar[str] = "N3"
    TRIGGERS: ClassVar[str] = CONTROLS + LINE_ENDS

    rule: Literal["controls"] = "controls"

    def format(self, text: str) -> str:
        r"""Return the text with \n as its only line end.

        >>> Controls().format("a\r\nb\x0cc\x00")
        'a\nb\nc'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield line ends and runs of controls, in order."""
        for match in _EDITED.finditer(text):
            after = "\n\n" if match[0] == "\u2029" else "\n" if match[0][0] in _LINE_ENDS else ""
            yield Edit(match.start(), match[0], after)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        import pyarrow.compute as pc  # noqa: PLC0415 - start-up: recipes are read without Arrow

        return _SUBSTITUTION.apply(pc.replace_substring(text, "\r\n", "\n"))
