"""Addresses by road (주소): province, town, road, number, rooms."""

import re

from ixigen_data.privacy.context import COUNTED, before_place
from ixigen_data.privacy.detector import Detector, Span

# The anchor: a road's end and the number of a house. "4길" after a road's name is still the name.
_PATTERN = re.compile(
    r"[로길](?<=[가-힣0-9].)(?<!으로) ?(?:지하 ?)?(?:[1-9]가 ?)?[0-9]{1,5}(?![0-9])(?:-[0-9]{1,4}(?![0-9]))?"
    r"(?! ?번?[가-하]?길)(?![-.:/~][0-9]|,[0-9]{3}(?![0-9]| ?[동호층]))"
    r"(?! ?가 ?[0-9]| ?번 ?출구| ?호선| ?번 ?버스| ?번째)" + COUNTED
)
_ROOMS = re.compile(
    r"(?:번지)?(?:,? ?(?:제?[0-9]{1,4}|[가-하A-Z])동(?![가-힣0-9]))?"
    r"(?:,? ?(?:지하 ?)?제?[0-9]{1,3}층)?(?:,? ?제?(?:B?[0-9]{1,5})호(?!선|기|차))?"
    r"(?: ?\([가-힣0-9]{1,8}[동리가](?:, ?[가-힣A-Za-z0-9 ]{1,20})?\))?"
)
_PROVINCE = (
    "(?:서울(?:특별시|시)?|(?:부산|대구|인천|광주|대전|울산)(?:광역시|시)?|세종(?:특별자치시|시)?|경기도?"
    "|(?:강원|전북|제주)(?:특별자치도|도)?|(?:충청|전라|경상)[남북]도|[충전경][남북])"
)
_TOWN = "[가-힣]{1,6}[시군구]"
_ROAD = "(?:[가-힣·]{1,10}[0-9]{0,3}(?:[가-힣]{0,3}(?:대로|로) ?[0-9]{1,4} ?번?[가-하]?길?)?|[가-힣0-9·]{1,14})"
_HEAD = re.compile(
    rf"(?:(?<![가-힣])(?P<province>{_PROVINCE}),? +)?(?P<towns>(?:(?<![가-힣]){_TOWN} +){{0,2}})"
    rf"(?:[가-힣]{{1,6}}[읍면] +)?(?P<road>(?<![가-힣]){_ROAD})$"
)
_HEAD_CHARS = 48
_LABEL = re.compile(r"(?<!IP)주소|자택|배송지|거주|소재지|사는 ?곳|배송 ?받")
_LABEL_CHARS = 30
_ADVERBS = frozenset(
    "바 따 새 그대 홀 서 별 별도 도 제 실제 절대 대체 앞 뒤 위 아래 함부 억지 주 수시 때때 종 하 스스 진실 정말 차례 "
    "선 신고 통 차 경 활주 이대 멋대 마음대 뜻대 반대 맘대".split()
)


def _span(match: re.Match[str]) -> Span | None:
    """Accept a road in a town, with its province before it or a word such as 주소 within 30 characters."""
    text, anchor = match.string, match.start()
    near = text[max(0, anchor - _HEAD_CHARS) : anchor].rpartition("\n")[2]
    head = _HEAD.search(near) if " " in near else None
    if head is None or head["road"] in _ADVERBS:
        return None
    if not (head["towns"] or (head["province"] or "").startswith("세종")):  # which has neither towns nor quarters
        return None
    start = anchor - len(head[0])
    if not head["province"] and not _LABEL.search(before_place(text, start, _LABEL_CHARS, _LABEL)):
        return None
    rooms = _ROOMS.match(text, match.end())
    assert rooms is not None, "it may be empty"
    return start, rooms.end()


ADDRESS = Detector("address", _PATTERN, _span)
