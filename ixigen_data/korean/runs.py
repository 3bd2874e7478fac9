"""Runs of a character made shorter, or made one character."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ixigen_data.core.code_points import members
from ixigen_data.core.documents import text_buffers, text_column
from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.utf8_kernel import TABLE_SIZE
from ixigen_data.korean.runs_kernel import shorten_runs

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Run:
    """A character of a set, `least` times or more in a row: twice at least."""

    characters: str  # as the inside of a regular expression's class
    least: int
    becomes: (
        int | str
    )  # so many of the character, fewer than `least`; or a string, no longer in bytes than any such run
    mixed: bool = False  # whether it may hold several of the characters; it becomes a string then

    def shortened(self, run: str) -> str:
        """Return what a run becomes."""
        return run[: self.becomes] if isinstance(self.becomes, int) else self.becomes


class Runs:
    """Runs that become shorter; no character is of two of them, and all are mixed, or none.

    >>> Runs(Run("!?", 4, 3), Run("。", 3, "…")).format("네!!!!! 뭐?? 。。。。")
    '네!!! 뭐?? …'
    """

    def __init__(self, *runs: Run) -> None:
        self._runs = {f"run{number}": run for number, run in enumerate(runs)}

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield what becomes of the runs of a text, in order."""
        for match in self._pattern.finditer(text):
            assert match.lastgroup is not None
            yield Edit(match.start(), match[0], self._runs[match.lastgroup].shortened(match[0]))

    def format(self, text: str) -> str:
        """Return the text with its runs shortened."""
        return apply(text, self.edits(text))

    def apply(self, column: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""
        data, offsets = text_buffers(column)
        tables = self._tables
        edited = np.empty(offsets[-1] - offsets[0], np.uint8)
        edited_offsets = np.empty(len(offsets), np.int64)
        shorten_runs(data, offsets, tables.leads, tables.classes, tables.limits, tables.strings, edited, edited_offsets)
        return text_column(edited[: edited_offsets[-1]], edited_offsets)

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        patterns = []
        for name, run in self._runs.items():
            again = f"[{run.characters}]" if run.mixed else f"(?P={name})"
            patterns.append(f"(?P<{name}>[{run.characters}]){again}{{{run.least - 1},}}")
        return re.compile("|".join(patterns))

    @functools.cached_property
    def _tables(self) -> _Tables:
        return _tables_of(list(self._runs.values()))


@dataclass(frozen=True)
class _Tables:
    """What the kernel takes; see there."""

    leads: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.uint8]
    limits: npt.NDArray[np.int64]
    strings: npt.NDArray[np.uint8]


def _tables_of(runs: Sequence[Run]) -> _Tables:
    leads = np.zeros(256, np.bool_)
    classes = np.zeros(TABLE_SIZE, np.uint8)
    assert len({run.mixed for run in runs}) == 1, "runs are mixed or not"
    limits = np.zeros((len(runs) + 1, 3), np.int64)
    strings = np.zeros((len(runs) + 1, 4), np.uint8)
    for kind, run in enumerate(runs, start=1):
        points = members(run.characters)
        assert not classes[points].any(), f"{run.characters} are of two runs"
        classes[points] = kind
        leads[[chr(point).encode()[0] for point in points]] = True
        if isinstance(run.becomes, int):
            limits[kind] = run.least, run.mixed, run.becomes
            continue
        limits[kind] = run.least, run.mixed, 0
        written = run.becomes.encode()
        strings[kind, 0] = len(written)
        strings[kind, 1 : 1 + len(written)] = list(written)
    return _Tables(leads, classes, limits, strings)
