"""Composition."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ixigen_data.clean.nfc_kernel import GAP_BYTES, find_stretches
from ixigen_data.core.code_points import members, nfc_maybe
from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.core.edits import Edit
from ixigen_data.core.splicing import Splice, spliced
from ixigen_data.core.steps import Formatter

if TYPE_CHECKING:
    import pyarrow as pa


class Nfc(Formatter):
    """Composes to NFC, never NFKC, which would break compatibility jamo, circled digits and fractions (KOREAN N7).

    Normalization of a code point is stable once Unicode has assigned it, so later Pythons change no text of today.
    """

    ID: ClassVar[str] = "N7"

    rule: Literal["nfc"] = "nfc"

    @property
    def triggers(self) -> str:
        """Return the code points that can stand in a text that is not NFC."""
        return nfc_maybe()

    def format(self, text: str) -> str:
        r"""Return the text in NFC.

        >>> Nfc().format("\u1112\u1161\u11ab ㅋ ①")
        '한 ㅋ ①'
        """
        if any(map(_is_mark, text[_LONG_RUN - 1 :: _LONG_RUN])):  # a long run covers one of these places
            text = _long_runs().sub(_sorted_marks, text)
        return unicodedata.normalize("NFC", text)

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield what is composed, with the character before it, in order."""
        for match in _stretch().finditer(text):
            composed = self.format(match[0])
            if composed != match[0]:
                yield Edit(match.start(), match[0], composed)

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return the NFC of each text, composing only the stretches that need it: in a statute, one Hanja of 50 KB."""
        data, offsets = text_buffers(text)
        view = data.data
        splices = [
            Splice(start, stop, self.format(str(view[start:stop], "utf-8")).encode())
            for _, start, stop in _stretches(data, offsets).tolist()
        ]
        return spliced(text, splices)


@functools.cache
def _stretch() -> re.Pattern[str]:
    return re.compile(f"[^{nfc_maybe()}]?[{nfc_maybe()}]+")


def _stretches(data: npt.NDArray[np.uint8], offsets: Int64s) -> Int64s:
    """Return (stretches, 3): row, first byte, last byte + 1, of what could be not NFC."""
    room = int(offsets[-1] - offsets[0]) // GAP_BYTES + len(offsets)
    stretches = np.empty((room, 3), np.int64)
    return stretches[: find_stretches(data, offsets, _maybe(), stretches)]


@functools.cache
def _maybe() -> npt.NDArray[np.bool_]:
    points = members(nfc_maybe())
    maybe = np.zeros(max(points) + 2, np.bool_)
    maybe[points] = True
    return maybe


_LONG_RUN = 256
_CLASSLESS_MARKS = "\u0f73\u0f75\u0f81"  # of combining class 0, but decomposing to marks of other classes


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in _CLASSLESS_MARKS


@functools.cache
def _long_runs() -> re.Pattern[str]:
    marks = "".join(filter(_is_mark, map(chr, range(sys.maxunicode + 1))))
    return re.compile(f"[{marks}]{{{_LONG_RUN},}}")


def _sorted_marks(run: re.Match[str]) -> str:
    """Return a run of marks decomposed and in canonical order.

    unicodedata sorts marks by insertion, in quadratic time: half a million of them, which is 1 MB, take five minutes.
    """
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))
