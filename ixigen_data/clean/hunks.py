"""Where two texts differ, a place at a time, with some of what stands around."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT_CHARS = 24
_LINES = 4_000  # more are not matched: the time grows with the square
_CHARS = 2_000


@dataclass(frozen=True)
class Hunk:
    """One place where a text was edited."""

    at: int  # in the text before, in characters
    before: str
    after: str
    left: str  # what stands before it in both texts, up to CONTEXT_CHARS
    right: str


def hunks(before: str, after: str) -> list[Hunk]:
    """Return the places where two texts differ, in order: matched line by line, then character by character.

    >>> [(hunk.before, hunk.after) for hunk in hunks("one  two\\nthree", "one two\\nthree")]
    [(' ', '')]
    """
    return [
        Hunk(
            start,
            before[start:stop],
            text,
            before[max(0, start - CONTEXT_CHARS) : start],
            before[stop : stop + CONTEXT_CHARS],
        )
        for start, stop, text in _edits(before, after)
    ]


def _edits(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Yield start and stop in `before`, and what stands there in `after`."""
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


def _within(before: str, after: str, base: int) -> Iterator[tuple[int, int, str]]:
    """Yield the edits of a stretch that begins at `base`; a long one is a single edit without its common ends."""
    if max(len(before), len(after)) > _CHARS:
        head = _common(before, after)
        tail = _common(before[head:][::-1], after[head:][::-1])
        yield base + head, base + len(before) - tail, after[head : len(after) - tail]
        return
    for kind, first, last, first_new, last_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield base + first, base + last, after[first_new:last_new]


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
