"""Hesitation goes; answers, numerals and meant repetition stay."""

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.korean.transcripts import disfluency
from ixigen_data.korean.transcripts.disfluency import Disfluency


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("어 그게 음 요금제 으음 엄 바꿔 흠", "그게 요금제 바꿔"),
        ("고객: 어, 그게... 음… 네", "고객: 그게... 네"),
        ("에 안녕하세요. 에 저는", "안녕하세요. 저는"),
        ("그 그 요금제", "그 요금제"),
        ("저 저 저 뭐 뭐 이제 이제 막 막 아 아 바꿔", "저 뭐 이제 막 아 바꿔"),
        ("요금제 요금제 변경", "요금제 변경"),
        ("네 네 네 네", "네 네"),
        ("어 어 그", "그"),
        ("음 음\n고객: 음 어", "음\n고객: 어"),
    ],
)
def test_hesitation_goes(text: str, edited: str) -> None:
    assert Disfluency().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        "그 요금제",
        "저 그 뭐 이제 막 바꿔",
        "네 네 알겠습니다",
        "예 예",
        "음\n고객: 음\n상담사: 어",
        "공 일 일 이 이 이 삼 삼",
        "3 3 5G 5G abc abc",
        "하나 하나 그때 그때",
        "어느 음식 에어컨 어어 흠집",
        "학교 에 갔다",
        "에 대한 설명",
        "다음 다음 달 몇 몇",
        "카드번호가 카드번호가",
        "그  그 요금제",
    ],
)
def test_what_is_said_stays(text: str) -> None:
    assert Disfluency().format(text) == text


def test_more_lines_than_are_found_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disfluency, "_ROOM", 2)
    texts = ["어 가\n나\n음 다\n그 그 라", "", "나", "흠 마\n엄 바"]
    column = pa.array(["앞", *texts], pa.large_string()).slice(1)
    assert Disfluency().format_all(column).to_pylist() == list(map(Disfluency().format, texts))


def test_the_kernel_finds_lines_alone() -> None:
    lines = np.zeros((8, 2), np.int64)
    text = "어느 날\n어, 그래\n가나다 가나다\n가 나 가\n음식".encode()
    words = disfluency._WORDS.view(np.uint8).reshape(len(disfluency._WORDS), -1)
    data, offsets = np.frombuffer(text, np.uint8), np.array([0, len(text)], np.int64)
    found = disfluency.find_hesitant(data, offsets, 0, words, lines)
    assert [text[start:stop].decode() for start, stop in lines[:found]] == ["어, 그래", "가나다 가나다"]
