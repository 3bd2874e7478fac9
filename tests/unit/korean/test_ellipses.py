"""N11: ellipses."""

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.ellipses import Ellipses


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("글쎄……", "글쎄…"),
        ("글쎄………", "글쎄…"),
        ("음.....", "음..."),
        ("네。。。", "네…"),
        ("네。。。。", "네…"),
        ("‥", "…"),
        ("‥‥", "…"),
        ("…。。。‥…", "…"),  # in one run, not in three
        ("....。。。....", "...…..."),
    ],
)
def test_one_ellipsis_is_left(before: str, after: str) -> None:
    assert Ellipses().format(before) == after
    assert Ellipses().format(after) == after


@pytest.mark.parametrize("text", ["...", "..", "1.2.3", "네。。", "…", "… …", "·", ". . . ."])
def test_what_is_one_stays(text: str) -> None:
    assert Ellipses().format(text) == text


def test_edits_are_the_stretches() -> None:
    assert Ellipses().edits("음... 네…… 아..... 3.5") == [Edit(6, "……", "…"), Edit(10, ".....", "...")]
