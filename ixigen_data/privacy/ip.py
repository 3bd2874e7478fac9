"""Hosts' addresses (IP주소), version 4.

Those that no host of somebody's has stay: this host and network (0, 127), and from 224 up groups, masks and what is
reserved. Private ones (10, 172.16, 192.168) are found: in a log they tell who it was.
"""

import re

from ixigen_data.privacy.context import unlabelled_before
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[0-9](?<![0-9A-Za-z_].)(?<![0-9A-Za-z_][.-].)"
    r"[0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9A-Za-z_])(?!\.[0-9A-Za-z])(?!-[0-9])"
)
# What a version or a section is called, right before its number or before one that "and" joins to it.
_CALLED = frozenset(
    "v ver rel oid § sec 제 표 절 그림 부록 릴리스 빌드 release build section sections appendix table".split()
)
_CALLED_SO = ("버전", "섹션", "펌웨어", "version", "firmware", "figure", "clause", "chapter")
_AND = frozenset(["and", "or", "to", "through", "및", "와", "~", "-"])
_PUNCTUATION = " .:=()[]*`'\",/~-"
_LISTED = 4  # words before a number that are looked at
_WORD = re.compile("주소|서버|접속|호스트|(?i:ip|host|addr|server|dns|ping)")
_LINE_START = re.compile(r"(?:^|\n)[ \t#*>|\-\[(]*$")
_LAST_UNICAST = 223
_LOOPBACK = 127
_BYTE = 255
_DIGIT = 9
_DEEPEST = 40  # a section has no more of its kind beside it
_OBJECTS = ("1.3.6.1", "1.2.840.1", "2.16.840.1")


def _span(match: re.Match[str]) -> Span | None:
    """Accept four numbers up to 255 that are no version and no section's.

    At the beginning of a line small ones are a section's; if all are of one digit, a word must speak of a host.
    """
    parts = match[0].split(".")
    numbers = [int(part) for part in parts]
    if max(numbers) > _BYTE or not 0 < numbers[0] <= _LAST_UNICAST or numbers[0] == _LOOPBACK:
        return None
    if any(len(part) > 1 and part[0] == "0" for part in parts) or match[0] in _OBJECTS:
        return None
    near = unlabelled_before(match, 24)
    if _called_otherwise(near) or match.string[match.end() : match.end() + 2].lstrip()[:1] in ("절", "장", "항"):
        return None
    if max(numbers) <= _DIGIT and not _WORD.search(near):
        return None
    if max(numbers) <= _DEEPEST and _LINE_START.search(match.string[max(0, match.start() - 12) : match.start()]):
        return None
    return match.span()


def _called_otherwise(near: str) -> bool:
    """Return whether the last word says that a version or section follows; joined numbers are seen past.

    >>> _called_otherwise("see Sections 4.1.2.8 and ")
    True
    """
    for word in reversed(near.lower().split()[-_LISTED:]):
        bare = word.strip(_PUNCTUATION)
        if bare in _CALLED or bare.endswith(_CALLED_SO):
            return True
        if bare and bare not in _AND and bare.strip("0123456789.").strip(_PUNCTUATION):
            return False
    return False


IP = Detector("ip", _PATTERN, _span)
