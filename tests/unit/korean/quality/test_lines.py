"""Tails and footers go from the end of a document, and nothing else does."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chain import Chain
from ixigen_data.core.edits import apply
from ixigen_data.core.ledger import Account
from ixigen_data.korean.quality.lines import COUNT, FOOTERS, NEWS_TAILS, KoreanLines
from tests.unit.clean.test_chain import documents_of

BODY = "(서울=가나뉴스) 홍길동 기자 = 정부는 오늘 새 요금제를 발표하였다.\n\n적용은 다음 달부터이다."
TAILS = (
    "<저작권자 ⓒ 가나뉴스, 무단 전재 및 재배포 금지>",
    "Copyright © 가나일보. All rights reserved.",
    "ALL RIGHTS RESERVED",
    "홍길동 기자 hong@gana.kr",
    "▶ 네이버에서 가나뉴스 구독하기",
    "☞ 제보는 카카오톡 '가나제보'",
    "[영상편집: 김철수]",
    "대표이사: 김철수 | 사업자 등록번호: 123-45-67890",
    "통신판매업신고 제2020-서울-0001호",
    "청소년보호책임자: 이영희",
)


def bulk(rule: KoreanLines, text: str) -> str:
    found = rule.revise_all(pa.array(["가", text], pa.large_string()))
    assert rule.haerae or 0 not in found
    return found[1].text if 1 in found else text


@pytest.mark.parametrize("tail", TAILS)
def test_a_tail_goes(tail: str) -> None:
    rule, text = KoreanLines(), f"{BODY}\n\n{tail}\n"
    assert rule.revise(text).text == bulk(rule, text) == BODY
    assert rule.revise(text).counts == {COUNT: 1}
    assert apply(text, rule.edits(text)) == BODY


def test_lines_among_the_tail_go_with_it() -> None:
    tail = "\n".join(["(주)가나뉴스", TAILS[7], "서울특별시 종로구 세종대로 1", TAILS[9], TAILS[1]])
    assert KoreanLines().revise(f"{BODY}\n{tail}").text == f"{BODY}\n(주)가나뉴스"
    assert KoreanLines().revise(f"{BODY}\n{tail}").counts == {COUNT: 4}


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"{TAILS[0]}\n{BODY}",  # not at the end
        TAILS[0],  # nothing else
        f"{TAILS[0]}\n\n{TAILS[1]}",
        f"{BODY}\n▶ 신청 기간은 두 달이다.",  # a bullet
        f"{BODY}\n이 개인정보처리방침은 2024년 1월 1일부터 적용됩니다.",
        f"{BODY}\n재판부는 기사를 무단 전재한 업체가 손해를 배상하여야 한다고 판결했다.",
        f"{BODY}\n법원은 기사의 무단 전재를 금지하였다.",
        f"{BODY}\n카카오톡: @telco 로 문의하세요.",
        f"{BODY}\n▶ 홈페이지에서 신청서를 내려받는다\n▶ 앱에서 본인 인증을 한다",
        f"{BODY}\n자동차등록번호: 소유자의 성명과 함께 적는다.",
        f"{BODY}\n자동차등록번호: 12가3456",
        f"{BODY}\n1. 대표자명: 법인의 대표자\n2. 통신판매업신고 번호\n3. 호스팅서비스 제공자의 상호",
        f"{BODY}\n① 청소년보호책임자의 성명\n② 개인정보처리방침",
        f"{BODY}\n{'개인정보처리방침에 따라 이용자의 정보를 보관한다. ' * 10}",  # a long line
        "",
        "\n\n",
    ],
)
def test_what_stays(text: str) -> None:
    assert KoreanLines().revise(text).text == bulk(KoreanLines(), text) == text
    assert KoreanLines().edits(text) == []


@pytest.mark.parametrize(
    "tail",
    [
        "이 기사의 무단 전재 및 재배포를 금지합니다.",
        "가나일보의 모든 글은 무단복제와 배포를 금합니다.",
        "저작권자 ⓒ 가나일보. 이 기사는 저작권법의 보호를 받습니다.",
        "인터넷신문 등록번호: 서울 아01234",
        "등록번호: 서울 아01234",
    ],
)
def test_other_tails_go(tail: str) -> None:
    rule, text = KoreanLines(), f"{BODY}\n{tail}"
    assert rule.revise(text).text == bulk(rule, text) == BODY


def test_a_tail_does_not_reach_over_a_sentence() -> None:
    text = f"{BODY}\n{TAILS[7]}\n이 약관은 오늘부터 적용한다."
    assert KoreanLines().revise(f"{text}\n{TAILS[1]}\n{TAILS[2]}").text == text


def test_kinds_are_switched_by_themselves() -> None:
    news, footer = f"{BODY}\n{TAILS[0]}", f"{BODY}\n{TAILS[8]}"
    assert KoreanLines(news_tails=False).revise(news).text == news
    assert KoreanLines(news_tails=False).revise(footer).text == BODY
    assert KoreanLines(footers=False).revise(footer).text == footer


def test_haerae_keeps_long_sentences_alone() -> None:
    rule = KoreanLines(haerae=True)
    long = "이 법은 전기통신사업의 적절한 운영과 전기통신의 효율적 관리를 통하여 "
    sentence = f"{long}이용자의 편의를 꾀하며 공공복리의 증진에 이바지함을 목적으로 하고 그 밖에 필요한 것을 정한다."
    repeated = f"{'같은 말을 ' * 12}한다."
    text = f"제목\n{sentence}\n\n짧은 문장이다.\n{sentence[:-1]}\n{repeated}\n{TAILS[0]}"
    assert rule.revise(text).text == bulk(rule, text) == f"{sentence}\n"
    assert rule.revise(text).counts == {COUNT: 5}
    assert apply(text, rule.edits(text)) == f"{sentence}\n"


_LINES = st.sampled_from(
    [*NEWS_TAILS, *FOOTERS, *TAILS, "본문이다.", "", " ", "기자", "저작권자(C) 가", "COPYRIGHT(c) b"]
)


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(_LINES, max_size=8), st.booleans())
def test_in_bulk_as_one_by_one(lines: list[str], swapped: bool) -> None:
    text = "\n".join(lines)
    text = text.swapcase() if swapped else text
    assert bulk(KoreanLines(), text) == KoreanLines().revise(text).text
    once = KoreanLines().revise(text).text
    assert text.startswith(once)


def test_through_the_chain() -> None:
    account = Account()
    kept, dropped = Chain([KoreanLines()]).run(documents_of(f"{BODY}\n{TAILS[3]}", "가"), account)
    assert (kept.text.to_pylist(), dropped) == ([BODY, "가"], [])
    assert account.counts[COUNT] == 1
    assert account.edited == {"korean_lines": 1}
