"""What no rule for personal data may break.

Run twice it changes nothing more, one text at a time and in bulk it does the same, and hostile text takes no longer.
"""

import io
import json
import time
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.edits import apply
from ixigen_data.privacy.detect import find
from ixigen_data.privacy.labels import KINDS
from ixigen_data.privacy.pii import Pii
from tests.hard_negatives import hard_negatives
from tests.personal_data import positives

MASK = Pii(kinds=KINDS)
DROP = Pii(kinds=KINDS, action="drop")
EXAMPLES = [*(example.text for example in positives(1_500)), *hard_negatives(1_000)]
# Whatever meets badly: numbers and pieces of them, breaks, words that announce, labels, and what stands beside them.
PIECES = st.sampled_from(
    [
        *"0 1 8 010 02 031 82 1234 5678 12 123 123456 1234567 900101 1588 2023 456 11 220 81 39938 0012345678".split(),
        *"- -- . , ( ) + : / @ = * ****** – 🙂 É".split(),
        *(" ", " ", "  ", "\n", "\t"),
        *"계좌 은행 여권 주민 법인 면허 차량 전화 주문번호 주소 사업자 버전 만 원 요 이에요".split(),
        *"서울 강남구 테헤란로 중앙로12번길 으로 길 지하 성함 이름은 예금주 받는".split(),
        *"공 일 이 에 다시 국에 공일공 일이삼사 오육칠팔 김철수 홍길동 님 고객 씨 상담사 입니다".split(),
        *"[계좌번호] [여권번호] [전화번호] <ACCOUNT> [이름]".split(),
        *"010-1234-5678 900101-1234567 220-81-39938 4111-1111-1111-1111 123456789012 12345678901".split(),
        *"110-123-456789 11-12-123456-78 M12345678 12가3456 12조3456 117호 abc M".split(),
        *"hong@naver.com a@b .com 1.2.3.4 192.168.0.1".split(),
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.lists(PIECES, max_size=10).map(" ".join)


def check_rule(rule: Pii, texts: list[str]) -> None:
    """Compare the bulk form with the texts one by one, and run masks again."""
    expected = {
        row: revision
        for row, text in enumerate(texts)
        if (revision := rule.revise(text)).counts or revision.reason is not None
    }
    revised = rule.revise_all(pa.array(texts, pa.large_string()))
    assert dict(sorted(revised.items())) == expected
    for row, revision in expected.items():
        assert apply(texts[row], rule.edits(texts[row])) == revision.text
        if rule.action == "mask":
            again = rule.revise(revision.text)
            assert (again.text, dict(again.counts)) == (revision.text, {}), texts[row]


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None, max_examples=300)  # kernels compile in the first example
def test_texts_and_columns_agree_and_masks_stand(texts: list[str]) -> None:
    check_rule(MASK, texts)


@given(st.lists(TEXTS, max_size=4))
@settings(deadline=None)
def test_so_do_drops(texts: list[str]) -> None:
    check_rule(DROP, texts)


@given(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=12))
@settings(deadline=None)
def test_so_do_forms_and_talks(texts: list[str]) -> None:
    check_rule(MASK, [*texts, "\n".join(texts), " ".join(texts)])


@pytest.mark.parametrize(
    "name",
    [
        "ko_general/nsmc_reviews",
        "ko_general/petitions",
        "ko_general/it_docs",
        "ko_general/law-00",
        "ko_finance/portone_docs",
        "dialogue/spoken_3i4k",
        "en_telecom/rfc",
        "code/packages",
    ],
)
def test_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rb") as stream:
        lines = islice(io.BufferedReader(stream), 0, 3_000)
        texts, size = [], 0
        for line in lines:
            texts.append(json.loads(line)["text"][:20_000])
            size += len(texts[-1])
            if size > 500_000:
                break
    check_rule(MASK, texts)


@pytest.mark.parametrize(
    "piece",
    [
        *("1", "0", "12-", "1 ", "1.", "010-", "1234 ", "1234-5678-", "900101-", "+82", "0)", "(0)", "110-123-4567-"),
        *(
            "@",
            "a@",
            "a.",
            "a@b.",
            "a@b.c",
            "a-",
            "://",
            "공",
            "공 ",
            "공에",
            "이다",
            "김",
            "김님",
            "님",
            "김철 ",
            "상담",
        ),
        *(
            "로1",
            "서울 중구 가로1 ",
            "가",
            "가구 ",
            "1가1234",
            "M",
            "M123A",
            "[계좌번호] ",
            "계좌 1234567890 ",
            "[",
            "<A>",
        ),
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    MASK.revise_all(pa.array([piece], pa.large_string()))  # kernels compile at their first call
    start = time.process_time()
    MASK.revise_all(pa.array([text[: len(text) // 16]], pa.large_string()))
    short = time.process_time() - start
    MASK.revise_all(pa.array([text], pa.large_string()))
    assert time.process_time() - start - short < 48 * short + 1


def test_a_value_stands_in_its_place_wherever_it_is() -> None:
    for around in ("", "가" * 500, "é" * 100, "🙂" * 100, "1" * 300 + " ", "- " * 100):
        text = f"{around} 연락처 010-1234-5678 {around}"
        (found,) = find(text)
        assert text[found.start : found.stop] == "010-1234-5678"
        (revision,) = MASK.revise_all(pa.array([text], pa.large_string())).values()
        assert revision.text == text.replace("010-1234-5678", "[전화번호]")
