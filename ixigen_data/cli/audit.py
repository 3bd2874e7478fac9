"""The audit of `ixigen-data normalize`: every edit with its rule, where it was, and what."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ixigen_data.clean.shown import shown_edits
from ixigen_data.core.visible import visible_line

if TYPE_CHECKING:
    from rich.console import Console

    from ixigen_data.clean.chain import Step

_MAX_CHARS = 80


class Audit:
    """Tells edits, one a line: number and rule, offset in the text before that rule, before and after."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._offset = 0  # of the block

    def block(self, text: str, steps: "Sequence[Step]") -> None:
        """Tell what was done to one block of text, rule by rule."""
        for step, found in shown_edits(steps):
            name = f"{step.rule.ID} {step.name}".strip()
            for hunk in found:
                before, after = _told(hunk.before), _told(hunk.after)
                told = after if hunk.hidden else f"{before} → {after}"
                self._console.print(f"{name} at {self._offset + hunk.at}: {told}", markup=False, soft_wrap=True)
        self._offset += len(text) + 1


def _told(text: str) -> str:
    return repr(visible_line(text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"))
