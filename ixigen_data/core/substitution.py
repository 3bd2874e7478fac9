"""Characters replaced by others, each wherever it stands or except beside some neighbours."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ixigen_data.core.code_points import as_set, members
from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.substitution_kernel import substitute
from ixigen_data.core.utf8_kernel import TABLE_SIZE

if TYPE_CHECKING:
    import pyarrow as pa


class Substitution:
    """Characters with the strings that replace them: shorter ones, longer ones or none.

    `unless_beside` keeps a character that stands next to one of a set, written as the inside of a regular expression's
    class; neighbours are those of the text before any edit.

    Raises:
        ValueError: a character lies beyond U+2FFFE, or has neighbours that keep it but no replacement; or there are
            more than 255 characters or eight sets.

    >>> Substitution({"㈜": "(주)", "ㆍ": "·"}, unless_beside={"ㆍ": "ㄱ-ㅎ"}).format("㈜가ㆍ나 ㅎㆍㄴ")
    '(주)가·나 ㅎㆍㄴ'
    """

    def __init__(self, replacements: Mapping[str, str], unless_beside: Mapping[str, str] | None = None) -> None:
        self._replacements = dict(replacements)
        self._keepers = dict(unless_beside or {})
        if len(self._replacements) > 255 or len(set(self._keepers.values())) > 8:
            raise ValueError("a substitution takes up to 255 characters and eight sets of neighbours; split it")
        for character in self._replacements:
            if ord(character) >= TABLE_SIZE - 1:
                raise ValueError(f"U+{ord(character):X} cannot be replaced; use characters up to U+{TABLE_SIZE - 2:X}")
        if unknown := self._keepers.keys() - self._replacements.keys():
            raise ValueError(f"unless_beside: {min(unknown)!r} is not replaced at all; use the characters that are")

    @property
    def triggers(self) -> str:
        """The characters that may be replaced, as the inside of a regular expression's class."""
        return as_set(map(ord, self._replacements))

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield the replacements in a text, in order."""
        for match in self._pattern.finditer(text):
            at = match.start()
            keepers = self._keeper_points.get(match[0])
            if keepers is None or not (text[at - 1 : at] in keepers or text[at + 1 : at + 2] in keepers):
                yield Edit(at, match[0], self._replacements[match[0]])

    def format(self, text: str) -> str:
        """Return the text with its characters replaced."""
        return apply(text, self.edits(text))

    def apply(self, column: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        data, offsets = text_buffers(column)
        tables = self._tables
        room = math.ceil(int(offsets[-1] - offsets[0]) * tables.growth) + 1  # what rounding may take
        edited = np.empty(room, np.uint8)  # pages that are not written take no memory
        edited_offsets = np.empty(len(offsets), np.int64)
        substitute(
            data,
            offsets,
            tables.leads,
            tables.classes,
            tables.replacements,
            tables.neighbours,
            edited,
            edited_offsets,
        )
        return text_column(edited[: edited_offsets[-1]], edited_offsets)

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._replacements)) or "(?!)")

    @functools.cached_property
    def _keeper_points(self) -> dict[str, frozenset[str]]:
        return {character: frozenset(map(chr, members(keepers))) for character, keepers in self._keepers.items()}

    @functools.cached_property
    def _tables(self) -> _Tables:
        return _tables_of(self._replacements, self._keepers)


@dataclass(frozen=True)
class _Tables:
    """What the kernel takes; see there."""

    leads: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.uint8]
    replacements: npt.NDArray[np.uint8]
    neighbours: npt.NDArray[np.uint8]
    growth: float  # the most bytes that a byte can become


def _tables_of(replacements: Mapping[str, str], keepers: Mapping[str, str]) -> _Tables:
    sets = sorted(set(keepers.values()))
    leads = np.zeros(256, np.bool_)
    classes = np.zeros(TABLE_SIZE, np.uint8)
    longest = max((len(after.encode()) for after in replacements.values()), default=0)
    rows = np.zeros((len(replacements) + 1, 2 + longest), np.uint8)
    growth = 1.0
    for kind, (character, after) in enumerate(replacements.items(), start=1):
        before, written = character.encode(), after.encode()
        leads[before[0]] = True
        classes[ord(character)] = kind
        rows[kind, 0] = 1 << sets.index(keepers[character]) if character in keepers else 0
        rows[kind, 1] = len(written)
        rows[kind, 2 : 2 + len(written)] = list(written)
        growth = max(growth, len(written) / len(before))
    neighbours = np.zeros(TABLE_SIZE if sets else 0, np.uint8)
    for number, characters in enumerate(sets):
        neighbours[members(characters)] |= np.uint8(1 << number)
    return _Tables(leads, classes, rows, neighbours, growth)
