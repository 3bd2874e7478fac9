"""Numbers in words become digits where a unit makes them certain."""

import pytest

from ixigen_data.korean.transcripts.numerals import number
from ixigen_data.korean.transcripts.spoken_numbers import SpokenNumbers


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("월 육만 구천 원", "월 69,000원"),
        ("월 육만구천원입니다", "월 69,000원입니다"),
        ("육 만 구 천 원이요", "69,000원이요"),
        ("이십사 개월 약정", "24개월 약정"),
        ("이천이십사 년 십이 월 이십오일", "2024년 12월 25일"),
        ("이십일 일부터 이십 일간", "21일부터 20일간"),
        ("이십사시간 삼십 분 뒤", "24시간 30분 뒤"),
        ("오십 퍼센트, 십오 프로, 백 메가, 십 기가바이트", "50퍼센트, 15프로, 100메가, 10기가바이트"),
        ("이십오 건 십일 회 백 명 천이백 개", "25건 11회 100명 1,200개"),
        ("백이 동 천사 호", "102동 1004호"),
        ("구십 년대 이십 대 초반", "90년대 20대 초반"),
        ("만 원", "10,000원"),
        ("삼억 오천만 원, 일억 이천삼백사십오만 육천칠백팔십구 원", "3억 5,000만 원, 1억 2,345만 6,789원"),
        ("일조 원", "1조 원"),
        ("만 이십사 개월", "만 24개월"),
        ("학생이 이십 명", "학생이 20명"),
        ("일 년은 삼백육십오 일", "일 년은 365일"),
    ],
)
def test_numbers_become_digits(text: str, edited: str) -> None:
    assert SpokenNumbers().format(text) == edited


@pytest.mark.parametrize(
    "text",
    [
        "이 개월 이 요금제 삼 년 일 월 칠 일",
        "공일공에 이삼사오에 육칠팔구",
        "공일공 일이삼사 오육칠팔 번",
        "스물네 개월 한 시 열두 시",
        "수십 년 수 백 명 몇 백 원 몇십 건 여러 십 년",
        "이삼십 분 이 삼십 분 이십여 명",
        "3만 5천 원 3만 오천 원 오만 5천 원 2백 원",
        "이 만 원 이 백오십 원",
        "만일 그렇다면 만 삼 년",
        "이만 회의를 마치겠습니다 이만 시작",
        "백분의 일 천분의 오",
        "십분 이해 만원 버스 백일 잔치 천년 고도",
        "이십일에 만나",
        "이천 시 이천시 이천 쌀",
        "오십 원칙 백 원래 십 회의 이십 일정 사십 초반",
        "천만 시민 오천만 국민",
        "구조대와 구조 건은 일조 시간",
        "단위: 천원 (단위 : 백만 원)",
        "제이십 조 제삼십 회",
        "십~이십 명",
        "십이점오 퍼센트",
        "조 원 억 년",
    ],
)
def test_what_may_mean_something_else_stays(text: str) -> None:
    assert SpokenNumbers().format(text) == text


@pytest.mark.parametrize("words", ["", "만억", "십만조", "삼이", "공", "천천", "이삼십", "일만만", "억", "조"])
def test_what_is_no_number(words: str) -> None:
    assert number(words) is None


def test_a_line_of_numerals_takes_no_time() -> None:
    line = "이 " * 50_000 + "십 만 " * 50_000
    assert SpokenNumbers().format(line) == line
