"""Numbers before units, from words to digits."""

import re
from typing import ClassVar, Literal

from ixigen_data.korean.transcripts.josa import AFTER_NOUN
from ixigen_data.korean.transcripts.lines import LineFormatter
from ixigen_data.korean.transcripts.numerals import DIGITS, MULTIPLIERS, MYRIADS, number

# Units of time and order, with the largest number that they take.
_LIMITS = dict.fromkeys("년 개월 주 일 시간 분 초".split(), 9_999_999) | {
    "월": 12,
    "시": 24,
    "세": 999,
    "세기": 99,
    "주년": 9_999,
}
_MONEY = frozenset("원 달러 불 엔 유로 위안".split())
_AMOUNTS = _MONEY | frozenset("명 개 건 평 톤 가구 포인트 마일".split())
_COUNTED = (
    *_AMOUNTS,
    *"퍼센트 프로 배 회 번 인분 대 층 동 호 호선 페이지 회선 채널 그램 킬로그램 킬로 킬로미터 미터 센티미터".split(),
    *"센티 리터 킬로바이트 메가바이트 기가바이트 테라바이트 메가 기가 테라".split(),
)
_NUMBERED = frozenset("년 번 동 호 호선".split())  # written without thousands separators

_NUMERALS = DIGITS + MULTIPLIERS
_SUFFIX = "정도|쯤|가량|이상|이하|미만|이내|초과|씩|짜리|당|째"


def _followed(units: list[str], suffixes: str) -> str:
    """Return a pattern of units that end their noun, but for a suffix; the longest unit first."""
    names = "|".join(sorted(units, key=lambda unit: (-len(unit), unit)))
    return rf"(?:{names})(?=(?:{_SUFFIX}|{suffixes})?{AFTER_NOUN})"


_UNIT = "|".join(
    [_followed(list(_LIMITS), "간|동안|전|후|뒤|차|경|대|도|생|산|형"), _followed(list(_COUNTED), "대|어치|권")]
)
_SPOKEN = re.compile(
    # Not after one or two numerals alone, which _OPEN forbids as well: "이 이 이 …" would be tried at every word.
    rf"(?<![가-힣0-9~\-])(?<!\s[{_NUMERALS}] )(?<!\s[{_NUMERALS}]{{2}} )"
    rf"(?P<words>[{_NUMERALS}](?: ?[{_NUMERALS}]){{0,31}})(?P<gap> ?)(?P<unit>{_UNIT})(?P<of>의?)"
)
# Words that a number does not follow: vague ones, digits read one by one, mixed ones ("3만 오천 원"), a table's unit.
_OPEN = re.compile(rf"단위:?|여러|[수몇]|(?:여러|[수몇])?[{_NUMERALS}공영빵륙]+|\S*\d[{MULTIPLIERS}]*")
_WINDOW = 24


class SpokenNumbers(LineFormatter):
    """Writes Sino-Korean numerals before a unit as digits: "육만 구천 원" becomes "69,000원" (KOREAN S6).

    The numeral holds 십, 백, 천, 만, 억 or 조 and begins an eojeol, and the unit ends it but for a particle. Digits
    read one by one ("공일공에 이삼사오에"), a single digit ("이 개월", "이 요금제"), native numerals ("스물네 개월"),
    vague ones ("수십 년", "이삼십 분") and what is written already ("3만 5천 원") stay. Numbers of four digits and more
    have separators, except years and what is numbered ("1004호"); from a hundred million on they are written by
    myriads. Spaces are mended after this rule, not before: that would divide "육 만 구 천".
    """

    ID: ClassVar[str] = "S6"

    rule: Literal["spoken_numbers"] = "spoken_numbers"

    @property
    def line_triggers(self) -> str:
        """Return the numerals of which a line must hold one."""
        return MULTIPLIERS

    def lines(self, text: str) -> str:
        """Return the text with digits.

        >>> SpokenNumbers().lines("월 육만 구천 원, 이십사 개월, 이천이십사 년, 이 개월")
        '월 69,000원, 24개월, 2024년, 이 개월'
        """
        return _SPOKEN.sub(_written, text)


def _written(spoken: re.Match[str]) -> str:
    """Return a number and its unit in digits; as they were where they may mean something else."""
    words, unit = spoken["words"], spoken["unit"]
    prefix = ""
    if unit in _LIMITS and words.startswith("만"):  # "만 이십사 개월": full months
        prefix, words = "만 ", words[1:].lstrip(" ")
    compact = words.replace(" ", "")
    value = number(compact) if any(each in MULTIPLIERS for each in compact) else None
    if value is None or _is_word(compact, spoken) or _may_mean_this(words) or _is_open(spoken):
        return spoken[0]
    if value > _LIMITS.get(unit, 10**16) or (value >= 10**8 and unit not in _AMOUNTS):  # "구조대"
        return spoken[0]
    if value >= 10**12 and unit not in _MONEY:
        return spoken[0]
    return f"{prefix}{_digits(value, unit)}{unit}{spoken['of']}"


def _is_open(spoken: re.Match[str]) -> bool:
    """Return whether the word before a numeral is part of the number, or makes it vague."""
    before = spoken.string[max(0, spoken.start() - _WINDOW) : spoken.start()].rstrip(" ").replace("단위 :", "단위:")
    return _OPEN.fullmatch(re.split("[ \n]", before)[-1].lstrip("(")) is not None


def _is_word(compact: str, spoken: re.Match[str]) -> bool:
    """Return whether a numeral and its unit may be words of another kind."""
    unit = spoken["unit"]
    if spoken["of"] and unit in ("분", "회"):  # "백분의 일"; "회의" is a meeting
        return True
    if not spoken["gap"] and compact[-1] in MULTIPLIERS and (unit == "일" or len(compact) == 1):
        return True  # "이십일" is 21; "십분", "만원" and "백년" are words
    return compact == "이만" and unit not in _AMOUNTS  # "이만 회의를 마칩니다"


def _may_mean_this(words: str) -> bool:
    """Return whether "이 백 원" may be this hundred; not where a recogniser divides every word ("이 만 구 천")."""
    all_apart = len(words) >= 7 and set(words[1::2]) == {" "}
    return words.startswith("이 ") and not all_apart


def _digits(value: int, unit: str) -> str:
    """Return a number as it is written before a unit.

    >>> _digits(69000, "원"), _digits(350000000, "원"), _digits(2024, "년")
    ('69,000', '3억 5,000만 ', '2024')
    """
    if unit in _NUMBERED and value < 10_000:
        return str(value)
    if value < 10**8:
        return f"{value:,}"
    counts = ((value // size % 10_000, name) for name, size in MYRIADS.items())
    myriads = " ".join(f"{count:,}{name}" for count, name in counts if count)
    return f"{myriads} {value % 10_000:,}" if value % 10_000 else f"{myriads} "
