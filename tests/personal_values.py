"""Invented personal values, each in one of the forms in which such values are written; seeded, nobody's.

Check digits are reckoned here once more, so that nothing of the detectors decides what a valid number is.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SPOKEN = "공일이삼사오육칠팔구"
SURNAMES = "김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허유남심노하곽성차주우구민"
GIVEN = ("민수", "서연", "지훈", "하은", "영희", "도윤", "예린", "태호", "수빈", "재현", "미경", "동욱", "유진", "성민")
SIDO = ("서울특별시", "서울시", "서울", "부산광역시", "부산", "대구", "인천", "경기도", "경기", "강원도", "충청북도")
FAR_SIDO = ("전라남도", "경상북도", "제주특별자치도", "세종특별자치시", "광주", "대전", "울산", "충남", "전북")
TOWNS = ("강남구", "해운대구", "수원시 영통구", "성남시 분당구", "중구", "전주시", "포항시 북구", "평창군", "달서구")
ROADS = (
    "테헤란로",
    "세종대로",
    "중앙로",
    "한밭대로",
    "월드컵로",
    "학동로4길",
    "반포대로23길",
    "은행나무길",
    "도산대로",
)
BANKS = ("국민은행", "신한은행", "우리은행", "하나은행", "농협은행", "카카오뱅크", "기업은행", "토스뱅크", "우체국")
ACCOUNT_SHAPES = ("3-3-6", "4-2-6", "6-2-6", "3-6-5", "3-2-6", "4-3-6", "3-6-2-3", "3-4-4-2", "4-2-7", "12", "14", "11")
DOMAINS = ("naver.com", "gmail.com", "hanmail.net", "daum.net", "kakao.com", "ixi-mail.co.kr", "uni.ac.kr", "corp.io")
PHONE_FORMS = (
    *["{a}-{f}-{l}"] * 5,
    *("{a}.{f}.{l}", "{a} {f} {l}", "{a}{f}{l}", "({a}) {f}-{l}", "({a}){f}-{l}", "{a}){f}-{l}", "{a} - {f} - {l}"),
    *("+82-{n}-{f}-{l}", "+82 {n} {f} {l}", "+82{n}{f}{l}", "+82 {n}-{f}-{l}", "+82-{n}-{f}{l}", "{a}-{f}{l}"),
    *("{a} {f}-{l}", "{a}) {f}-{l}", "+82.{n}.{f}.{l}", "+82 (0){n}-{f}-{l}", "{a}–{f}–{l}"),
)
AREAS = (
    *[("010", 8)] * 8,
    *(("011", 7), ("016", 7), ("017", 8), ("018", 7), ("019", 8), ("02", 8), ("02", 7), ("031", 7), ("031", 8)),
    *(("051", 7), ("064", 7), ("044", 7), ("070", 8), ("0507", 8), ("0502", 7), ("080", 7), ("063", 7)),
)


@dataclass(frozen=True)
class Written:
    """A value as it is written; `labelled`: only a label beside it tells what it is."""

    text: str
    labels: Sequence[str] = ()
    labelled: bool = False


def digits(chance: random.Random, number: int) -> str:
    """Return some digits."""
    return "".join(chance.choices("0123456789", k=number))


def resident_digit(front: str, base: int) -> int:
    """Return the check digit of a person's 12 digits; `base`: 11 for residents, 13 for foreigners."""
    return (base - _weighted(front, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10


def company_digit(front: str) -> int:
    """Return the check digit of a company's 12 digits."""
    return -_weighted(front, (1, 2) * 6) % 10


def business_digit(front: str) -> int:
    """Return the check digit of a business's 9 digits."""
    return -(_weighted(front, (1, 3, 7, 1, 3, 7, 1, 3, 5)) + int(front[8]) * 5 // 10) % 10


def luhn_digit(front: str) -> int:
    """Return the check digit of a card's other digits."""
    return -sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(front[::-1])) % 10


def _weighted(front: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(front, weights, strict=False))


def birthday(chance: random.Random, sexes: tuple[str, str]) -> str:
    """Return six digits of a day and the seventh; `sexes`: those of the twentieth and those of this century."""
    born = date(1935, 1, 1) + timedelta(days=chance.randrange(32_000))  # up to 2022
    return born.strftime("%y%m%d") + chance.choice(sexes[born.year >= 2000])


def _registration(chance: random.Random, sexes: tuple[str, str], base: int, labels: Sequence[str]) -> Written:
    front = birthday(chance, sexes)
    body = f"{front}{chance.randrange(96):02d}{digits(chance, 3)}"
    number = f"{body}{resident_digit(body, base)}"
    form = chance.choice(("-", "-", "-", " - ", "–", " ", ""))
    if "-" in form and front[6] in "34" and chance.random() < 0.3:
        number = front + digits(chance, 6)  # as given since October 2020
    return Written(f"{number[:6]}{form}{number[6:]}", labels, form in (" ", "") and chance.random() < 0.5)


def rrn(chance: random.Random) -> Written:
    """A resident's number."""
    return _registration(chance, ("12", "34"), 11, ("주민등록번호", "주민번호", "RRN", "주민등록번호(13자리)"))


def frn(chance: random.Random) -> Written:
    """A foreigner's number."""
    return _registration(chance, ("56", "78"), 13, ("외국인등록번호", "외국인 등록번호", "외국인번호"))


def rrn_masked(chance: random.Random) -> Written:
    """A resident's number whose end is masked already."""
    front = birthday(chance, ("12", "34"))
    return Written(f"{front[:6]}-{front[6]}******", ("주민등록번호", "주민번호"))


def corp(chance: random.Random) -> Written:
    """A company's number."""
    office = chance.choice((1101, 1201, 1301, 1345, 1801, 2001))
    front = f"{office}{chance.choice((11, 14, 15, 21))}0{digits(chance, 5)}"
    return Written(f"{front[:6]}-{front[6:]}{company_digit(front)}", ("법인등록번호", "법인번호"))


def brn(chance: random.Random) -> Written:
    """A business's number."""
    front = f"{chance.randint(101, 699)}{chance.choice((1, 5, 20, 81, 82, 86, 88)):02d}{digits(chance, 4)}"
    number, labels = f"{front}{business_digit(front)}", ("사업자등록번호", "사업자번호", "사업자 등록번호")
    if chance.random() < 0.2:
        return Written(number, labels, labelled=True)
    return Written(f"{number[:3]}-{number[3:5]}-{number[5:]}", labels)


def card(chance: random.Random) -> Written:
    """A card's number, of 15 or 16 digits."""
    labels = ("카드번호", "신용카드", "결제카드", "체크카드 번호")
    if chance.random() < 0.15:
        front = chance.choice(("34", "37")) + digits(chance, 12)
        number = f"{front}{luhn_digit(front)}"
        return Written(chance.choice(("-", " ", "")).join((number[:4], number[4:10], number[10:])), labels)
    network = chance.choice(("4", "4", "51", "53", "55", "9", "94", "35", "62", "65", "2221"))
    front = network + digits(chance, 15 - len(network))
    number = f"{front}{luhn_digit(front)}"
    groups = (number[place : place + 4] for place in range(0, 16, 4))
    return Written(chance.choice(("-", "-", " ", "")).join(groups), labels)


def _telephone(chance: random.Random, areas: Sequence[tuple[str, int]]) -> tuple[str, str, str]:
    area, size = chance.choice(areas)
    return area, f"{chance.randint(2, 9)}{digits(chance, size - 5)}", digits(chance, 4)


def phone(chance: random.Random) -> Written:
    """A telephone number."""
    area, first, last = _telephone(chance, AREAS)
    form = chance.choice(PHONE_FORMS)
    labels = ("연락처", "전화번호", "휴대폰", "H.P", "Tel", "핸드폰번호", "TEL.", "팩스", "수신번호")
    return Written(form.format(a=area, n=area[1:], f=first, l=last), labels)


def rep(chance: random.Random) -> Written:
    """A number that many firms are called by."""
    prefix = chance.choice(
        "1522 1544 1566 1577 1588 1599 1600 1644 1661 1666 1670 1688 1800 1811 1833 1855 1899".split()
    )
    return Written(f"{prefix}{chance.choice('---. ')}{digits(chance, 4)}", ("고객센터", "대표번호", "문의", "ARS"))


def driver(chance: random.Random) -> Written:
    """A driving licence."""
    parts = (str(chance.choice((*range(11, 27), 28))), *(digits(chance, size) for size in (2, 6, 2)))
    bare = chance.random() < 0.25
    return Written(("" if bare else "-").join(parts), ("운전면허번호", "면허번호", "운전면허"), labelled=bare)


def passport(chance: random.Random) -> Written:
    """A passport."""
    old = chance.random() < 0.5
    end = digits(chance, 8) if old else f"{digits(chance, 3)}{chance.choice('ABCDEFGH')}{digits(chance, 4)}"
    return Written(
        chance.choice("MSRODG" if old else "M") + end, ("여권번호", "여권", "Passport No.", "passport"), True
    )


def account(chance: random.Random) -> Written:
    """A bank account."""
    shape = chance.choice(ACCOUNT_SHAPES)
    text = "-".join(digits(chance, int(size)) for size in shape.split("-"))
    labels = (*BANKS, "계좌번호", "입금계좌", "환불 계좌", "이체 계좌번호", "국민은행 계좌번호", "자동이체계좌")
    return Written(f"{chance.randint(3, 9)}{text[1:]}", labels, labelled=True)


def email(chance: random.Random) -> Written:
    """An address for mail."""
    stem = chance.choice(("gildong.hong", "minsu_kim", "lee-sy", "HongGD", "k", "sales+kr", "user%1", "j.park.seoul"))
    local = stem + chance.choice(("", "", digits(chance, 2), digits(chance, 4)))
    domain = chance.choice(DOMAINS)
    return Written(
        f"{local}@{domain if chance.random() < 0.9 else domain.upper()}", ("이메일", "E-mail", "메일", "Email")
    )


def ip(chance: random.Random) -> Written:
    """A host's number."""
    first = chance.choice((10, 14, 58, 61, 112, 121, 172, 175, 192, 203, 211, 223))
    numbers = [first, *(chance.randrange(256) for _ in range(2)), chance.randint(1, 254)]
    return Written(".".join(map(str, numbers)), ("접속 IP", "IP", "IP주소", "서버 IP", "client_ip"))


def vehicle(chance: random.Random) -> Written:
    """A number plate."""
    labelled = chance.random() < 0.1
    letter = chance.choice(
        "조도" if labelled else "가나다라마거너더러머버서어저고노보소구누두루무부수우주바사아자배하허호"
    )
    first = str(chance.randint(100, 699)) if chance.random() < 0.5 else f"{chance.randint(10, 69)}"
    region = chance.choice(("서울 ", "경기 ", "부산")) if letter in "바사아자" and len(first) == 2 else ""
    text = f"{region}{first}{letter}{chance.choice(('', ' '))}{chance.randint(1000, 9999)}"
    return Written(text, ("차량번호", "번호판", "차량 번호", "차량"), labelled)


def address(chance: random.Random) -> Written:
    """Where somebody lives."""
    end = f"{chance.randint(1, 399)}" + (f"-{chance.randint(1, 60)}" if chance.random() < 0.3 else "")
    if chance.random() < 0.5:
        rooms = (f", {chance.randint(101, 119)}동 {chance.randint(101, 2505)}호", f" {chance.randint(101, 2505)}호")
        end += chance.choice(
            (*rooms, f" ({chance.choice(('역삼동', '중동', '정자동'))})", f", {chance.randint(1, 20)}층")
        )
    sido = chance.choice((*SIDO, *FAR_SIDO, ""))
    text = f"{sido} {chance.choice(TOWNS)} {chance.choice(ROADS)} {end}".strip()
    return Written(text, ("주소", "자택", "배송지", "거주지", "소재지", "자택 주소"), labelled=not sido)


def name(chance: random.Random) -> Written:
    """A person, called so that the words beside the name tell."""
    surname = chance.choice(SURNAMES)
    given = chance.choice(GIVEN)
    return Written(surname + (given if chance.random() < 0.9 else chance.choice("훈빈솔혁건욱")))


def spoken_digits(chance: random.Random) -> Written:
    """Digits read out: telephone numbers mostly, and others by their length."""
    if chance.random() < 0.75:
        groups: Sequence[str] = _telephone(chance, (("010", 8), ("010", 8), ("010", 8), ("011", 7), ("016", 8)))
    else:
        made = chance.choice((rrn, frn, card, brn))(chance).text
        number = re.sub("[^0-9]", "", made)
        sizes = {10: (3, 2, 5), 13: (6, 7), 15: (4, 6, 5), 16: (4, 4, 4, 4)}[len(number)]
        groups = [number[sum(sizes[:place]) :][:size] for place, size in enumerate(sizes)]
        if len(number) == 15 or chance.random() < 0.2:
            groups = [f"{chance.randint(3, 9)}{digits(chance, 2)}", digits(chance, 3), digits(chance, 5)]
    words = str.maketrans("0123456789", chance.choice("공공영") + SPOKEN[1:])
    pause = chance.choice(
        (" ", " ", "에 ", "에 ", "에", "의 ", " 다시 ", "-", ", ", "", "국에 " if len(groups) == 3 else " ")
    )
    inner = " " if chance.random() < 0.2 else ""
    if pause == "국에 ":
        first, second, third = (inner.join(group.translate(words)) for group in groups)
        return Written(f"{first} {second}국에 {third}")
    return Written((pause or inner).join(inner.join(group.translate(words)) for group in groups))


MAKERS: Mapping[str, Callable[[random.Random], Written]] = {
    maker.__name__: maker
    for maker in (
        *(rrn, frn, rrn_masked, corp, brn, card, phone, rep, driver, passport),
        *(account, email, ip, vehicle, address, name, spoken_digits),
    )
}
