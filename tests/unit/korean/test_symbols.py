"""N9: wide ASCII, and symbols of several forms."""

import unicodedata

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.symbols import Symbols


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ＡＢＣ１２３！？", "ABC123!?"),
        ("Ｒ＆Ｄ；", "R&D;"),
        ("￦1,000", "₩1,000"),
        ("㈜케이티 № 7", "(주)케이티 No. 7"),
        ("a‐b‑c−d", "a-b-c-d"),
        ("1∼2〜3～4", "1~2~3~4"),
        ("＂말＂", '"말"'),
    ],
)
def test_one_form_is_left(before: str, after: str) -> None:
    assert Symbols().format(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "①②",
        "㎡ ㎏ ℃",
        "– — ―",
        "「법」 『책』 〈글〉 《책》",
        "½ x² x₂",
        "ㅋ ㆍ ㅎㅏ ㄱㅏㄴ",
        "· … “”",
        "、。",
        "㉠ ㈎",
        "ｱｲ",
        "￠￡",
    ],
)
def test_what_means_something_else_stays(text: str) -> None:
    assert Symbols().format(text) == text


def test_a_wide_character_with_a_mark_stays_wide() -> None:
    for text in ("Ａ\u0301", "Ａ\u0323\u0301", "＝\u0338"):  # narrow, they would compose
        assert unicodedata.is_normalized("NFC", Symbols().format(text))
        assert Symbols().format(text) == text


def test_edits_are_the_symbols() -> None:
    assert Symbols().edits("가１①㈜") == [Edit(1, "１", "1"), Edit(3, "㈜", "(주)")]
