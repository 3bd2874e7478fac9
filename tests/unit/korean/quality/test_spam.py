"""Two spam words, or one among links, drop a page; one in the news does not."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ixigen_data.clean.chain import rules_for
from ixigen_data.korean.quality.phrases import Phrases
from ixigen_data.korean.quality.spam import SPAM_WORDS, Spam

PIECES = st.sampled_from([*SPAM_WORDS[:8], "출장", "바카", " ", "가", "\n", "a", "마사", "이트", "출 장 안", "마"])

NEWS = (
    "경찰은 불법 스포츠토토 사이트와 바카라 도박장을 운영한 일당을 붙잡았다. 이들은 해외에 서버를 두고 회원을 모았다.\n"
    "홍길동 기자 hong@gana.kr"
)
NOTICE = (
    "위원회는 조건만남과 출장 안마를 알선하는 정보에 대하여 접속을 막기로 하였다. 이러한 정보를 발견한 이용자는 "
    "위원회의 누리집에서 신고할 수 있으며, 신고한 사람의 신원은 보호된다. 사업자는 통보를 받은 날부터 사흘 안에 따른다."
)


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=5))
def test_phrases_are_found_as_in_plain_python(texts: list[str]) -> None:
    phrases = Phrases(SPAM_WORDS)
    found = phrases.in_documents(pa.array(texts, pa.large_string()))
    assert found.tolist() == [phrases.in_text(text) for text in texts]


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(st.text(st.sampled_from("가나ab\u0100"), min_size=1, max_size=4), min_size=1, max_size=20, unique=True))
def test_any_phrases_inside_each_other(phrases: list[str]) -> None:
    text = "".join(phrases)
    found = Phrases(phrases).in_documents(pa.array([text, text[1:]], pa.large_string()))
    assert found.tolist() == [Phrases(phrases).in_text(text), Phrases(phrases).in_text(text[1:])]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("서울 출장안마 부산 콜걸", "spam_words"),
        ("서울 출 장 안 마, 카지노 추천", "spam_words"),
        ("정부는 바카라 도박장을 단속하였다. " * 5, None),
        ("출장안마 출장안마 출장안마", None),  # one word
        ("바카라 실시간 카톡 bet777 문의", "spam_links"),
        (NEWS, None),
        (NOTICE, None),
        (f"{NEWS} 자세한 내용은 다음과 같다. 서울 출장안마 https://bet77.com 바카라 010-1234-5678", "spam_links"),
        ("바카라 https://bet77.com 010-1234-5678 문의", "spam_links"),
        ("바카라 도박을 단속하였다. 신고는 1577-1234.\n" + "경찰은 수사를 이어 가고 있다. " * 40, None),
        ("https://a.kr https://b.kr 02-123-4567 연락처", None),
        ("", None),
    ],
)
def test_reasons(text: str, reason: str | None) -> None:
    assert Spam().reason(text) == reason
    assert Spam().reason_all(pa.array(["가", text], pa.large_string())) == ({} if reason is None else {1: reason})


def test_settings() -> None:
    rule = Spam(words=("무료 체험", "당첨"), min_words=1)
    assert rule.reason("무료체험 신청") == "spam_words"
    assert Spam(min_words=3).reason("서울 출장안마 부산 콜걸") is None
    for words in ((), ("가", " ")):
        with pytest.raises(ValidationError, match="use 1 to 64, none of them empty"):
            Spam(words=words)
    assert rules_for([Spam()], "web", "ko") == (Spam(),)
    assert rules_for([Spam()], "web", "en") == ()
    assert rules_for([Spam(only=("web",))], "calls", "ko") == ()


def test_real_documents_hold_no_spam(corpora: Path) -> None:
    from benchmarks.bench_fit import read_texts

    texts = read_texts("ko_general/petitions")
    found = Spam().reason_all(pa.array(texts, pa.large_string()))
    assert len(found) <= 2
