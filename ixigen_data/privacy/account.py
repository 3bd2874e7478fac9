"""Bank accounts (계좌번호)."""

import re

from ixigen_data.privacy.context import COUNTED, THINGS, after, before, in_a_figure, last_word, unlabelled_before
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?<![0-9][-:].)"
    r"(?:[0-9]{9,13}|[0-9]{1,5}-[0-9]{2,6}-[0-9]{2,7}(?:-[0-9]{1,3})?)"
    rf"(?![0-9A-Za-z])(?![-:][0-9]){COUNTED}"
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])")
_THINGS = re.compile(THINGS)
_BANKS = "국민|신한|우리|하나|카카오|토스|산업|대구|부산|경남|광주|전북|제주|씨티|SC제일|(?i:kb|ibk|nh)"
_WORDS = re.compile(  # of a bank, only its name directly before a number says so
    r"계좌|입금(?!일|액)|이체|송금|통장|예금주|은행(?!업|법|연합)|뱅크|농협|수협|신협|새마을금고|우체국|(?i:bank|account)"
    rf"|(?:{_BANKS}) ?[:)]? ?$"
)
_AFTER = re.compile(r"계좌|입금(?!일|액)|이체|송금|예금주|은행(?!업|법|연합)|뱅크|농협|수협|신협|우체국")
_FEWEST, _MOST = 10, 14  # digits


def _span(match: re.Match[str]) -> Span | None:
    """Accept 10 to 14 digits with a word for banking beside them, unless a nearer one says that they are a thing's.

    Days never are accounts: neither 2023-04-05-123456 nor 20230405142210.
    """
    digits = match[0].replace("-", "")
    if not _FEWEST <= len(digits) <= _MOST or (_DATE.match(match[0]) and match[0][0] in "12"):
        return None
    if in_a_figure(match):
        return None
    near = unlabelled_before(match, 20)
    word, thing = last_word(_WORDS, before(match, 20, _WORDS)), last_word(_THINGS, near)
    if thing is not None and (word is None or len(near) - thing.end() < len(word.string) - word.end()):
        return None
    return match.span() if word is not None or _AFTER.search(after(match, 8)) else None


ACCOUNT = Detector("account", _PATTERN, _span)
