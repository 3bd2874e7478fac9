"""Edits with their surroundings."""

from ixigen_data.clean.hunks import CONTEXT_CHARS, Hunk, hunks
from ixigen_data.core.edits import Edit, differences


def test_each_place_is_told_with_what_stands_around() -> None:
    before = "x" * 100 + "  가\n" + "y" * 100 + "  나"
    first, second = hunks(before, differences(before, before.replace("  ", " ")))
    assert (first.before, first.after, first.left, first.right) == (" ", "", "x" * 24, " 가\n" + "y" * 21)
    assert (second.before, second.after, second.right.strip()) == (" ", "", "나")
    assert not first.hidden


def test_surroundings_end_with_the_text() -> None:
    assert hunks("가나다", [Edit(0, "가", ""), Edit(2, "다", "라마")]) == [
        Hunk(0, "가", "", "", "나다"),
        Hunk(2, "다", "라마", "가나", ""),
    ]
    (hunk,) = hunks("a" * 99, [Edit(50, "", "b")])
    assert (hunk.left, hunk.right) == ("a" * CONTEXT_CHARS, "a" * CONTEXT_CHARS)
