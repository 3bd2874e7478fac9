"""Korean text gone bad, of eight kinds, made of good text: what a quality filter has to drop.

Every kind is written as pages on the web have it: at several lengths, with separators, counts and captions that differ,
and with good lines among the bad where such pages have some.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

_MENU = (
    "홈 로그인 회원가입 마이페이지 장바구니 주문조회 고객센터 공지사항 이벤트 자유게시판 질문과답변 "
    "갤러리 자료실 사이트맵 회사소개 오시는길 이용안내 제휴문의 채용정보 전체보기 인기글 최신글 댓글 추천 "
    "스크랩 신고 목록 글쓰기 이전글 다음글 더보기 닫기 검색 정렬 필터 초기화 카테고리 여성의류 남성의류 "
    "신발 가방 화장품 식품 도서 가전 디지털 스포츠 여행 뉴스 정치 경제 사회 문화 연예 스포츠 날씨 웹툰 "
    "블로그 카페 지도 사전 메일 쇼핑 페이스북 트위터 카카오톡 유튜브 English"
).split()
_KEYWORDS = (
    "강남맛집 홍대맛집 서울호텔 제주도렌트카 부산숙소 이사업체추천 포장이사비용 입주청소 에어컨청소 "
    "보험비교 자동차보험 실비보험 대출 무직자대출 신용대출 저금리 다이어트 성형외과 임플란트 가격 비용 "
    "후기 추천 순위 할인 최저가 쿠폰 무료배송 당일배송 휴대폰 공짜폰 인터넷가입 현금지급 사은품 중고차 "
    "시세 인테리어 분양 아파트 모델하우스 주식 급등주 재테크 부업 알바"
).split()
_REGIONS = "서울 부산 대구 인천 광주 대전 울산 수원 성남 고양 용인 청주 전주 천안 창원 포항 강남 홍대 분당 일산".split()
_TRADES = (
    "출장안마",
    "출장마사지",
    "콜걸",
    "조건만남",
    "출장 만남",
    "스포츠토토",
    "카지노사이트",
    "바카라",
    "토토 사이트",
    "사설토토",
)
_PITCHES = (
    "{region} {trade} 24시간 연중무휴 전화 상담 {phone}",
    "가장 믿을 수 있는 {region} {trade} 업체를 소개합니다. 문의는 {phone}으로 주세요.",
    "{region}{trade} | {region} {other} | {region} 추천 순위 TOP10 {link}",
    "고객님께서 원하시는 {trade} 서비스를 {region} 전 지역에서 30분 안에 만나 보실 수 있습니다.",
    "첫 충전 30% 보너스! {trade} 최고 배당 {link} 가입코드 {number}",
    "먹튀 없는 안전한 {trade} 주소 {link} 지금 바로 확인하세요!",
)
Make = Callable[[Sequence[str], random.Random], str]


def _excerpt(prose: Sequence[str], choose: random.Random, chars: int) -> str:
    """Return a stretch of a document, whole eojeols."""
    document = choose.choice(prose)
    start = choose.randrange(max(1, len(document) - chars))
    return document[start : start + chars].partition(" ")[2].rpartition(" ")[0]


def shuffled_syllables(prose: Sequence[str], choose: random.Random) -> str:
    """The syllables of a passage in random order; spaces and punctuation stay."""
    passage = _excerpt(prose, choose, choose.randint(600, 3000))
    syllables = re.findall("[가-힣]", passage)
    choose.shuffle(syllables)
    rest = iter(syllables)
    return re.sub("[가-힣]", lambda _: next(rest), passage)


def menus(prose: Sequence[str], choose: random.Random) -> str:
    """What stands around a page: links, counts, a sentence or two of the page itself."""
    separator = choose.choice(("\n", "\n", " | ", " > ", "\n- ", "\n* ", " · "))
    words = choose.choices(_MENU, k=choose.randint(60, 300))
    counted = [f"{word} ({choose.randrange(200)})" if choose.random() < 0.2 else word for word in words]
    return separator.join(counted) + "\n" + _excerpt(prose, choose, choose.choice((0, 0, 60)))


def stuffed_keywords(prose: Sequence[str], choose: random.Random) -> str:
    """Search words, over and over."""
    del prose
    few = choose.sample(_KEYWORDS, choose.randint(4, 20))
    local = [f"{region}{word}" if choose.random() < 0.5 else f"{region} {word}" for region in _REGIONS for word in few]
    chosen = choose.choices(choose.choice((few, local)), k=choose.randint(80, 400))
    return choose.choice((" ", ", ", " #", " / ", "\n")).join(chosen)


def repeated_lines(prose: Sequence[str], choose: random.Random) -> str:
    """One to three lines many times, among good ones."""
    lines = [line for line in (_excerpt(prose, choose, choose.randint(60, 200)) for _ in range(8)) if line.strip()]
    again = lines[: choose.randint(1, 3)] * choose.randint(8, 40)
    return choose.choice(("\n", "\n\n")).join([*lines[3:6], *again, *lines[6:]])


def tables(prose: Sequence[str], choose: random.Random) -> str:
    """Rows of numbers, with a caption and a head."""
    del prose
    separator = choose.choice((" | ", "\t", "  ", ",", " "))
    columns = choose.randint(4, 10)
    head = separator.join(choose.choices(("구분", "연도", "매출액", "비중", "증감률", "계", "소계", "비고"), k=columns))

    def cell() -> str:
        number = choose.randrange(10 ** choose.randint(1, 8))
        return choose.choice((f"{number:,}", str(number), f"{choose.random() * 100:.1f}%", f"△{number}", "-"))

    rows = [separator.join(cell() for _ in range(columns)) for _ in range(choose.randint(20, 120))]
    labels = [f"{choose.choice(_REGIONS)}{separator}" if choose.random() < 0.5 else "" for _ in rows]
    return "\n".join(
        [f"<표 {choose.randint(1, 40)}> 연도별 현황 (단위: 천원)", head, *map("".join, zip(labels, rows, strict=True))]
    )


def mojibake(prose: Sequence[str], choose: random.Random) -> str:
    """Bytes read in the wrong encoding, four ways."""
    passage = _excerpt(prose, choose, choose.randint(600, 2000))
    wrong: tuple[Callable[[], str], ...] = (
        lambda: passage.encode().decode("cp949", "replace"),
        lambda: passage.encode().decode("latin-1"),
        lambda: passage.encode("cp949", "ignore").decode("latin-1"),
        lambda: passage.encode("cp949", "ignore").decode("utf-8", "replace"),
    )
    return choose.choice(wrong)()


def spam(prose: Sequence[str], choose: random.Random) -> str:
    """Advertisements, alone or among good sentences."""
    pitches = [
        choose.choice(_PITCHES).format(
            region=choose.choice(_REGIONS),
            trade=choose.choice(_TRADES),
            other=choose.choice(_TRADES),
            phone=f"010-{choose.randrange(10000):04d}-{choose.randrange(10000):04d}",
            link=f"https://{choose.randrange(100, 999)}bet{choose.randrange(100)}.com",
            number=choose.randrange(1000, 9999),
        )
        for _ in range(choose.randint(5, 20))
    ]
    good = [_excerpt(prose, choose, 150) for _ in range(choose.randint(0, 6))]
    lines = [*pitches, *good]
    choose.shuffle(lines)
    return "\n".join(lines)


def lists(prose: Sequence[str], choose: random.Random) -> str:
    """Words in alphabetical order or as they came, numbered or not: directories, indexes, tag clouds."""
    passage = " ".join(_excerpt(prose, choose, 4000) for _ in range(3))
    nouns = (re.sub("(?<=..)[은는을를의에로이가과와]$", "", word) for word in re.findall("[가-힣]{2,7}", passage))
    words = [word for word in nouns if word[-1] not in "다고며면서도한요은는을를에지"]
    chosen = choose.sample(words, min(len(words), choose.randint(80, 300)))
    chosen = sorted(chosen) if choose.random() < 0.5 else chosen
    form = choose.choice(("{word}", "{number}. {word}", "- {word}", "{word} {number}"))
    rows = [form.format(word=word, number=number) for number, word in enumerate(chosen, 1)]
    return choose.choice(("\n", ", ", "\n", " ")).join(rows)


KINDS: Mapping[str, Make] = {
    make.__name__: make
    for make in (shuffled_syllables, menus, stuffed_keywords, repeated_lines, tables, mojibake, spam, lists)
}


def dirty(kind: str, prose: Iterable[str], count: int, seed: int) -> list[str]:
    """Return documents of a kind, made of good ones; the same for the same seed."""
    choose = random.Random(f"{kind} {seed}")
    make, texts = KINDS[kind], list(prose)
    return [make(texts, choose) for _ in range(count)]
