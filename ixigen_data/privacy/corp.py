"""Companies' registration numbers (법인등록번호)."""

import re

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.detector import Detector, Span
from ixigen_data.privacy.registration import PATTERN, announced_as, digits_of, hyphenated


def _span(match: re.Match[str]) -> Span | None:
    """Accept right check digits: with a hyphen, and a registry's code in front, or with the word before the number."""
    digits = digits_of(match)
    if int(digits[12]) != check_digits.corp(digits):
        return None
    word = announced_as(match)
    accepted = word == "company" or (word != "thing" and hyphenated(match) and digits[0] in "12")
    return match.span() if accepted else None


CORP = Detector("corp", PATTERN, _span)
