"""Fakes: another value of the same kind and the same written form, chosen by a keyed hash.

Under one key a value always has the same fake, however it is written: 010-1234-5678, +82 10 1234 5678 and the same
number read out give the same digits, each in its own form. Fakes of different values may be equal, and a fake may by
chance be somebody's: it says nothing about whom it stands for to anyone without the key, who could try all values.

What a fake keeps is what a text may depend on: of a number its kind, check digit, century, sex and decade of birth,
area or network code; of a card its first four digits; of an account its grouping; of a name the surname; of an address
all but road and numbers. A fake is found again as the same kind. So nothing tells it from a real value, and faking is
deterministic, but not idempotent: a text that is faked twice holds fakes of fakes.
"""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Final

from ixigen_data.privacy import check_digits
from ixigen_data.privacy.labels import Kind

_ATTEMPTS = 100  # draws before a value is taken to hold nothing that can be drawn anew
_CENTURY: Final = {"9": 1800, "0": 1800} | dict.fromkeys("1256", 1900) | dict.fromkeys("3478", 2000)
_SPOKEN: Final = dict(zip("공영빵일이삼사오육륙칠팔구", "0001234566789", strict=True))
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")  # RFC 5737
_DOMAINS = ("example.com", "example.net", "example.org")  # RFC 2606
_CONSONANTS, _VOWELS, _LETTERS = "bdghjklmnprstv", "aeiou", "ABCDEFGHJKLMNPRSTUVWXYZ"
_PLATE_CLASSES = ("바사아자", "하허호", "배", "가나다라마거너더러머버서어저고노모보소구누두루무부수우주")
_PLATE_RANGES = ((1, 69), (70, 79), (80, 97), (98, 99), (100, 699), (700, 799), (800, 997), (998, 999))
_ROADS = (
    "느티나무",
    "은빛",
    "한솔",
    "새싹",
    "달맞이",
    "푸른들",
    "햇살",
    "솔바람",
    "물레방아",
    "꽃마을",
    "별빛",
    "돌다리",
)
_TWO_SYLLABLE_SURNAMES = ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방")
_SINGLE, _FIRST, _SECOND = "훈빈솔별결린율찬혁건완욱", "민지서현예준시도태재경채소", "준서연우진윤빈훈아희영혁"


def fake(kind: Kind, value: str, key: bytes) -> str:
    """Return another value of a kind in the form in which this one is written; never the value itself.

    Args:
        kind: as of `detect.find`.
        value: as it was found: its separators, brackets and country code stay.
        key: a secret of any length.

    Raises:
        ValueError: the value holds nothing that can be replaced; it is not quoted.
    """
    make = _MAKERS[kind]
    for attempt in range(_ATTEMPTS):
        made = make(value, _Draws(key, kind, str(attempt), _same(kind, value)))
        if made != value:
            return made
    raise ValueError(f"{kind}: a value of {len(value)} characters has nothing to replace")


class _Draws:
    """A stream of numbers that follows from a key and names."""

    def __init__(self, key: bytes, *names: str) -> None:
        self._key = key
        self._name = "".join(f"{len(name)}:{name}" for name in names).encode()
        self._blocks = (hmac.digest(key, b"%d:%b" % (number, self._name), "sha256") for number in count())
        self._pool = b""

    def of(self, *names: str) -> "_Draws":
        """Return another stream of the same key."""
        return _Draws(self._key, *names)

    def below(self, bound: int) -> int:
        """Return a number from 0 to below `bound`, which is far below 2^64."""
        if not self._pool:
            self._pool = next(self._blocks)
        taken, self._pool = self._pool[:8], self._pool[8:]
        return int.from_bytes(taken) % bound

    def between(self, lowest: int, highest: int) -> int:
        return lowest + self.below(highest - lowest + 1)

    def pick(self, choices: Sequence[str]) -> str:
        return choices[self.below(len(choices))]

    def digits(self, number: int) -> str:
        return f"{self.below(10**number):0{number}d}" if number else ""


def _same(kind: Kind, value: str) -> str:
    """Return what is equal for all ways to write a value."""
    if kind == "phone":
        return _national(value)
    if kind in ("email", "passport", "name", "address", "vehicle", "ip", "rrn_masked"):
        return "".join(value.split()).casefold()
    return _digits(value)


def _digits(value: str) -> str:
    return "".join(re.findall(r"[0-9]", value))


