"""Foreigners' registration numbers (외국인등록번호)."""

import re

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.detector import Detector, Span
from ixigen_data.privacy.registration import PATTERN, announced_as, digits_of, hyphenated, is_birthday


def _span(match: re.Match[str]) -> Span | None:
    """Accept real days of birth, as for residents: a hyphen, a word before the number, or the check digit."""
    digits = digits_of(match)
    if digits[6] not in "5678" or not is_birthday(digits):
        return None
    word = announced_as(match)
    valid = int(digits[12]) == check_digits.frn(digits)
    if word == "company" and int(digits[12]) == check_digits.corp(digits):
        return None
    return match.span() if word == "person" or (word != "thing" and (hyphenated(match) or valid)) else None


FRN = Detector("frn", PATTERN, _span)
