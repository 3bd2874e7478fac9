"""Business registration numbers (사업자등록번호)."""

import re

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.context import before, in_a_figure
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?<![0-9]-.)(?:[0-9]{2}([- ])[0-9]{2}\1[0-9]{5}|[0-9]{9})(?![0-9A-Za-z])(?!-[0-9])"
)
_WORD = re.compile("사업자|(?i:business)")


def _span(match: re.Match[str]) -> Span | None:
    """Accept right check digits; without hyphens, only where the word stands before the number."""
    digits = re.sub("[- ]", "", match[0])
    if int(digits[9]) != check_digits.brn(digits) or in_a_figure(match):
        return None
    return match.span() if "-" in match[0] or _WORD.search(before(match, 30, _WORD)) else None


BRN = Detector("brn", _PATTERN, _span)
