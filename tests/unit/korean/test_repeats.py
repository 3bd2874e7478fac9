"""N13: repeats, and what must never be cut."""

import pytest
from pydantic import ValidationError

from ixigen_data.core.edits import Edit, apply
from ixigen_data.korean.repeats import Repeats


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ㅋㅋㅋ", "ㅋㅋ"),
        ("ㅋㅋㅋㅋㅋ ㅠㅠㅠ", "ㅋㅋ ㅠㅠ"),
        ("ㄷㄷㄷ ㅡㅡㅡ", "ㄷㄷ ㅡㅡ"),
        ("안녕하세요ㅋㅋㅋㅋ", "안녕하세요ㅋㅋ"),  # dps drops the syllable before it
        ("ㅋㅎㅋㅎㅋㅎ", "ㅋㅎㅋㅎ"),
        ("ㅋㅎㅋㅎㅋㅎㅋ", "ㅋㅎㅋㅎㅋ"),
        ("ㅠㅜㅠㅜㅠㅜㅠㅜ", "ㅠㅜㅠㅜ"),
        ("ㅋㅋㅋㅎㅋㅎㅋㅎ", "ㅋㅋㅎㅋㅎ"),
        ("하하하하하", "하하하"),
        ("와아아아아아", "와아아아"),
        ("뭐?????", "뭐???"),
        ("네!!!!~~~~", "네!!!~~~"),
        ("==========", "====="),
        ("───────────", "─────"),
        ("----------", "-----"),
        ("**********", "*****"),
    ],
)
def test_repeats_are_cut(before: str, after: str) -> None:
    assert Repeats().format(before) == after
    assert Repeats().format(after) == after


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10000원",
            "1111-2222",
            "WWW",
            "2000대",
            "2000년에 1000만원",
            "10000000000000",
        ),  # soynlp, kss and dps cut them
        *("aaaaaaa", "http://www.example.com", "000000", "Zzzzzz", "ＷＷＷＷ", "№№№№"),
        *(
            "하하하",
            "ㅋㅋ",
            "ㅋㅎㅋㅎ",
            "!!!",
            "!?!?!?!?",
            "---",
            "=========",
            "......",
            "||||||||||",
            "ㄱㄴㄷ",
            "ㅋㄷㅋㄷㅋㄷ",
        ),
        *("ᄒᆞᆫᄒᆞᆫᄒᆞᆫᄒᆞᆫ", "ㆍㆍㆍㆍ", "😀😀😀😀😀", "漢漢漢漢", "\n\n\n\n", "    "),
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert Repeats().format(text) == text


def test_caps_are_settings() -> None:
    rule = Repeats(jamo=3, syllables=2, marks=5, lines=20)
    assert rule.format("ㅋㅋㅋㅋ 하하하 !!!!!! " + "=" * 40) == "ㅋㅋㅋ 하하 !!!!! " + "=" * 20
    assert rule.format("ㅋㅎㅋㅎㅋㅎㅋㅎ " + "=" * 39) == "ㅋㅎㅋㅎㅋㅎ " + "=" * 39
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        Repeats(jamo=1)


def test_edits_are_stretches_and_runs() -> None:
    text = "아 ㅋㅋㅋㅎㅎㅎ 와와와와 ㅠ !!!!"
    assert Repeats().edits(text) == [
        Edit(2, "ㅋㅋㅋㅎㅎㅎ", "ㅋㅋㅎㅎ"),
        Edit(9, "와와와와", "와와와"),
        Edit(16, "!!!!", "!!!"),
    ]
    assert apply(text, Repeats().edits(text)) == "아 ㅋㅋㅎㅎ 와와와 ㅠ !!!"
