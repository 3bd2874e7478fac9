"""Names of people (이름), only where an address or a word beside them says so: 님, 씨, 고객님, 성함.

Names elsewhere stay: open recognition of names finds two thousand in 150,000 characters of news, most of them none, or
those of public persons.
"""

import re
from typing import Final

from ixigen_data.privacy.detector import Detector, Span

SURNAMES: Final = (  # their first syllables
    "김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민나진지엄채원천방공현함변염여추"
    "도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부"
)
_TWO: Final = "남궁|황보|제갈|선우|독고|사공|서문|동방"
_NAME: Final = rf"(?:(?:{_TWO})[가-힣]{{1,2}}|[{SURNAMES}][가-힣]{{1,2}})"
_TITLE: Final = (
    r"(?<=고)객님|(?<=님)(?!가)|(?<=씨)(?=[^가-힣]|[가는의를도와께에한로만등측이입라처네]|$)"
    "|(?<=상)담[사원](?:님|입니다|이에요|예요|이고|인데)"
)
_LABEL: Final = (
    "(?:(?<=성)[함명]|(?<=이)(?<![가-힣] 이)름|(?<=예)금주|(?<=고)객명|(?<=신)청자명|(?<=수)취인"
    "|(?<=받)는 ?분|(?<=보)내는 ?분)"
    rf"(?:[\" ]{{0,2}}[:=|][\" ]{{0,2}}(?P<written>{_NAME})"
    rf"|[은는이]? \"?(?P<said>{_NAME}))(?![가-힣])"
)
_PATTERN = re.compile(rf"[고님씨상성이예신수받보](?:{_LABEL}|{_TITLE})")
_BEFORE_TITLE = re.compile(rf"(?<![가-힣\]>])({_NAME}) ?$")
_LONGEST = 6  # characters of a name, what stands before it, and a space
# Words in the shape of a name: those that stand before 님 or after 이름, and ends that make a title of one.
_WORDS: Final = frozenset(
    "선생 민원인 이모부 고모부 장난아 전혀아 부총리 성도 조교 유느 하느 하나 임금 본인 미정 없음 미기재 비공개 "
    "기재 확인 조회 변경 기타 성함 성명 이름 주문 이용 신규 우수 이번 이전 전체 모든 장기 유선 무선 주요 신한 "
    "우리 기존 문의 주신 오신 계신 이런 고유 정상 주민 안내 조사 임시 유지 전화 신청 이상 지정 여러 어르 이웃 "
    "사용 구매 오히려 어떻게 원래 이전에 나와 석자도 변경을 현금을 지정한 사실상 부재중 국제환 채택은 채택을 "
    "정신을 진의아 주석 부주석 추기경 왕세제 국무상 부회두 연구원 사범".split()
)
_TITLES: Final = "자된던객님의는관형가로도"  # the last of three syllables: 소비자, 조사관, 진욱형
_TITLE_WORDS: Final = frozenset(
    "후보 군수 선배 후배 총리 사장 부장 과장 차장 팀장 대리 교수 박사 의원 시장 장관 감독 작가".split()
)
_SYLLABLES: Final = frozenset(  # of given names of two syllables
    "가강건경계관광교구국권규균근금기길나남노누다단달담대덕도동두득라란래려련령례로록루리린림만명모무묵문미민배백"
    "범별병보복봉비빈산삼상새서석선설섭성세소솔송수숙순슬승시식신실아안애양언여연영예옥완용우욱운웅원위유윤율은을"
    "의이익인일자재정제조종주준중지진찬창채천철청초춘충치탁태택평표하학한해헌혁현형혜호홍화환회효후훈휘희"
)
_GIVEN: Final = "훈빈솔혁건욱철준민석진현찬율린결별완웅환섭균범윤혜숙희"  # given names of one syllable


def _span(match: re.Match[str]) -> Span | None:
    """Accept names by their form: three syllables or four, or two of which the second is given as a name."""
    if match.lastgroup is not None:
        return match.span(match.lastgroup) if _is_name(match[match.lastgroup]) else None
    floor = max(0, match.start() - _LONGEST)
    titled = _BEFORE_TITLE.search(match.string[floor : match.start()])
    if titled is None or not _is_name(titled[1]):
        return None
    return floor + titled.start(1), floor + titled.end(1)


def _is_name(name: str) -> bool:
    if name in _WORDS or name[1:] in _TITLE_WORDS:
        return False
    if len(name) == 2:  # a surname and one syllable
        return name[1] in _GIVEN
    return name[-1] not in _TITLES and (name[1] in _SYLLABLES or name[:2] in _TWO) and set(name[2:]) <= _SYLLABLES


NAME = Detector("name", _PATTERN, _span)
