"""What stands beside a number and tells what it is: words before and after, within a few characters."""

import re
from typing import Final

from ixigen_data.privacy.labels import LABELS

# A label may announce a value, as "[계좌번호] 110-…" does in a form, or stand for one. Those of a recipe's own may be
# written as <ACCOUNT> or [ACCOUNT].
LABEL: Final = re.compile(
    rf"{'|'.join(map(re.escape, sorted(set(LABELS.values()))))}|<[A-Z_]{{2,20}}>|\[[A-Z_]{{2,20}}\]"
)
_LONGEST_LABEL = 22
_DIRECT = re.compile(r"[\s:=|>*\"'-]{0,3}")  # between a label and what it announces
_AROUND_LABEL = 20  # characters before a label in which a word shows that it stands for a value

_BEFORE_IN_FIGURE = re.compile("[0-9][.,]$")
_AFTER_IN_FIGURE = re.compile("[.,][0-9]")

# Words before numbers that are nobody's: of an order, a parcel, a case, a book, a version.
THINGS: Final = (
    "(?:주문|접수|예약|승인|거래|문서|일련|등기|상품|제품|품목|사건|의안|특허|출원|쿠폰|관리|고유|운송|세션)"
    " ?(?:번호|코드|넘버|[nN][oO])"
    "|송장|운송장|바코드|시리얼|품번|부품|모델|학번|키 ?값|해시|토큰"
    "|(?i:isbn|issn|doi|s/n|serial|order|request|trace|timestamp|ts=|sha|commit|uuid|token|hash)"
)
# What follows a count, directly or after a space: "1,234 건", but not "1234 대기".
COUNTED: Final = (
    r"(?! ?(?:만|억|조|천|원(?!주)|명|건(?!물)|개|세대|가구|번째|쪽|페이지|마리|톤|평|곳|배|시간|가지|여 ?[명개건]"
    r"|%|퍼센트|달러|엔|위안)"
    r"|[년월일분초회점장권부대호차](?:[^가-힣]|$)| ?(?:k?[gmw]|hPa|cc|[KMG]?B|ms|bps|[㎡㎞㎏㎝])(?![A-Za-z]))"
)


def before(match: re.Match[str], chars: int, words: re.Pattern[str]) -> str:
    """Return what stands before a match, as `before_place` does."""
    return before_place(match.string, match.start(), chars, words)


def before_place(text: str, place: int, chars: int, words: re.Pattern[str]) -> str:
    """Return what stands before a place, no farther off than so many characters, back to the last label.

    A label directly before the place belongs to it if nothing shows that it stands for a value: one of `words` before
    it, or another label. So the values of a masked text are announced as before, and masking once more finds no more.
    """
    floor = max(0, place - chars - _LONGEST_LABEL)
    label = _last_label(text, floor, place)
    if label is None:
        return text[max(floor, place - chars) : place]
    rest = text[label.end() : place]
    if _DIRECT.fullmatch(rest) and _announces(label, words):
        return label[0] + rest
    return rest[-chars:]


def after(match: re.Match[str], chars: int) -> str:
    """Return what stands after a match, no farther off than so many characters, up to the next label."""
    near = match.string[match.end() : match.end() + chars + _LONGEST_LABEL]
    label = LABEL.search(near) if "[" in near or "<" in near else None
    return near[: chars if label is None else min(chars, label.start())]


def unlabelled_before(match: re.Match[str], chars: int) -> str:
    """Return the last characters before a match that are of no label: what speaks against it is seen past labels."""
    near = match.string[max(0, match.start() - 3 * chars) : match.start()]
    return (LABEL.sub("", near) if "]" in near or ">" in near else near)[-chars:]


def in_a_figure(match: re.Match[str]) -> bool:
    """Return whether a number without breaks is part of a decimal or of one in thousands: 0.1234…, 1234…,567.

    A full stop or comma beside a number with hyphens parts it from another: 900101-1234567,910101-2234567.
    """
    text, start = match.string, match.start()
    return match[0].isdigit() and (
        _BEFORE_IN_FIGURE.search(text[max(0, start - 2) : start]) is not None
        or _AFTER_IN_FIGURE.match(text, match.end()) is not None
    )


def last_word(words: re.Pattern[str], context: str) -> re.Match[str] | None:
    """Return the match nearest to the end of a context."""
    found = None
    for word in words.finditer(context):
        found = word
    return found


def _last_label(text: str, start: int, stop: int) -> re.Match[str] | None:
    if text.find("]", start, stop) < 0 and text.find(">", start, stop) < 0:
        return None
    found = None
    for label in LABEL.finditer(text, start, stop):
        found = label
    return found


def _announces(label: re.Match[str], words: re.Pattern[str]) -> bool:
    text, start = label.string, label.start()
    floor = max(0, start - _AROUND_LABEL - _LONGEST_LABEL)
    other = _last_label(text, floor, start)
    if other is not None and _DIRECT.fullmatch(text[other.end() : start]):
        return False
    return words.search(text, max(floor, start - _AROUND_LABEL, 0 if other is None else other.end()), start) is None
