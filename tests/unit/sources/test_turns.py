"""Utterances to lines."""

import pytest

from ixigen_data.sources.turns import Turn, dialogue, without_numbers

TURNS = [
    Turn("s2", " 네. "),
    Turn("s2", "요금제\n바꿀게요"),
    Turn("s1", ""),
    Turn("s1", "네"),
    Turn("s2", "감사합니다"),
]


def test_what_one_speaker_says_in_a_row_is_a_line() -> None:
    expected = "화자1: 네. 요금제 바꿀게요\n화자2: 네\n화자1: 감사합니다"
    assert dialogue(TURNS, {}, "keep") == expected
    assert dialogue(TURNS, {}, "drop") == "네. 요금제 바꿀게요\n네\n감사합니다"


def test_names_stand_where_they_are_known() -> None:
    assert dialogue(TURNS, {"s1": "상담사"}, "keep").startswith("화자1: 네. 요금제 바꿀게요\n상담사: 네")
    assert dialogue([Turn("s1", "네"), Turn("s1", "예")], {"s1": "상담사"}, "keep") == "상담사: 네 예"


def test_who_speaks_alone_has_lines_without_a_name() -> None:
    lecture = [Turn("s1", "첫째입니다."), Turn("s1", "둘째입니다.")]
    assert dialogue(lecture, {}, "keep") == dialogue(lecture, {}, "drop") == "첫째입니다.\n둘째입니다."


def test_utterances_of_nobody_are_lines_of_their_own() -> None:
    assert dialogue([Turn(None, "하나"), Turn(None, "둘"), Turn("s", "셋")], {}, "keep") == "하나\n둘\n화자1: 셋"
    assert dialogue([], {}, "keep") == ""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"a": "상담사1", "b": "고객1"}, {"a": "상담사", "b": "고객"}),
        ({"a": "고객1", "b": "고객2", "c": "상담사1"}, {"a": "고객1", "b": "고객2", "c": "상담사"}),
    ],
)
def test_numbers_stay_where_they_tell_speakers_apart(names: dict[str, str], expected: dict[str, str]) -> None:
    assert without_numbers(names) == expected