def _national(value: str) -> str:
    """Return the digits of a telephone number as dialled at home.

    >>> _national("+82 (0)10-1234-5678")
    '01012345678'
    """
    digits = _digits(value)
    return "0" + digits.removeprefix("82").removeprefix("0") if digits.startswith("82") else digits


def _in_place(value: str, digits: str) -> str:
    """Return a value with its last digits replaced, in the form in which it is written.

    >>> _in_place("+82 10-1234-5678", "99998888")
    '+82 10-9999-8888'
    """
    places = [match.start() for match in re.finditer(r"[0-9]", value)][-len(digits) :]
    characters = list(value)
    for place, digit in zip(places, digits, strict=True):
        characters[place] = digit
    return "".join(characters)


def _birthday(front: str, draws: _Draws) -> str:
    """Return a day of the same decade, "yymmdd", for the first seven digits of a registration number.

    From 2020 on days are drawn from 2010 to that day, so that none lies in the future. It follows from these seven
    digits alone: where the rest is masked, it is the same.
    """
    born = _born(front)
    if born is None:
        raise ValueError("a registration number without a day of birth")
    if born.year >= 2020:
        first, last = date(2010, 1, 1), born
    else:
        first, last = date(born.year // 10 * 10, 1, 1), date(born.year // 10 * 10 + 9, 12, 31)
    return (first + timedelta(days=draws.below((last - first).days + 1))).strftime("%y%m%d")


def _born(front: str) -> date | None:
    try:
        return date(_CENTURY[front[6]] + int(front[:2]), int(front[2:4]), int(front[4:6]))
    except (KeyError, ValueError, IndexError):
        return None


def _registration(value: str, draws: _Draws, last: Callable[[str], int]) -> str:
    """Return another person's number: the region's code is one of 00 to 94 and even, which suits foreigners' too."""
    front = _digits(value)[:7]
    made = _birthday(front, draws.of("birthday", front)) + front[6] + f"{2 * draws.below(48):02d}" + draws.digits(3)
    return _in_place(value, f"{made}{last(made)}")


def _rrn(value: str, draws: _Draws) -> str:
    return _registration(value, draws, check_digits.rrn)


def _frn(value: str, draws: _Draws) -> str:
    return _registration(value, draws, check_digits.frn)


def _rrn_masked(value: str, draws: _Draws) -> str:
    front = _digits(value)[:7]
    return _in_place(value, _birthday(front, draws.of("birthday", front)) + front[6:])


def _corp(value: str, draws: _Draws) -> str:
    """Return a number of the same registry, kind and century, so that it is no more a person's than before."""
    made = _digits(value)[:7] + draws.digits(5)
    return _in_place(value, f"{made}{check_digits.corp(made)}")


def _brn(value: str, draws: _Draws) -> str:
    made = f"{draws.between(101, 699)}{_digits(value)[3:5]}{draws.between(1, 9999):04d}"
    return _in_place(value, f"{made}{check_digits.brn(made)}")


def _card(value: str, draws: _Draws) -> str:
    digits = _digits(value)
    made = digits[:4] + draws.digits(len(digits) - 5)
    return _in_place(value, f"{made}{check_digits.luhn(made)}")


def _phone(value: str, draws: _Draws) -> str:
    """Return a number of the same network; a subscriber's begins with 2 to 9."""
    number = _national(value)
    area = 2 if number.startswith("02") else 4 if number.startswith("050") else 3
    return _in_place(value, f"{draws.between(2, 9)}{draws.digits(len(number) - area - 1)}")


def _rep(value: str, draws: _Draws) -> str:
    return _in_place(value, draws.digits(4))


def _driver(value: str, draws: _Draws) -> str:
    return _in_place(value, draws.digits(10))


def _passport(value: str, draws: _Draws) -> str:
    def other(match: re.Match[str]) -> str:
        return draws.digits(1) if match[0].isdigit() else draws.pick(_LETTERS)

    return value[:1] + re.sub(r"[0-9A-Z]", other, value[1:])


def _account(value: str, draws: _Draws) -> str:
    """Return another number in the same groups, one that means nothing else."""
    while True:
        # 3 to 9: neither a telephone, a licence nor a year begins so.
        made = f"{draws.between(3, 9)}{draws.digits(len(_digits(value)) - 1)}"
        if not _means_more(made):
            return _in_place(value, made)


def _means_more(digits: str) -> bool:
    """Return whether digits are also the number of a company or a person."""
    if len(digits) == 10:
        return int(digits[9]) == check_digits.brn(digits)
    return len(digits) == 13 and (_born(digits) is not None or int(digits[12]) == check_digits.corp(digits))


def _email(value: str, draws: _Draws) -> str:
    local, _, domain = value.rpartition("@")
    parity = 0  # consonants and vowels by turns

    def other(match: re.Match[str]) -> str:
        nonlocal parity
        if match[0].isdigit():
            return draws.digits(1)
        parity ^= 1
        letter = draws.pick(_CONSONANTS if parity else _VOWELS)
        return letter.upper() if match[0].isupper() else letter

    made = re.sub(r"[^\W_]", other, local)
    return f"{made}@{draws.of('domain', domain.casefold()).pick(_DOMAINS)}"


def _ip(_value: str, draws: _Draws) -> str:
    return f"{draws.pick(_NETWORKS)}.{draws.between(1, 254)}"


def _vehicle(value: str, draws: _Draws) -> str:
    """Return a plate of the same class of vehicle and of use, with a letter that needs no label beside it."""

    def other(match: re.Match[str]) -> str:
        lowest, highest = next(pair for pair in _PLATE_RANGES if int(match[1]) <= pair[1])
        letters = next((same for same in _PLATE_CLASSES if match[3] in same), _PLATE_CLASSES[-1])
        first = f"{draws.between(lowest, highest):0{len(match[1])}d}"
        return f"{first}{match[2]}{draws.pick(letters)}{match[4]}{draws.between(1000, 9999)}"

    return re.sub(r"([0-9]{2,3})(\s*)([가-힣])(\s*)[0-9]{4}", other, value)


def _address(value: str, draws: _Draws) -> str:
    """Return an address in the same town: another road, other numbers of as many digits."""
    road = draws.pick(_ROADS)
    renamed = re.sub(r"(?<![0-9가-힣])[가-힣]+?(대로|로|길)(?=\s*[0-9])", rf"{road}\1", value)
    return re.sub(r"[0-9]+", lambda number: _of_size(len(number[0]), draws), renamed)


def _of_size(digits: int, draws: _Draws) -> str:
    return str(draws.between(10 ** (digits - 1), 10**digits - 1))


def _name(value: str, draws: _Draws) -> str:
    kept = 2 if value.startswith(_TWO_SYLLABLE_SURNAMES) and len(value) > 2 else 1
    given = len(re.findall("[가-힣]", value[kept:]))
    drawn = iter([draws.pick(_SINGLE)] if given == 1 else [draws.pick((_FIRST, _SECOND)[i % 2]) for i in range(given)])
    return value[:kept] + re.sub("[가-힣]", lambda _: next(drawn), value[kept:])


def _spoken_digits(value: str, draws: _Draws) -> str:
    """Return other digits read out with the same pauses, and the same word for zero.

    What reads as a telephone number, a person's or a card's gets the digits that it gets when it is written.
    """
    digits = "".join(_SPOKEN.get(character, "") for character in value)
    kind = _read_out(digits)
    made = _MAKERS[kind](digits, draws.of(kind, "0", digits))
    zero = next((character for character in value if _SPOKEN.get(character) == "0"), "공")
    drawn = (zero if digit == "0" else "일이삼사오육칠팔구"[int(digit) - 1] for digit in made)
    return "".join(next(drawn) if character in _SPOKEN else character for character in value)


def _read_out(digits: str) -> Kind:
    if digits.startswith("0") and 9 <= len(digits) <= 12:
        return "phone"
    if len(digits) == 13 and _born(digits) is not None:
        return "frn" if digits[6] in "5678" else "rrn"
    return "card" if len(digits) == 16 else "account"


_MAKERS: Final[Mapping[Kind, Callable[[str, _Draws], str]]] = {
    "rrn": _rrn,
    "frn": _frn,
    "rrn_masked": _rrn_masked,
    "corp": _corp,
    "brn": _brn,
    "card": _card,
    "phone": _phone,
    "rep": _rep,
    "driver": _driver,
    "passport": _passport,
    "account": _account,
    "email": _email,
    "ip": _ip,
    "vehicle": _vehicle,
    "address": _address,
    "name": _name,
    "spoken_digits": _spoken_digits,
}
