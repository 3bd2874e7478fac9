"""Passports (여권번호)."""

import re

from ixigen_data.privacy.context import after, before
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[MSRODG](?<![A-Za-z0-9].)(?<![A-Za-z0-9]-.)(?:[0-9]{8}|[0-9]{3}[A-Z][0-9]{4})"
    r"(?![A-Za-z0-9])(?!-[0-9])(?! ?호(?![가-힣]))"
)
_WORD = re.compile("여권|(?i:passport)")


def _span(match: re.Match[str]) -> Span | None:
    """Accept what the word stands beside: "M12345678" is as well a part's number."""
    return match.span() if _WORD.search(before(match, 30, _WORD)) or _WORD.search(after(match, 20)) else None


PASSPORT = Detector("passport", _PATTERN, _span)
