"""Characters repeated for effect."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ixigen_data.core.code_points import HANGUL_SYLLABLES, as_set, members
from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import RUN, Formatter
from ixigen_data.korean.repeats_kernel import shorten_alternations
from ixigen_data.korean.runs import Run, Runs

if TYPE_CHECKING:
    import pyarrow as pa

_JAMO = "ㄱ-ㅎㅏ-ㅣ"
_MARKS = "!?~"
_LINES = "-=_*#·─━"
_PARTNERS = {"ㅋ": "ㅎ", "ㅎ": "ㅋ", "ㅠ": "ㅜ", "ㅜ": "ㅠ"}
_READ_OUT = "공영일이삼사오육륙칠팔구빵"  # digits: "이이이이에 칠칠칠칠" is half a telephone number
_MOST_READ_OUT = 8
_AtLeastTwo = Annotated[int, Field(ge=2, le=100)]  # twice the same is a spelling, thrice an effect


class Repeats(Formatter):
    """Cuts short what is repeated for effect: jamo, syllables, marks and drawn lines (KOREAN N13).

    Never digits or Latin letters: a rule for every `\\w` makes 100원 of 10000원.

    Syllables that digits are read out by are cut from nine on, to eight: numbers are read in groups of four.
    Jamo that alternate (ㅋㅎㅋㅎ, ㅠㅜㅠㅜ) are cut to `jamo` pairs; a line to `lines`, where it is twice as long.
    """

    ID: ClassVar[str] = "N13"
    TRIGGERS: ClassVar[str] = "".join(_PARTNERS)
    SHAPES: ClassVar[int] = RUN

    rule: Literal["repeats"] = "repeats"
    jamo: _AtLeastTwo = 2
    syllables: _AtLeastTwo = 3
    marks: _AtLeastTwo = 3
    lines: _AtLeastTwo = 5

    def format(self, text: str) -> str:
        """Return the text with its repeats cut short.

        >>> Repeats().format("ㅋㅋㅋㅋ 와아아아아아 정말!!!!! 10000원 ==========")
        'ㅋㅋ 와아아아 정말!!! 10000원 ====='
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> Sequence[Edit]:
        """Return what is cut short, in order: jamo by the stretch, other repeats by the run."""
        return sorted([*self._jamo_edits(text), *_other_runs(self.syllables, self.marks, self.lines).edits(text)])

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        return _alternations_cut(_all_runs(self.jamo, self.syllables, self.marks, self.lines).apply(text), self.jamo)

    def _jamo_edits(self, text: str) -> Iterator[Edit]:
        runs, alternations = _jamo_runs(self.jamo), _alternations(self.jamo)
        for stretch in _STRETCH.finditer(text):
            shorter = alternations.sub(r"\1" * self.jamo, runs.format(stretch[0]))
            if shorter != stretch[0]:
                yield Edit(stretch.start(), stretch[0], shorter)


_STRETCH = re.compile(f"[{_JAMO}]{{3,}}")


@functools.cache
def _alternations(most: int) -> re.Pattern[str]:
    pairs = "|".join(one + other for one, other in _PARTNERS.items())
    return re.compile(f"({pairs})\\1{{{most},}}")


@functools.cache
def _jamo_runs(jamo: int) -> Runs:
    return Runs(Run(_JAMO, jamo + 1, jamo))


@functools.cache
def _other_runs(syllables: int, marks: int, lines: int) -> Runs:
    return Runs(*_others(syllables, marks, lines))


@functools.cache
def _all_runs(jamo: int, syllables: int, marks: int, lines: int) -> Runs:
    return Runs(Run(_JAMO, jamo + 1, jamo), *_others(syllables, marks, lines))


def _others(syllables: int, marks: int, lines: int) -> tuple[Run, ...]:
    read_out = max(_MOST_READ_OUT, syllables)
    return (
        Run(_other_syllables(), syllables + 1, syllables),
        Run(_READ_OUT, read_out + 1, read_out),
        Run(_MARKS, marks + 1, marks),
        Run(_LINES, 2 * lines, lines),
    )


@functools.cache
def _other_syllables() -> str:
    return as_set(set(members(HANGUL_SYLLABLES)) - set(map(ord, _READ_OUT)))


def _alternations_cut(text: pa.LargeStringArray, most: int) -> pa.LargeStringArray:
    data, offsets = text_buffers(text)
    edited = np.empty(offsets[-1] - offsets[0], np.uint8)
    edited_offsets = np.empty(len(offsets), np.int64)
    shorten_alternations(data, offsets, _partner_bytes(), most, edited, edited_offsets)
    return text_column(edited[: edited_offsets[-1]], edited_offsets)


@functools.cache
def _partner_bytes() -> npt.NDArray[np.uint8]:
    partners = np.zeros(256, np.uint8)
    for one, other in _PARTNERS.items():
        partners[one.encode()[2]] = other.encode()[2]
    return partners
