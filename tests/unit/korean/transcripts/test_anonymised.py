"""Circles in place of names."""

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.transcripts.anonymised import Anonymised


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("○○카드 ㅇㅇㅇ 고객님", "[비식별]카드 [비식별] 고객님"),
        ("김ㅇㅇ님 ◯◯○ 지점", "김[비식별]님 [비식별] 지점"),
        ("○ 항목 ㅇ 표시 ㅇㅇㅋ ㅋㅇㅇ ㅇㅋ 〇〇", "○ 항목 ㅇ 표시 ㅇㅇㅋ ㅋㅇㅇ ㅇㅋ 〇〇"),
    ],
)
def test_circles(text: str, edited: str) -> None:
    assert Anonymised().format(text) == edited


def test_edits() -> None:
    assert Anonymised().edits("김○○ 님") == [Edit(1, "○○", "[비식별]")]
