"""Differences of texts, a place at a time."""

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.clean.hunks import Hunk, hunks


def apply(before: str, found: list[Hunk]) -> str:
    """Return the text that edits make of another."""
    done, place = "", 0
    for hunk in found:
        assert before[hunk.at : hunk.at + len(hunk.before)] == hunk.before
        done += before[place : hunk.at] + hunk.after
        place = hunk.at + len(hunk.before)
    return done + before[place:]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_edits_make_the_one_text_of_the_other(before: str, after: str) -> None:
    found = hunks(before, after)
    assert apply(before, found) == after
    assert all(hunk.before or hunk.after for hunk in found)


def test_each_place_is_told_with_what_stands_around() -> None:
    before = "x" * 100 + "  가\n" + "y" * 100 + "  나"
    first, second = hunks(before, before.replace("  ", " "))
    assert (first.before, first.after, first.left, first.right) == (" ", "", "x" * 24, " 가\n" + "y" * 21)
    assert (second.before, second.after, second.right.strip()) == (" ", "", "나")


def test_long_stretches_are_one_edit_without_their_common_ends() -> None:
    before = "a" * 5_000 + "b" + "c" * 5_000
    (hunk,) = hunks(before, before.replace("b", "BB"))
    assert (hunk.at, hunk.before, hunk.after) == (5_000, "b", "BB")
    lines = "".join(f"{number}\n" for number in range(10_000))
    (hunk,) = hunks(lines, lines.replace("5000\n", ""))
    assert hunk.after == ""
    assert apply(lines, [hunk]) == lines.replace("5000\n", "")
