"""What the rules for transcripts share: a transcript is edited line by line, until nothing changes."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ixigen_data.core.by_line import edit_runs
from ixigen_data.core.code_points import members
from ixigen_data.core.steps import Formatter

if TYPE_CHECKING:
    import pyarrow as pa

_PASSES = 8


class LineFormatter(Formatter):
    """A formatter of lines that hold certain code points.

    A mark that goes may leave a mark behind ("(((a)/(b))/(c))"), so a line is edited until nothing changes. One that
    does not settle in eight passes is no transcript and stays as it was: work is linear in the text, and a rule run
    twice changes nothing more.
    """

    def lines(self, text: str) -> str:
        """Return lines after one pass; none sees another."""
        raise NotImplementedError

    @property
    def line_triggers(self) -> str:
        """Return the set of code points without which a line stays; by default the rule's triggers."""
        return self.triggers

    def format(self, text: str) -> str:
        """Return the text, every line settled."""
        once = self.lines(text)
        if once == text or _any_of(self.line_triggers).search(once) is None:
            return once
        twice = self.lines(once)
        return twice if twice == once else "\n".join(settled(line, self.lines) for line in text.split("\n"))

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text, looking only at lines that hold a trigger."""
        return edit_runs(text, self.line_triggers, self.format)


def settled(line: str, edit: Callable[[str], str]) -> str:
    """Return a line edited until nothing changes; as it was where eight passes are too few."""
    before = line
    for _ in range(_PASSES):
        after = edit(before)
        if after == before:
            return after
        before = after
    return line


@functools.cache
def _any_of(characters: str) -> re.Pattern[str]:
    return re.compile("[" + "".join(map(re.escape, map(chr, members(characters)))) + "]")
