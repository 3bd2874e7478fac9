"""Number plates (차량번호)."""

import re

from ixigen_data.privacy.context import COUNTED, after, before
from ixigen_data.privacy.detector import Detector, Span

_PATTERN = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?<![0-9]-.)(?:(?<![0-9][.,].)|(?<=[0-9]{4}[.,].))[0-9]{1,2}(?P<gap> ?)"
    r"(?P<letter>[가나다라마거너더러머버서어저고노도모보소오조구누두루무부수우주바사아자하허호배])( ?)[0-9]{4}"
    rf"(?![0-9])(?![-:~][0-9]|\.[0-9](?![0-9]{{1,2}} ?[가-하] ?[0-9]{{4}})){COUNTED}"
)
_WORD = re.compile("차량|번호판|자동차|승용차|화물차|택시|렌터카|견인|주차|차번호")
_REGION = re.compile("(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주) ?$")
_AMBIGUOUS = "조도"  # 25조 2000억, 20도 1013hPa
_ROOM = "호"


def _span(match: re.Match[str]) -> Span | None:
    """Accept digits, a letter of the plates' and digits, if no unit follows; 조 and 도 only with a word beside them.

    So with rooms ("117호 6570"), with what stands after 제, and with figures with a space on both sides of the letter.
    """
    start = match.start()
    spaced = match[0].endswith(f" {match[0][-4:]}")
    doubtful = match["letter"] in _AMBIGUOUS or (spaced and (match["letter"] == _ROOM or match["gap"] != ""))
    doubtful = doubtful or (start > 0 and match.string[start - 1] in "제第")
    if doubtful and not (_WORD.search(before(match, 30, _WORD)) or _WORD.search(after(match, 8))):
        return None
    region = _REGION.search(match.string[max(0, start - 3) : start])
    return start - (len(region[0]) if region else 0), match.end()


VEHICLE = Detector("vehicle", _PATTERN, _span)
