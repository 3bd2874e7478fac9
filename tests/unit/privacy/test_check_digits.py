"""Check digits agree with numbers that are public and with the formulas written out."""

import random

import pytest

from ixigen_data.privacy import check_digits
from tests.personal_values import business_digit, company_digit, digits, luhn_digit, resident_digit


@pytest.mark.parametrize("number", ["130111-0006246"])
def test_of_companies(number: str) -> None:
    front = number.replace("-", "")[:-1]
    assert check_digits.corp(front) == int(number[-1])


@pytest.mark.parametrize("number", ["220-81-39938", "124-81-00998"])
def test_of_businesses(number: str) -> None:
    assert check_digits.brn(number.replace("-", "")) == int(number[-1])


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "79927398713"])
def test_of_cards(number: str) -> None:
    assert check_digits.luhn(number[:-1]) == int(number[-1])


def test_all_agree_with_the_formulas() -> None:
    chance = random.Random(3)
    for _ in range(500):
        front = digits(chance, 12)
        assert check_digits.rrn(front) == resident_digit(front, 11)
        assert check_digits.frn(front) == resident_digit(front, 13) == (check_digits.rrn(front) + 2) % 10
        assert check_digits.corp(front) == company_digit(front)
        assert check_digits.brn(front) == business_digit(front[:9])
        assert check_digits.luhn(front) == luhn_digit(front)
