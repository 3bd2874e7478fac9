"""Resident and foreigners' registration numbers whose end is masked already: the birthday and sex still stand."""

import re

from ixigen_data.privacy.detector import Detector, Span
from ixigen_data.privacy.registration import is_birthday


def _span(match: re.Match[str]) -> Span | None:
    return match.span() if any(is_birthday(f"{match[0][:6]}{century}") for century in "13") else None


RRN_MASKED = Detector("rrn_masked", re.compile(r"[0-9](?<![0-9A-Za-z-].)[0-9]{5}-[1-8]\*{6}(?!\*)"), _span)
