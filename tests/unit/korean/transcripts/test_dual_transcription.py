"""One side of what was transcribed twice."""

import pytest

from ixigen_data.korean.transcripts.dual_transcription import DualTranscription


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("(70%)/(칠 십 퍼센트) 확률이라니", "70% 확률이라니"),
        ("(칠 십 퍼센트)/(70%) 확률이라니", "70% 확률이라니"),
        ("(5G)/(오지) 요금제는 (LTE) / (엘티이)보다", "5G 요금제는 LTE보다"),
        ("(컴퓨터)/(컴퓨타) (2 대)/(두 대)", "컴퓨터 2 대"),
        ("((3만)/(삼만))/(삼 만)", "3만"),
        ("(가)/(나)\n(가)/(나)", "가\n가"),
    ],
)
def test_the_spelling_stays(text: str, edited: str) -> None:
    assert DualTranscription().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        "괄호(안)는 그대로",
        "(가) / 나",
        "가/(나)",
        "()/(나)",
        "(가)/( )",
        "(가)\n/(나)",
        "(가)(나)",
        "3/4 (a/b)",
        "http://(a)/b",
        "비율=(가×나)/(다)",
        "(^.^)/(^o^)",
    ],
)
def test_what_is_no_pair_stays(text: str) -> None:
    assert DualTranscription().format(text) == text


def test_undecided_pairs_follow_the_data_set() -> None:
    assert DualTranscription(default="second").format("(컴퓨타)/(컴퓨터) (칠 십)/(70)") == "컴퓨터 70"
    assert DualTranscription(default="second").format("(KT)/(K T)") == "K T"


def test_the_pronunciation_may_stay_instead() -> None:
    rule = DualTranscription(keep="pronunciation")
    assert rule.format("(70%)/(칠 십 퍼센트) (컴퓨터)/(컴퓨타)") == "칠 십 퍼센트 컴퓨타"


def test_work_is_linear_in_what_is_nested() -> None:
    nested = "(" * 20_000 + "a" + ")/(b)" * 20_000
    assert DualTranscription().format(nested) == nested
