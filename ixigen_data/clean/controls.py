"""Control characters and line ends."""

import re
from typing import ClassVar, Literal

from ixigen_data.clean.codepoints import CONTROLS
from ixigen_data.clean.scan_kernel import CONTROL, LINE_END
from ixigen_data.core.steps import Formatter

_CONTROLS = re.compile(f"[{CONTROLS}]+")


class Controls(Formatter):
    r"""Deletes control characters but \t and \n, and makes every line end \n, a paragraph separator two (KOREAN N3)."""

    CODE_SAFE: ClassVar[bool] = True
    CLASSES: ClassVar[int] = CONTROL | LINE_END

    rule: Literal["controls"] = "controls"

    def format(self, text: str) -> str:
        r"""Return the text with \n as its only line end.

        >>> Controls().format("a\r\nb\x0cc\x00")
        'a\nb\nc'
        """
        for line_end in ("\r\n", "\r", "\v", "\f", "\x85", "\u2028"):
            text = text.replace(line_end, "\n")
        return _CONTROLS.sub("", text.replace("\u2029", "\n\n"))
