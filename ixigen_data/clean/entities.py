"""HTML entities."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from html.entities import html5
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.by_line import edit_words
from ixigen_data.core.code_points import CONTROLS, FILLERS, FULL_WIDTH_ASCII, INVISIBLES, JOINER, PRIVATE_USE, members
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter

if TYPE_CHECKING:
    import pyarrow as pa

_ENTITY = re.compile(r"&(?:([a-zA-Z][a-zA-Z0-9]{1,8};)|#(?:\d{1,6}|[xX][0-9a-fA-F]{1,5});)")
# What later rules delete, or make ASCII of, so that an entity would come to light: "&l\u200bt；".
_DELETED = CONTROLS + INVISIBLES + JOINER + FILLERS + PRIVATE_USE
_SINGLETONS = "\u037e\u212a"  # NFC makes ";" and "K" of them
_SEEN_THROUGH = dict.fromkeys(members(_DELETED)) | {point: point - 0xFEE0 for point in members(FULL_WIDTH_ASCII)}
# One that holds an ampersand goes on to its end at once: so many of them, or a long one, take linear time.
_STRETCH = re.compile(rf"[&＆][&#;A-Za-z0-9＆＃；０-９Ａ-Ｚａ-ｚ{_SINGLETONS}{_DELETED}]*+")


class Entities(Formatter):
    """Writes the characters that HTML entities stand for, those of entities in entities too (KOREAN N2).

    Entities of one stretch are unescaped together, at most twice: what still holds an entity then was written to hold
    it, and stays as it is. So do references to no character, such as `&#0;`, and names that HTML does not know.
    """

    ID: ClassVar[str] = "N2"
    TRIGGERS: ClassVar[str] = "&＆"

    rule: Literal["entities"] = "entities"

    def format(self, text: str) -> str:
        """Return the text with its entities unescaped.

        >>> Entities().format("요금&nbsp;제 &amp;lt;5G&amp;gt; R&D")
        '요금\\xa0제 <5G> R&D'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield the stretches of letters, digits and `&#;` that hold entities, in order."""
        for match in _STRETCH.finditer(text):
            edited = _unescaped(match[0])
            if edited != match[0]:
                yield Edit(match.start(), match[0], edited)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text, looking at words with an ampersand only."""
        return edit_words(text, self.TRIGGERS, self.format)


def _unescaped(stretch: str) -> str:
    for written in (stretch, _plain(stretch)):
        twice = _ENTITY.sub(_character, _ENTITY.sub(_character, written))
        brought_to_light = _plain(twice)
        if _ENTITY.sub(_character, brought_to_light) == brought_to_light:
            return twice
    return stretch


def _plain(text: str) -> str:
    """Return a text as later rules may leave it."""
    return (
        text if text.isascii() and text.isprintable() else unicodedata.normalize("NFC", text.translate(_SEEN_THROUGH))
    )


def _character(entity: re.Match[str]) -> str:
    """Return what an entity stands for, or the entity: `html.unescape` would make "¬it;" of "&notit;"."""
    character = html5.get(entity[1], entity[0]) if entity[1] else html.unescape(entity[0])
    return entity[0] if "\ufffd" in character else character
