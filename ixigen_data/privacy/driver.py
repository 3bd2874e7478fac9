"""Driving licences (운전면허번호)."""

import re

from ixigen_data.privacy.context import before, in_a_figure
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[12](?<![0-9A-Za-z].)(?<![0-9]-.)(?:(?<=1)[1-9]|(?<=2)[0-68])(-?)[0-9]{2}\1[0-9]{6}\1[0-9]{2}(?![0-9A-Za-z])(?!-[0-9])"
)
_WORD = re.compile("면허")


def _span(match: re.Match[str]) -> Span | None:
    """Accept a region's code and four groups; without hyphens, or after 제, only where the word stands before them."""
    if in_a_figure(match):
        return None
    plain = match[1] and match.string[match.start() - 1 : match.start()] != "제"
    return match.span() if plain or _WORD.search(before(match, 30, _WORD)) else None


DRIVER = Detector("driver", _PATTERN, _span)
