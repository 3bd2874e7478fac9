"""NIKL's marks go or become labels; braces, hyphens and tildes of other kinds stay."""

import pytest

from ixigen_data.korean.transcripts.nikl_markers import LABELS, NiklMarkers
from ixigen_data.privacy import labels


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("{laughing} 아~ -그- 그 &name1& 씨가 ((xx)) 갔대", "아 그 [이름] 씨가 갔대"),
        ("{emoji} 사진 {share:photo} {system: call} {censored}", "사진"),
        ("그래{laughing}서 {applausing}네", "그래서 네"),
        ("(()) 네 ((xxx)) ((추정 전사))는", "네 추정 전사는"),
        ("-하- 하지 -그러- 말고", "하지 말고"),
        ("-하-하지 마", "하지 마"),
        ("아~ 그~, 네~~ 음~", "아 그, 네 음"),
        ("&tel-num1& &card-num& &address2& &social-security-num1&", "[전화번호] [카드번호] [주소] [주민등록번호]"),
        ("&company-name1& &account& &num3&", "[회사명] [계좌번호] [번호]"),
        ("&affiliation& &other& &others1&", "[소속] [기타] [기타]"),
    ],
)
def test_marks_go(text: str, edited: str) -> None:
    assert NiklMarkers().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        '{"name": 1} {x} {0} ${이름} {Name}',
        "((가)나) (가) ( (나) )",
        "서울-부산-대구 010-1234-5678 - 목록 -1 2024-01-02",
        "월~금 3~5 1월~3월 9시~ 12시 ~까지 a~b",
        "R&D&C &nbsp; AT&T &unknown& & &",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert NiklMarkers().format(text) == text


def test_labels_are_those_of_personal_data() -> None:
    of_nikl_alone = {"[회사명]", "[소속]", "[기타]"}
    assert set(LABELS.values()) - of_nikl_alone <= set(labels.LABELS.values())
