"""Characters without width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.by_line import edit_words
from ixigen_data.core.code_points import EMOJI, INVISIBLES, JOINER, members
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter
from ixigen_data.core.substitution import Substitution

if TYPE_CHECKING:
    import pyarrow as pa

_DELETION = Substitution({chr(point): "" for point in members(INVISIBLES)})
_INVISIBLES = re.compile(f"[{INVISIBLES}]+")
_INVISIBLES_OR_JOINER = re.compile(f"[{INVISIBLES}]+|{JOINER}")
# U+FE0F may stand between an emoji and its joiner: "🏳️‍🌈".
_LOOSE_JOINERS = re.compile(f"(?<![{EMOJI}])(?<![{EMOJI}]\ufe0f){JOINER}|{JOINER}(?![{EMOJI}])")


class Invisible(Formatter):
    """Deletes soft hyphens, zero-width and directional characters; a joiner stays between emoji only (KOREAN N4)."""

    ID: ClassVar[str] = "N4"
    TRIGGERS: ClassVar[str] = INVISIBLES + JOINER

    rule: Literal["invisible"] = "invisible"

    def format(self, text: str) -> str:
        r"""Return the text without invisible characters.

        >>> Invisible().format("가\u200d나\ufeff")
        '가나'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield invisible characters and loose joiners, in order; a joiner's neighbours are those that stay."""
        loose = {match.start() for match in _LOOSE_JOINERS.finditer(_INVISIBLES.sub("", text))}
        deleted = 0
        for match in _INVISIBLES_OR_JOINER.finditer(text):
            if match[0] != JOINER:
                deleted += len(match[0])
            elif match.start() - deleted not in loose:
                continue
            yield Edit(match.start(), match[0], "")

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return edit_words(_DELETION.apply(text), JOINER, lambda words: _LOOSE_JOINERS.sub("", words))
