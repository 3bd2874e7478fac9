"""Differences of texts, a place at a time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.edits import Edit, apply, differences, first_difference

TEXTS = st.text("ab \n", max_size=40)


@given(TEXTS, TEXTS)
def test_edits_make_the_one_text_of_the_other(before: str, after: str) -> None:
    found = differences(before, after)
    assert apply(before, found) == after
    assert all(edit.before or edit.after for edit in found)
    assert all(before[edit.at :].startswith(edit.before) for edit in found)
    assert all(one.at + len(one.before) <= other.at for one, other in pairwise(found))


def test_equal_texts_have_no_differences() -> None:
    assert differences("가 나", "가 나") == []


def test_each_place_is_told() -> None:
    before = "x" * 100 + "  가\n" + "y" * 100 + "  나"
    first, second = differences(before, before.replace("  ", " "))
    assert (first.before, first.after) == (" ", "")
    assert 100 <= first.at < 102
    assert (second.before, second.after) == (" ", "")
    assert 204 <= second.at < 206


def test_long_stretches_are_one_edit_without_their_common_ends() -> None:
    before = "a" * 5_000 + "b" + "c" * 5_000
    assert differences(before, before.replace("b", "BB")) == [Edit(5_000, "b", "BB")]
    lines = "".join(f"{number}\n" for number in range(10_000))
    (edit,) = differences(lines, lines.replace("5000\n", ""))
    assert edit.after == ""
    assert apply(lines, [edit]) == lines.replace("5000\n", "")


@given(TEXTS, TEXTS)
def test_where_texts_begin_to_differ(one: str, other: str) -> None:
    place = first_difference(one, other)
    assert one[:place] == other[:place]
    assert one[place : place + 1] != other[place : place + 1] or one == other
