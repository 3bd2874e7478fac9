"""N6: half-width jamo, put together as an input method does."""

import unicodedata

import pytest

from ixigen_data.core.code_points import members
from ixigen_data.korean.automaton import CODAS, ONSETS, VOWELS, composed
from ixigen_data.korean.half_width_jamo import HalfWidthJamo

NARROW = {
    chr(int(unicodedata.decomposition(chr(point)).split()[1], 16)): chr(point)
    for point in members(HalfWidthJamo.TRIGGERS)
}


def narrow(jamo: str) -> str:
    return "".join(NARROW[each] for each in jamo)


def test_every_half_width_jamo_is_the_one_that_unicode_says() -> None:
    assert len(NARROW) == 51
    for wide, half in NARROW.items():
        assert HalfWidthJamo().format(half) == wide


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ㅎㅏㄴ", "한"),
        ("ㅋㅋ", "ㅋㅋ"),
        ("ㅎㅏㄴㄱㅡㄹ", "한글"),
        ("ㅎㅏ", "하"),
        ("ㄱㅏㄱㅏ", "가가"),  # a vowel takes the consonant before it
        ("ㄷㅏㄹㄱㅇㅣ", "닭이"),
        ("ㄷㅏㄹㄱㅣ", "달기"),  # and the second one of two
        ("ㄷㅏㄺㅣ", "달기"),
        ("ㄷㅏㄺ", "닭"),
        ("ㅇㅗㅏㄴ", "완"),
        ("ㅇㅘㄴ", "완"),
        ("ㅇㅣㅆㅏ", "이싸"),
        ("ㅇㅣㅆㄷㅏ", "있다"),
        ("ㅏㄸ", "ㅏㄸ"),
        ("ㄱㅏㄸ", "가ㄸ"),  # no coda
        ("ㄱㅅ", "ㄱㅅ"),  # thanks, not a cluster
        ("ㄳ", "ㄳ"),
        ("ㅠㅠ", "ㅠㅠ"),
        ("ㅗㅏ", "ㅗㅏ"),
        ("ㄳㅏ", "ㄳㅏ"),
        ("ㄱㅏㅏ", "가ㅏ"),
    ],
)
def test_runs_are_composed(typed: str, read: str) -> None:
    assert composed(typed) == read
    assert HalfWidthJamo().format(f"앞 {narrow(typed)}.") == f"앞 {read}."


def test_every_syllable_can_be_typed() -> None:
    for number in range(11_172):
        onset, rest = divmod(number, 588)
        vowel, coda = divmod(rest, 28)
        assert composed(ONSETS[onset] + VOWELS[vowel] + ("", *CODAS)[coda]) == chr(0xAC00 + number)


def test_what_is_near_stays() -> None:
    for text in ("ㅎㅏㄴ", "\u1112\u1161\u11ab", "ｱｲｳ", "ﾟ", "￦", "\uffa0"):
        assert HalfWidthJamo().format(text) == text
    assert HalfWidthJamo().format(f"가{narrow('ㄴ')}") == "가ㄴ"
