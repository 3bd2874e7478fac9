"""Card numbers (카드번호)."""

import re

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.context import COUNTED, THINGS, before, in_a_figure, last_word
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[2-69](?<![0-9A-Za-z].)(?<![0-9]-.)(?<![0-9A-Fa-f]{4} .)"
    r"(?:[0-9]{14,15}|[0-9]{3}([- ])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{6}\1[0-9]{5}))"
    rf"(?![0-9A-Za-z])(?!-[0-9])(?! [0-9A-Fa-f]{{4}}(?![0-9A-Za-z])){COUNTED}"
)
_WORDS = re.compile(rf"(?P<card>카드|(?i:card|visa|master|amex))|(?P<thing>{THINGS})")
_NETWORKS = re.compile("[49]|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[4-8]|6[0245]")
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}\D?){4}")


def _span(match: re.Match[str]) -> Span | None:
    """Accept what the formula of Luhn closes and a network's digit begins; 9 is that of cards for use at home.

    Without hyphens or a word before it, the first digits must be those of a network.
    """
    digits = re.sub("[- ]", "", match[0])
    if int(digits[-1]) != check_digits.luhn(digits[:-1]) or in_a_figure(match):
        return None
    if len(digits) == 15 and digits[:2] not in ("34", "37"):
        return None
    word = last_word(_WORDS, before(match, 20, _WORDS))
    if word is not None:
        return match.span() if word.lastgroup == "card" else None
    return match.span() if "-" in match[0] or (_NETWORKS.match(digits) and not _YEARS.fullmatch(match[0])) else None


CARD = Detector("card", _PATTERN, _span)
