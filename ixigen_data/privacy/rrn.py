"""Resident registration numbers (주민등록번호)."""

import re

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.detector import Detector, Span
from ixigen_data.privacy.registration import PATTERN, announced_as, digits_of, hyphenated, is_birthday


def _span(match: re.Match[str]) -> Span | None:
    """Accept real days of birth, with a hyphen or a word before the number; without either, the check digit decides.

    Numbers given since 5 October 2020 end in random digits, so a wrong check digit says nothing against one. A seventh
    digit of 9 or 0, the 19th century, is that of nearly every company's number: it needs the word.
    """
    digits = digits_of(match)
    if digits[6] not in "123490" or not is_birthday(digits):
        return None
    word = announced_as(match)
    valid = int(digits[12]) == check_digits.rrn(digits)
    if word == "company" and int(digits[12]) == check_digits.corp(digits):
        return None
    if digits[6] in "90":
        accepted = word == "person"
    else:
        accepted = word == "person" or (word != "thing" and (hyphenated(match) or valid))
    return match.span() if accepted else None


RRN = Detector("rrn", PATTERN, _span)
