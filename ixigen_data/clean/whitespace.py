"""White space."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ixigen_data.clean.scan_kernel import WHITESPACE
from ixigen_data.clean.whitespace_kernel import collapse
from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.steps import Formatter

if TYPE_CHECKING:
    import pyarrow as pa

_INNER_RUN = re.compile(r"(?<=[^ \t\n])[ \t]+")
_WHITE_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)


class Whitespace(Formatter):
    """One space for a run of spaces and tabs, none at the edges of lines, one empty line for several (KOREAN N15).

    With `indent: keep` the spaces and tabs that begin a line stay: for Markdown and other prose that holds code.
    """

    CLASSES: ClassVar[int] = WHITESPACE

    rule: Literal["whitespace"] = "whitespace"
    indent: Literal["strip", "keep"] = "strip"

    def format(self, text: str) -> str:
        r"""Return the text with its white space collapsed.

        >>> Whitespace().format(" a\t b \n\n\n  c")
        'a b\n\nc'
        >>> Whitespace(indent="keep").format("a\t b \n\n\n  c")
        'a b\n\n  c'
        """
        if self.indent == "keep":
            text = _WHITE_LINE.sub("", _INNER_RUN.sub(" ", text)).replace(" \n", "\n")
            return _without(text, "\n\n\n", "\n\n").lstrip("\n").rstrip(" \t\n")
        text = _without(text.replace("\t", " "), "  ", " ").replace(" \n", "\n").replace("\n ", "\n")
        return _without(text, "\n\n\n", "\n\n").strip(" \n")

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text; ten times as fast, for most documents of some corpora need it."""
        data, offsets = text_buffers(text)
        edited = np.empty(offsets[-1] - offsets[0], np.uint8)
        edited_offsets = np.empty(len(offsets), np.int64)
        collapse(data, offsets, self.indent == "keep", edited, edited_offsets)
        return text_column(edited[: edited_offsets[-1]], edited_offsets)


def _without(text: str, run: str, shorter: str) -> str:
    """Return the text with `run` replaced until there is none; the passes are logarithmic in the longest run."""
    while run in text:
        text = text.replace(run, shorter)
    return text
