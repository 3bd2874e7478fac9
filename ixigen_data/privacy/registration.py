"""The form that the numbers of residents, foreigners and companies share: six digits and seven."""

import re
from datetime import date
from typing import Final

from ixigen_data.privacy.context import COUNTED, THINGS, before, in_a_figure, last_word

PATTERN: Final = re.compile(
    r"([0-9](?<![0-9A-Za-z].)(?<![0-9][-–].)[0-9]{5})( ?[-–]? ?)([0-9]{7})(?![0-9A-Za-z])(?![-–][0-9])" + COUNTED
)
_COUNTS: Final = "(?:회원|가입자|이용자|사용자|방문자|접속자|고객|인원|조회) ?수 ?[:=]? ?$"  # not 철수, a name
_WORDS: Final = re.compile(
    rf"(?P<person>주민|외국인|(?i:rrn|frn|resident|alien))|(?P<company>법인(?!세)|(?i:corp))|(?P<thing>{THINGS}|{_COUNTS})"
)
_CENTURY: Final = {"9": 1800, "0": 1800} | dict.fromkeys("1256", 1900) | dict.fromkeys("3478", 2000)
_HORIZON: Final = date(2030, 12, 31)  # nobody is born later; a fixed day, since output follows from input alone


def digits_of(match: re.Match[str]) -> str:
    """Return the 13 digits."""
    return match[1] + match[3]


def announced_as(match: re.Match[str]) -> str | None:
    """Return "person", "company" or "thing" by the nearest word within 20 characters before, None without any.

    A part of a longer figure is a thing.
    """
    if in_a_figure(match):
        return "thing"
    word = last_word(_WORDS, before(match, 20, _WORDS))
    return None if word is None else word.lastgroup


def hyphenated(match: re.Match[str]) -> bool:
    """Return whether a hyphen parts the two halves."""
    return "-" in match[2] or "–" in match[2]


def is_birthday(digits: str) -> bool:
    """Return whether the first seven digits are a day of birth with its century."""
    if not "01" <= digits[2:4] <= "12" or not "01" <= digits[4:6] <= "31":
        return False
    try:
        return date(_CENTURY[digits[6]] + int(digits[:2]), int(digits[2:4]), int(digits[4:6])) <= _HORIZON
    except ValueError:
        return False
