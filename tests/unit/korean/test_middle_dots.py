"""N10: middle dots."""

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.middle_dots import MiddleDots


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("4ㆍ15, 경‧중", "4·15, 경·중"),
        ("가∙나⋅다·라", "가·나·다·라"),
        ("시ㆍ도", "시·도"),
        ("초・중･고", "초·중·고"),
        ("음ㆍㆍㆍ", "음…"),
        ("음····", "음…"),
        ("음·ㆍ・", "음…"),
        ("ㅋㅋㆍㆍㆍ", "ㅋㅋ…"),  # the first is beside a jamo, and the run is no less a run
        ("ㅎㆍㆍ나", "ㅎㆍ·나"),
        ("ㆍㆍ", "··"),  # one araea is no neighbour of another
        ("カ・・", "カ・·"),
        ("カ・・・・", "カ・…"),
    ],
)
def test_dots_are_one(before: str, after: str) -> None:
    assert MiddleDots().format(before) == after
    assert MiddleDots().format(after) == after


@pytest.mark.parametrize(
    "text", ["ㅎㆍㄴ", "ㅎㆍ", "ㆍㅎ", "カ・タ", "ｶ･ﾀ", "い・ろ", "가·나", "··", "• 하나", "가.나", "ᄒᆞᆫ", "。"]
)
def test_what_is_none_stays(text: str) -> None:
    assert MiddleDots().format(text) == text


def test_edits_are_the_stretches() -> None:
    assert MiddleDots().edits("가ㆍ나··다ㆍㆍㆍ") == [Edit(1, "ㆍ", "·"), Edit(6, "ㆍㆍㆍ", "…")]
