"""Telephone numbers (전화번호)."""

import re

from ixigen_data.privacy.context import COUNTED, THINGS, before, unlabelled_before
from ixigen_data.privacy.detector import Detector, Span

_AREA = r"1[016789]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[0-9]?|80"
_BREAK = r"(?: ?[-–] ?|--|·|에 ?|[. ]|)"
_ABROAD = r"82(?:[-. ]?\(0\)[-. ]?|[-. ]?0?)"
_PATTERN = re.compile(
    r"[+(08](?<![0-9+].)(?<![0-9][-–].)(?:(?<![0-9]\..)|(?<=-[0-9]{4}\..))"
    rf"(?:(?<=\+){_ABROAD}|(?<=0)0{_ABROAD}|(?<=8)2(?:-(?=1)|(?=10-[0-9]{{4}}-))"
    rf"|(?<=\()(?=0[0-9]{{1,3}}\))0|(?<=0))(?P<area>{_AREA})"
    rf"(?:\) ?-? ?|{_BREAK})[0-9]{{3,4}}{_BREAK}[0-9]{{4}}(?![0-9A-Za-z@_])(?!-[0-9A-Za-z]|`[0-9a-f]){COUNTED}"
)
_WORD = re.compile(
    r"전화|연락|휴대|핸드폰|폰|팩스|번호|문의|수신|발신|통화|☎|☏|📞|℡|(?i:tel|fax|phone|mobile|cell|call(?!-id)|h\.?p|contact)"
)
_THINGS = re.compile(THINGS)
_OTHER_COUNTRY = re.compile(r"\+[0-9]{1,3}[-. (]{1,2}$")  # of Genoa: +39 010 600 2512
_LETTER = re.compile("[A-Za-z_]")
_KEY = re.compile(r"[A-Za-z][\w.-]*[\"']? ?[:=] ?[\"'`]?$")  # "tag=", "id: "
_JOINED = re.compile(r"0[2-6][0-9]{3,4}[-. ][0-9]{4}")  # 02453-3844 is as well a place in Massachusetts
_DUMPED = re.compile("[0-9]{4}(?: [0-9]{4})+")
_DUMP_BEFORE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{4} $")
_DUMP_AFTER = re.compile(r" [0-9A-Fa-f]{4}(?![0-9A-Za-z])")


def _span(match: re.Match[str]) -> Span | None:
    """Accept what is no order's or parcel's, nor part of an identifier or a dump; doubtful forms need a word before."""
    text, value = match.string, match[0]
    if _THINGS.search(unlabelled_before(match, 10)):
        return None
    if match.start() and _LETTER.match(text, match.start() - 1) and not _WORD.search(before(match, 6, _WORD)):
        return None
    if _DUMPED.fullmatch(value) and (
        _DUMP_AFTER.match(text, match.end()) or _DUMP_BEFORE.search(before(match, 6, _WORD))
    ):
        return None
    if value[0] == "0" and _OTHER_COUNTRY.search(text[max(0, match.start() - 6) : match.start()]):
        return None
    doubtful = _JOINED.fullmatch(value) or (
        value.isdigit() and match["area"][0] != "1" and _KEY.search(before(match, 16, _WORD))
    )
    if doubtful and not _WORD.search(before(match, 20, _WORD)):
        return None
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    lone = value[0] == "(" and around[-1:] == ")" and around[0] != "("  # "(02)123-4567)" opens before the number
    return match.start() + lone, match.end()


PHONE = Detector("phone", _PATTERN, _span)
