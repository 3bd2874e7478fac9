"""AI Hub's marks go, and slashes, plus signs and stars that are none stay."""

import pytest

from ixigen_data.core.steps import Formatter
from ixigen_data.korean.transcripts.aihub_markers import AihubMarkers
from ixigen_data.korean.transcripts.dual_transcription import DualTranscription


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("b/ 네 l/ 그렇죠 n/", "네 그렇죠"),
        ("o/그래서 갔어b/ n/u/", "그래서 갔어"),
        ("b/ n/\n네 o/", "\n네"),
        ("아/ 그/ 이제/ 뭐랄까/ 좋아", "좋아"),
        ("아침에 학교+ 학교에 갔다", "아침에 학교에 갔다"),
        ("모+모+ 몬 소리", "몬 소리"),
        ("그게* 말이야 몬*, 소리*.", "그게 말이야 몬, 소리."),
        ("그/* 그게+* 그게", "그게"),
    ],
)
def test_marks_go(text: str, edited: str) -> None:
    assert AihubMarkers().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        "http://b/ https://example.kr/b/l/o",
        "TCP/IP a/b l/s n/a 3/4 30 l/분 m/s",
        "남/여, 월/화/수, 전쟁/ 소외/ 인생",
        "A+ 등급, LG U+ 요금제, 2 + 3, 가+나, 디즈니+ 이용권",
        "2*3 = 6, 2 * 3, 비밀번호 ***, 김*수, 홍**, **굵게**, 010-****-1234",
        "*두 단어* 강조, *그게* 그거",
        "문*, 달*이라고 한 사람",
        "쉼표, 그리고 - 빼기, 결합-할인",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert AihubMarkers().format(text) == text


def test_fillers_may_stay_without_their_mark() -> None:
    assert AihubMarkers(fillers="keep").format("b/ 아/ 그/ 모+ 몬 소리야") == "아 그 몬 소리야"


def test_the_order_of_the_rules() -> None:
    rules: tuple[Formatter, ...] = (DualTranscription(), AihubMarkers())
    text = "b/ 아/ 모+ 몬 소리야 (70%)/(칠 십 퍼센트) 확률이라니 n/"
    for rule in rules:
        text = rule.format(text)
    assert text == "몬 소리야 70% 확률이라니"
