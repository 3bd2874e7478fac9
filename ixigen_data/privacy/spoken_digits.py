"""Digits read out (공일공에 일이삼사…), as speech is transcribed."""

import re
from typing import Final

from ixigen_data.privacy.context import before
from ixigen_data.privacy.detector import Detector, Span

SYLLABLES: Final = "공영일이삼사오육륙칠팔구빵"
FEWEST: Final = 7  # syllables
_PATTERN = re.compile(
    rf"[{SYLLABLES}](?:(?: {{0,2}}(?:에|의|다시|국에|국의|[-,.~]) {{0,2}}| {{1,2}})?+[{SYLLABLES}]){{{FEWEST - 1},}}+"
)
_DIGITS = str.maketrans(SYLLABLES, "0012345667890")
_GROUP = re.compile(f"[{SYLLABLES}]+")
_WORD = re.compile("번호|전화|계좌|카드|연락처|은행|면허|통장")
_MOBILE = re.compile("01[016789]")
_COPULA = re.compile("에요|예요|요|고|구|라|네|니까|거든|지| ?번호")  # after 이
_MOST_BEFORE = 2  # syllables of a word before the number: "이 번호 이 공일공…"
_SIZES: Final = (10, 11, 13, 16)  # a business, a telephone, a person, a card


def _span(match: re.Match[str]) -> Span | None:
    """Accept mobile numbers, and others by their length; 이 at the end may be a word's: "…육칠팔이에요"."""
    places = [place for place, character in enumerate(match[0]) if character in SYLLABLES]
    if len(places) > _SIZES[-1] + _MOST_BEFORE + 1:
        return None
    digits = "".join(match[0][place] for place in places).translate(_DIGITS)
    copula = places[-1] == len(match[0]) - 1 and match[0][-1] == "이" and _COPULA.match(match.string, match.end())
    chosen = _chosen(digits, bool(copula))
    if chosen is None:
        return None
    first, last = chosen
    if len(set(digits[first:last])) <= 2:  # "이이이이…" is a cry
        return None
    if digits[first] != "0" and not (
        _in_groups(match[0][places[first] : places[last - 1] + 1]) or _WORD.search(before(match, 20, _WORD))
    ):
        return None
    return match.start() + places[first], match.start() + places[last - 1] + 1


def _chosen(digits: str, copula: bool) -> tuple[int, int] | None:
    """Return which of the digits are a number: first, last + 1; `copula`: whether the last one may be a word's."""
    mobile = _MOBILE.search(digits, 0, _MOST_BEFORE + 3)
    first = mobile.start() if mobile is not None and len(digits) not in _SIZES else 0
    size = len(digits) - first
    if digits.startswith("010", first) and size in (11, 12):
        return first, first + 11
    for last in (size - 1, size) if copula else (size, size - 1 if digits[-1] == "2" else 0):
        if last in _SIZES or (last in (9, 12) and digits[first] == "0" and digits[first + 1] not in "01"):
            return first, first + last
    return None


def _in_groups(spoken: str) -> bool:
    """Return whether syllables are read in one stretch, one by one, or with four or more together.

    "이사 이일 구이 칠이" and "삼일 사일구 오일륙" are words and days.
    """
    sizes = [len(group) for group in _GROUP.findall(spoken)]
    return max(sizes) >= 4 or set(sizes) == {1}  # of a telephone, a card or an account


SPOKEN_DIGITS = Detector("spoken_digits", _PATTERN, _span, overlapping=False)
