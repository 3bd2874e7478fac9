"""N14: laughter that runs into a syllable."""

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.laughter import Laughter


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("먹었엌ㅋㅋㅋ", "먹었어ㅋㅋㅋ"),
        ("그랰ㅋ", "그래ㅋ"),
        ("아핳ㅎㅎ", "아하ㅎㅎ"),
        ("앜ㅋ앜ㅋ", "아ㅋ아ㅋ"),
        ("앜앜ㅋ", "앜아ㅋ"),
    ],
)
def test_the_coda_goes(before: str, after: str) -> None:
    assert Laughter().format(before) == after
    assert Laughter().format(after) == after


@pytest.mark.parametrize(
    "text",
    ["부엌 ㅋㅋ", "부엌", "앜ㅎㅎ", "앟ㅋ", "많ㅎㅎ", "ㅋㅋㅋ", "각ㅋㅋ", "안녕하세요ㅋㅋㅋㅋ", "엌", "엌k", "éㅋ"],
)
def test_other_codas_stay(text: str) -> None:
    assert Laughter().format(text) == text


def test_edits_are_the_syllables() -> None:
    assert Laughter().edits("부엌 엌ㅋㅋ") == [Edit(3, "엌", "어")]
