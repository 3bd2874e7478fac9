"""White space."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ixigen_data.clean.whitespace_kernel import collapse
from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import WHITESPACE, Formatter

if TYPE_CHECKING:
    import pyarrow as pa

_RUN = re.compile(r"[ \t\n]+")


class Whitespace(Formatter):
    """One space for a run of spaces and tabs, none at the edges of lines, one empty line for several (KOREAN N15).

    With `indent: keep` the spaces and tabs that begin a line stay: for Markdown and other prose that holds code.
    """

    ID: ClassVar[str] = "N15"
    SHAPES: ClassVar[int] = WHITESPACE

    rule: Literal["whitespace"] = "whitespace"
    indent: Literal["strip", "keep"] = "strip"

    def format(self, text: str) -> str:
        r"""Return the text with its white space collapsed.

        >>> Whitespace().format(" a\t b \n\n\n  c")
        'a b\n\nc'
        >>> Whitespace(indent="keep").format("a\t b \n\n\n  c")
        'a b\n\n  c'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield the runs of white space that change, in order."""
        for match in _RUN.finditer(text):
            start, stop = match.span()
            lines = match[0].split("\n")
            indent = lines[-1] if self.indent == "keep" and (start == 0 or len(lines) > 1) else ""
            if stop == len(text):
                after = ""
            elif start == 0:
                after = indent
            else:
                after = "\n" * min(len(lines) - 1, 2) + indent or " "
            if after != match[0]:
                yield Edit(start, match[0], after)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text; ten times as fast, for most documents of some corpora need it."""
        data, offsets = text_buffers(text)
        edited = np.empty(offsets[-1] - offsets[0], np.uint8)
        edited_offsets = np.empty(len(offsets), np.int64)
        collapse(data, offsets, self.indent == "keep", edited, edited_offsets)
        return text_column(edited[: edited_offsets[-1]], edited_offsets)
