"""Characters without width."""

import re
from typing import ClassVar, Literal

from ixigen_data.clean.codepoints import EMOJI, INVISIBLES, JOINER
from ixigen_data.clean.scan_kernel import INVISIBLE
from ixigen_data.core.steps import Formatter

_INVISIBLES = re.compile(f"[{INVISIBLES}]+")
# U+FE0F may stand between an emoji and its joiner: "🏳️‍🌈".
_LOOSE_JOINERS = re.compile(f"(?<![{EMOJI}])(?<![{EMOJI}]\ufe0f){JOINER}|{JOINER}(?![{EMOJI}])")


class Invisible(Formatter):
    """Deletes soft hyphens, zero-width and directional characters; a joiner stays between emoji only (KOREAN N4)."""

    CLASSES: ClassVar[int] = INVISIBLE

    rule: Literal["invisible"] = "invisible"

    def format(self, text: str) -> str:
        r"""Return the text without invisible characters.

        >>> Invisible().format("가\u200d나\ufeff")
        '가나'
        """
        return _LOOSE_JOINERS.sub("", _INVISIBLES.sub("", text))
