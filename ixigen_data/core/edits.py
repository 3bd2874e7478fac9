"""Edits: what a rule does to a text, place by place."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

_LINES = 4_000  # more are not matched: the time grows with the square
_CHARS = 2_000


class Edit(NamedTuple):
    """One place where a text is edited."""

    at: int  # in the text before, in code points
    before: str
    after: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made; they are in order and do not overlap.

    >>> apply("one  two", [Edit(3, "  ", " ")])
    'one two'
    """
    pieces, done = [], 0
    for edit in edits:
        pieces += [text[done : edit.at], edit.after]
        done = edit.at + len(edit.before)
    return "".join([*pieces, text[done:]])


def differences(before: str, after: str) -> list[Edit]:
    """Return edits that make one text of another, in order: matched line by line, then character by character.

    >>> differences("one  two\\nthree", "one two\\nthree")
    [Edit(at=3, before=' ', after='')]
    """
    return [] if before == after else list(_by_line(before, after))


def _by_line(before: str, after: str) -> Iterator[Edit]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > _LINES:
        yield from _within(before, after, 0)
        return
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for kind, first, last, first_new, last_new in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from _within("".join(old[first:last]), "".join(new[first_new:last_new]), starts[first])


def _within(before: str, after: str, base: int) -> Iterator[Edit]:
    """Yield the edits of a stretch that begins at `base`; a long one is a single edit without its common ends."""
    if max(len(before), len(after)) > _CHARS:
        head = first_difference(before, after)
        tail = first_difference(before[head:][::-1], after[head:][::-1])
        yield Edit(base + head, before[head : len(before) - tail], after[head : len(after) - tail])
        return
    for kind, first, last, first_new, last_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Edit(base + first, before[first:last], after[first_new:last_new])


def first_difference(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common: where they begin to differ."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
