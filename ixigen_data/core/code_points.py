"""Sets of code points that rules share; a set is the inside of a regular expression's class."""

import functools
import unicodedata
from collections.abc import Iterable

CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
LINE_ENDS = "\r\v\f\x85\u2028\u2029"
INVISIBLES = "\xad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
JOINER = "\u200d"
SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0"
FILLERS = "\u115f\u1160"
BLANKS = f" \t\n{CONTROLS}{LINE_ENDS}{INVISIBLES}{JOINER}{SPACES}{FILLERS}"  # a text of nothing else is empty
# Symbols that a joiner may join; U+2329 and U+232A are left out, because NFC makes brackets of them.
EMOJI = "\u2190-\u21ff\u231a-\u2328\u23cf-\u23fa\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
CONJOINING_JAMO = "\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"
HANGUL_SYLLABLES = "가-힣"
COMPATIBILITY_JAMO = "\u3131-\u318e"
PRIVATE_USE = "\ue000-\uf8ff"
FULL_WIDTH_ASCII = "\uff01-\uff5e"
HANJA = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

_SYLLABLES = range(0xAC00, 0xD7A4)
_NFC_CHANGES = 0x30000  # every code point that NFC changes lies below


def members(characters: str) -> list[int]:
    """Return the code points of a set, in the order written.

    >>> members("a-cz")
    [97, 98, 99, 122]
    """
    points: list[int] = []
    rest = iter(characters)
    for character in rest:
        if character == "-" and points:
            points.extend(range(points[-1] + 1, ord(next(rest)) + 1))
        else:
            points.append(ord(character))
    return points


@functools.cache
def nfc_maybe() -> str:
    """Return the set of code points that can stand in a text that is not NFC, and some others.

    Every text without them is NFC (Unicode Standard Annex 15, section 9: quick check): they have a combining class, or
    are not NFC by themselves, or follow the first in a canonical decomposition, or are a conjoining vowel or final.
    """
    return as_set(_nfc_maybe(range(_NFC_CHANGES)))


def as_set(points: Iterable[int]) -> str:
    """Return code points as a set: what `members` takes apart.

    >>> as_set([98, 97, 99, 122])
    'a-cz'
    """
    ranges: list[list[int]] = []
    for point in sorted(set(points)):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in ranges)


def _nfc_maybe(points: Iterable[int]) -> set[int]:
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    for point in points:
        character = chr(point)
        if unicodedata.combining(character):
            found.add(point)
        decomposition = unicodedata.decomposition(character)
        if decomposition and not decomposition.startswith("<") and point not in _SYLLABLES:
            found.update(int(part, 16) for part in decomposition.split()[1:])
            if not unicodedata.is_normalized("NFC", character):
                found.add(point)
    return found
