"""Check digits: each function returns the digit that closes a number, from the ASCII digits before it.

Digits beyond those are not looked at, so a whole number serves as well; `luhn` alone takes exactly what comes before.
"""

from collections.abc import Sequence

_RESIDENT = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_COMPANY = (1, 2) * 6
_BUSINESS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # the digit sum of twice a digit


def rrn(digits: str) -> int:
    """Return the check digit of a resident registration number, from its first 12 digits.

    Numbers given since 5 October 2020 end in random digits: there it proves nothing.
    """
    return (11 - _weighted(digits, _RESIDENT) % 11) % 10


def frn(digits: str) -> int:
    """Return the check digit of a foreigner's registration number, from its first 12 digits."""
    return (13 - _weighted(digits, _RESIDENT) % 11) % 10


def corp(digits: str) -> int:
    """Return the check digit of a company's registration number, from its first 12 digits.

    >>> corp("130111000624")
    6
    """
    return -_weighted(digits, _COMPANY) % 10


def brn(digits: str) -> int:
    """Return the check digit of a business registration number, from its first 9 digits.

    >>> brn("220813993"), brn("124810099")
    (8, 8)
    """
    return -(_weighted(digits, _BUSINESS) + int(digits[8]) * 5 // 10) % 10


def luhn(digits: str) -> int:
    """Return the check digit that follows some digits by the formula of Luhn (ISO/IEC 7812-1).

    >>> luhn("7992739871")
    3
    """
    return (
        -sum(_DOUBLED[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits)))
        % 10
    )


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
