"""Sino-Korean numerals, as words."""

import functools
import re

DIGITS = "일이삼사오육칠팔구"
MULTIPLIERS = "십백천만억조"
_POWERS = {"천": 1000, "백": 100, "십": 10}
MYRIADS = {"조": 10**12, "억": 10**8, "만": 10**4}
_BELOW = re.compile("".join(f"(?:([{DIGITS}]?)({power}))?" for power in _POWERS) + f"([{DIGITS}]?)")


@functools.lru_cache(maxsize=4096)
def number(words: str) -> int | None:
    """Return the number that numerals without spaces between them stand for; None where they are none.

    "만" may begin a number without a coefficient, "억" and "조" may not.

    >>> number("육만구천"), number("이천이십사"), number("천"), number("공일공"), number("이삼십")
    (69000, 2024, 1000, None, None)
    """
    total, rest = 0, words
    for name, size in MYRIADS.items():
        head, found, tail = rest.partition(name)
        if found:
            coefficient = 1 if not head and name == "만" and not total else _below_myriad(head)
            if coefficient is None:
                return None
            total, rest = total + coefficient * size, tail
    if not rest:
        return total or None
    below = _below_myriad(rest)
    return None if below is None else total + below


def _below_myriad(words: str) -> int | None:
    parts = _BELOW.fullmatch(words)
    if parts is None or not words:
        return None
    coefficients = zip(parts.groups()[0:6:2], parts.groups()[1:6:2], strict=True)
    total = sum((DIGITS.index(digit) + 1 if digit else 1) * _POWERS[power] for digit, power in coefficients if power)
    return total + (DIGITS.index(parts[7]) + 1 if parts[7] else 0)
