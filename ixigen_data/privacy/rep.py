"""Numbers that a firm is called by from everywhere (대표번호), such as 1588-0000."""

import re

from ixigen_data.privacy.context import COUNTED, before
from ixigen_data.privacy.detector import Detector, Span

_PREFIX = (
    r"1(?<![0-9A-Za-z].)(?<![0-9][-.].)(?:5(?:22|44|66|77|88|99)|6(?:00|44|61|66|70|88)|8(?:00|11|33|55|66|77|99))"
)
_PATTERN = re.compile(
    rf"({_PREFIX})([-. ])([0-9]{{4}})(?![0-9A-Za-z])(?![-.][0-9]|,[0-9]{{3}}(?![0-9]))(?! ?년){COUNTED}"
)
_WORD = re.compile(r"센터|대표|상담(?!사)|전화|문의|콜|연락|☎|☏|(?i:ars|tel|call|fax)")
_LATEST_YEAR = 2100


def _span(match: re.Match[str]) -> Span | None:
    """Accept what is not the years of a life or reign, "1588-1650", or has a word before it."""
    years = int(match[1]) < int(match[3]) <= _LATEST_YEAR
    return match.span() if not years or _WORD.search(before(match, 20, _WORD)) else None


REP = Detector("rep", _PATTERN, _span)
