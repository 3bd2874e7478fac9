"""Edits with some of what stands around them, for people to read."""

from collections.abc import Iterable
from dataclasses import dataclass

from ixigen_data.core.edits import Edit

CONTEXT_CHARS = 24


@dataclass(frozen=True)
class Hunk:
    """One place where a text was edited."""

    at: int  # in the text before, in characters
    before: str
    after: str
    left: str  # what stands before it in both texts, up to CONTEXT_CHARS
    right: str
    hidden: bool = False  # whether it is told by its place and a label alone


def hunks(text: str, edits: Iterable[Edit]) -> list[Hunk]:
    """Return the edits of a text with their surroundings, in order.

    >>> [(hunk.left, hunk.right) for hunk in hunks("one  two", [Edit(3, "  ", " ")])]
    [('one', 'two')]
    """
    return [_around(text, edit) for edit in edits]


def _around(text: str, edit: Edit) -> Hunk:
    stop = edit.at + len(edit.before)
    left, right = text[max(0, edit.at - CONTEXT_CHARS) : edit.at], text[stop : stop + CONTEXT_CHARS]
    return Hunk(edit.at, edit.before, edit.after, left, right)
