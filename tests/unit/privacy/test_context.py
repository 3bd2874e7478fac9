"""What stands beside a number, and which labels belong to it."""

import re

import pytest

from ixigen_data.privacy.context import COUNTED, after, before, last_word, unlabelled_before

BANK = re.compile("계좌|은행")
NUMBER = re.compile("[0-9]+")


def number_in(text: str) -> re.Match[str]:
    found = NUMBER.search(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("가나다 123", "나다 "),
        ("가 123", "가 "),
        ("[계좌번호] 123", "[계좌번호] "),
        ("<ACCOUNT>: 123", "<ACCOUNT>: "),
        ("[계좌번호] 와 123", " 와 "),
        ("계좌 [계좌번호] 123", " "),
        ("[여권번호] [계좌번호] 123", " "),
        ("아무 [계좌번호] 123", "[계좌번호] "),
    ],
)
def test_before(text: str, expected: str) -> None:
    assert before(number_in(text), 3, BANK) == expected


def test_after_ends_at_a_label() -> None:
    assert after(number_in("123 국민은행입니다"), 5) == " 국민은행"
    assert after(number_in("123 [계좌번호] 은행"), 8) == " "


def test_what_speaks_against_a_number_is_seen_past_labels() -> None:
    assert unlabelled_before(number_in("주문번호 [이름] 123"), 6) == "주문번호  "


def test_last_word() -> None:
    found = last_word(BANK, "계좌 은행 앞")
    assert found is not None
    assert found[0] == "은행"
    assert last_word(BANK, "앞") is None


@pytest.mark.parametrize("text", ["원", " 원", "만 원", " 건", "%", " kg", "명", "년", " 세대"])
def test_counts(text: str) -> None:
    assert not re.match(COUNTED, text)


@pytest.mark.parametrize("text", ["", "원주", " 건물", "번", "대기", " 입니다", "으로", "ga"])
def test_no_counts(text: str) -> None:
    assert re.match(COUNTED, text)
