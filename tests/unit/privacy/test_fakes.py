"""Fakes: another value of the same kind, in the same form, always the same one under a key."""

import ipaddress
import random
import re
from collections.abc import Callable

import pytest

from ixigen_data.privacy.fakes import fake
from tests.personal_values import (
    MAKERS,
    business_digit,
    company_digit,
    digits,
    luhn_digit,
    resident_digit,
)

KEY = b"a key of the tests"


def values_of(kind: str, count: int = 200) -> list[str]:
    chance = random.Random(kind)
    return [MAKERS[kind](chance).text for _ in range(count)]


def shape(text: str) -> str:
    return re.sub("[A-Za-z가-힣]", "a", re.sub("[0-9]", "0", text))


def digits_of(text: str) -> str:
    return re.sub("[^0-9]", "", text)


@pytest.mark.parametrize("kind", MAKERS)
def test_another_value_and_always_the_same_one(kind: str) -> None:
    others = 0
    for value in values_of(kind):
        made = fake(kind, value, KEY)
        assert made != value
        assert made == fake(kind, value, KEY)
        others += made != fake(kind, value, b"another key")
    assert others > 150


@pytest.mark.parametrize("kind", sorted(set(MAKERS) - {"email", "ip", "address", "vehicle"}))
def test_the_written_form_stays(kind: str) -> None:
    for value in values_of(kind):
        assert shape(fake(kind, value, KEY)) == shape(value)


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("rrn", lambda front: resident_digit(front, 11)),
        ("frn", lambda front: resident_digit(front, 13)),
        ("corp", company_digit),
        ("brn", business_digit),
        ("card", luhn_digit),
    ],
)
def test_check_digits_are_right(kind: str, last: Callable[[str], int]) -> None:
    for value in values_of(kind):
        made = digits_of(fake(kind, value, KEY))
        assert made[-1] == str(last(made[:-1]))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("130111-0006246", 7),
        ("4111 1111 1111 1111", 4),
        ("3782-822463-10005", 4),
    ],
)
def test_what_says_whose_it_is_not_stays(value: str, kept: int) -> None:
    kind = "corp" if value.startswith("13") else "card"
    assert digits_of(fake(kind, value, KEY))[:kept] == digits_of(value)[:kept]


def test_birthdays_are_of_the_same_decade_and_sex() -> None:
    for value in values_of("rrn"):
        front, made = digits_of(value), digits_of(fake("rrn", value, KEY))
        assert made[6] == front[6]
        decades = "12" if front[0] == "2" and front[6] in "34" else front[0]
        assert made[0] in decades


def test_no_birthday_lies_in_the_future() -> None:
    assert {fake("rrn", f"200101-3{number:06d}", KEY)[:2] <= "20" for number in range(300)} == {True}


def test_a_masked_number_gets_the_birthday_of_the_whole_one() -> None:
    assert fake("rrn", "900101-1234567", KEY)[:8] == fake("rrn_masked", "900101-1******", KEY)[:8]


@pytest.mark.parametrize(
    "written",
    ["010-1234-5678", "01012345678", "(010) 1234 5678", "+82 10-1234-5678", "+82-(0)10.1234.5678", "010)1234-5678"],
)
def test_a_telephone_has_one_fake_however_it_is_written(written: str) -> None:
    made = fake("phone", written, KEY)
    assert shape(made) == shape(written)
    assert digits_of(made)[-8:] == digits_of(fake("phone", "010-1234-5678", KEY))[-8:]
    assert digits_of(made)[:-8] == digits_of(written)[:-8]


def test_a_telephone_read_out_gets_the_digits_of_the_written_one() -> None:
    made = fake("spoken_digits", "공일공에 일이삼사에 오육칠팔", KEY)
    spoken = made.translate(str.maketrans("공일이삼사오육칠팔구", "0123456789", "에 "))
    assert spoken == digits_of(fake("phone", "010-1234-5678", KEY))


def test_zero_is_read_as_it_was() -> None:
    chance = random.Random(1)
    made = [fake("spoken_digits", "영일영 " + "일이삼사 영오육칠", digits(chance, 4).encode()) for _ in range(40)]
    assert any(text.count("영") > 2 for text in made)
    assert not any("공" in text for text in made)


def test_mail_goes_nowhere() -> None:
    for value in values_of("email"):
        local, _, domain = fake("email", value, KEY).rpartition("@")
        assert domain in ("example.com", "example.net", "example.org")  # RFC 2606
        assert shape(local) == shape(value.rpartition("@")[0])


def test_hosts_are_of_the_documentation_networks() -> None:
    networks = [ipaddress.ip_network(f"{first}.0/24") for first in ("192.0.2", "198.51.100", "203.0.113")]  # RFC 5737
    for value in values_of("ip"):
        assert any(ipaddress.ip_address(fake("ip", value, KEY)) in network for network in networks)


def test_an_account_is_nothing_else_besides() -> None:
    for number in range(300):
        made = fake("account", f"352-{number:02d}-12345" if number < 100 else f"35{number:011d}", KEY)
        code = digits_of(made)
        assert code[0] in "3456789"
        assert len(code) != 10 or int(code[9]) != business_digit(code[:9])
        assert len(code) != 13 or int(code[12]) != company_digit(code[:12])


@pytest.mark.parametrize(
    ("value", "like"),
    [
        ("12가 3456", r"(0[1-9]|[1-6]\d)[가-주] \d{4}"),
        ("서울 32바 1234", r"서울 (0[1-9]|[1-6]\d)[바사아자] \d{4}"),
        ("123하4567", r"[1-6]\d\d[하허호]\d{4}"),
        ("85조 2345", r"(8\d|9[0-7])[가-주] \d{4}"),
    ],
)
def test_a_vehicle_stays_of_its_class(value: str, like: str) -> None:
    assert re.fullmatch(like, fake("vehicle", value, KEY))


@pytest.mark.parametrize(
    ("value", "like"),
    [
        ("서울특별시 강남구 테헤란로 123", r"서울특별시 강남구 [가-힣]+로 \d{3}"),
        ("경기도 성남시 분당구 중앙로123번길 4-5", r"경기도 성남시 분당구 [가-힣]+로\d{3}번길 \d-\d"),
        ("부산 중구 은행나무길 7, 101동 1502호", r"부산 중구 [가-힣]+길 \d, \d{3}동 \d{4}호"),
    ],
)
def test_an_address_stays_in_its_town(value: str, like: str) -> None:
    made = fake("address", value, KEY)
    assert re.fullmatch(like, made)
    assert not {"테헤란로", "중앙로", "은행나무길"} & set(re.findall("[가-힣]+[로길]", made))


@pytest.mark.parametrize(("value", "kept"), [("김민수", 1), ("남궁민수", 2), ("이훈", 1), ("이 훈", 1), ("황보영", 2)])
def test_a_name_keeps_its_surname_and_length(value: str, kept: int) -> None:
    made = fake("name", value, KEY)
    assert made[:kept] == value[:kept]
    assert shape(made) == shape(value)


def test_fakes_spread() -> None:
    made = {fake("phone", f"010-{number:04d}-0000", KEY) for number in range(2000, 4000)}
    assert len(made) > 1990


def test_a_value_with_nothing_to_replace_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="name: a value of 1 characters has nothing to replace"):
        fake("name", "김", KEY)
