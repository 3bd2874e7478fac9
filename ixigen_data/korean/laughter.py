"""Laughter that runs into a syllable."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.laughter_kernel import drop_codas

if TYPE_CHECKING:
    import pyarrow as pa

_CODAS = {"ㅋ": 24, "ㅎ": 27}  # by their place among the 28 that a syllable can have
_SYLLABLES = range(0xAC00, 0xD7A4)


class Laughter(Formatter):
    """Takes the coda off a syllable that laughter of the same sound follows, as in 먹었엌ㅋㅋ (KOREAN N14).

    It runs before N13, not after: 어어어엌ㅋ becomes 어어어어ㅋ, a repeat that N13 would find in a second run only.
    """

    ID: ClassVar[str] = "N14"
    TRIGGERS: ClassVar[str] = "".join(_CODAS)

    rule: Literal["laughter"] = "laughter"

    def format(self, text: str) -> str:
        """Return the text with such codas gone.

        >>> Laughter().format("먹었엌ㅋㅋ 부엌 ㅋㅋ")
        '먹었어ㅋㅋ 부엌 ㅋㅋ'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the syllables that lose their coda."""
        return [
            Edit(match.start(), match[0], chr(ord(match[0]) - _CODAS[text[match.end()]]))
            for match in _before_laughter().finditer(text)
        ]

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        data, offsets = text_buffers(text)
        edited = data[offsets[0] : offsets[-1]].copy()
        edited_offsets = offsets - offsets[0]
        drop_codas(edited, edited_offsets, _coda_bytes())
        return text_column(edited, edited_offsets)


@functools.cache
def _before_laughter() -> re.Pattern[str]:
    return re.compile("|".join(f"[{''.join(_with_coda(coda))}](?={jamo})" for jamo, coda in _CODAS.items()))


def _with_coda(coda: int) -> Iterator[str]:
    return map(chr, _SYLLABLES[coda::28])


@functools.cache
def _coda_bytes() -> npt.NDArray[np.uint8]:
    codas = np.zeros(256, np.uint8)
    for jamo, coda in _CODAS.items():
        codas[jamo.encode()[2]] = coda
    return codas
