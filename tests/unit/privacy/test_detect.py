"""What is personal data of each kind, and what only looks like some. All numbers are invented."""

import pyarrow as pa
import pytest

from ixigen_data.privacy.candidates import find_all
from ixigen_data.privacy.detect import DETECTORS, find, resolved
from ixigen_data.privacy.detector import Found
from ixigen_data.privacy.labels import DEFAULT_KINDS, KINDS, LABELS

# Kind, then texts with the value in «».
VALUES = {
    "rrn": [
        "«900101-1234567» 900101-12345678",
        "주민등록번호 «9001011234567»",
        "주민번호: «900101 1234567»",
        "«900101–2234567»입니다",
        "«031231-3000000» 2020년 10월 뒤의 번호",
        "RRN=«000229-4123456»",
        "주민번호 «900101-1234567»,«910101-2234567»",
        "회원 김철수 «900101-1234567»",
    ],
    "frn": ["«900101-5234567»", "외국인등록번호 «0001017234567»"],
    "corp": ["«130111-0006246»", "법인등록번호 «1301110006246»"],
    "card": [
        "«4111-1111-1111-1111»",
        "카드 «4111 1111 1111 1111» 12/27",
        "«4111111111111111»",
        "«3782-822463-10005»",
        "«378282246310005»",
        "«4111-1111-1111-1111»,12/26",
        "카드번호 «4111-1111-1111-1111»,«5105-1051-0510-5100»",
    ],
    "phone": [
        "«010-1234-5678»",
        "전화는«01012345678»로",
        "«010.1234.5678», «010 1234 5678»",
        "«+82-10-1234-5678» «+82 (0)10 1234 5678» «+821012345678»",
        "«02-123-4567» «(02) 123-4567» «02)123-4567» «0507-1234-5678»",
        "«031-123-4567»,«070-1234-5678»/«080-123-4567»",
        "Tel«010-1234-5678» HP:«0212345678»",
        "(«02)123-4567»), «064-123-4567»~8",
        "«010에 1234에 5678»입니다",
        "«010-1234-5678».«010-2345-6789»,«02-123-4567»",
        "«010--1234--5678» «010·1234·5678» «8210-1234-5678»",
    ],
    "rep": ["«1588-1234»", "고객센터 «1577-1601»", "«1600.1234»", "«1588-1234»,«1577-3601»"],
    "brn": ["«220-81-39938»", "«220-81-39938»,«124-81-00998».«220-81-39938»", "사업자등록번호 «1248100998»"],
    "driver": [
        "«11-12-123456-78»",
        "«11-12-123456-78»,«12-12-123456-78»",
        "면허 제«11-12-123456-78»호",
        "운전면허 «281212345678»",
    ],
    "passport": ["여권번호 «M12345678»", "«M123A4567» (여권)", "Passport No. «S12345678»"],
    "email": ["«hong.gil-dong+a@naver.com»으로", "<«a@b.co.kr»>", "mailto:«x_1@sub.example.com»."],
    "ip": ["«192.168.0.12» 접속", "IP «8.8.8.8»", "http://«211.234.56.78»:8080/"],
    "rrn_masked": ["«900101-1******»", "주민번호 «850505-4******»,"],
    "vehicle": [
        "«12가3456»",
        "차량 «123허 4567»",
        "«서울 31바 1234»",
        "차량번호 «12조3456»",
        "«12가3456»,«34나5678».«123다4567»",
        "번호판: «117호 6570»",
    ],
    "address": [
        "«서울특별시 강남구 테헤란로 152, 101동 1203호»에",
        "«경기도 성남시 분당구 판교역로146번길 20»",
        "주소: «강남구 학동로4길 12-3» 입니다",
        "«세종특별자치시 한누리대로 2130»",
        "«서울시 강남구 테헤란로 123,192동»",
        "주소: «경기도 성남시 분당구 판교로 228번길 15»",
        "«인천시 연수구 컨벤시아대로 204번길 27»",
        "주소: «대구 달서구 월배로 12안길 3»",
        "주소: «대구 달서구 월배로 12 안길 3», «경기도 성남시 분당구 판교로 228 번길 15»",
    ],
    "spoken_digits": [
        "«공일공에 이삼사오에 육칠팔구»",
        "네 «공 일 공 일 이 삼 사 오 육 칠 팔»이에요",
        "«팔공공일공일 다시 일이삼사오육칠»",
        "번호가 «영일육 이삼사의 오육칠팔»입니다",
    ],
    "name": [
        "«홍길동» 고객님",
        "«김철수»님",
        "성함은 «남궁민수»",
        "이름: «이영희»",
        "안녕하세요 «박지훈» 상담사입니다",
        "«김철수» 씨가",
    ],
    "account": [
        "국민은행 «123456-78-901234»",
        "계좌번호 «110-123-456789»",
        "«3333-01-1234567» 카카오뱅크",
        "[계좌번호] «12345678901»",
        "환불 계좌: «12345678901234»",
        "계좌번호 «110-123-456789»,«1002-123-456789»",
    ],
}

NOTHING = [
    *("2010. 3. 17.", "2023-04-05", "2023-04-05 12:30:45", "계좌 2023-04-05-123456", "입금 20230405123045"),
    *("12,345,678원", "금액 12345678901원", "계좌 이체 12345678901원", "25조 2000억", "20도 1013hPa", "117호 6570"),
    *(
        "제12조의3제4항",
        "법률 제12345호",
        "0.01012345678",
        "3.141592653589793",
        "1.2.3.4 버전",
        "버전 1.2.3.4",
        "v10.2.3.4",
    ),
    *(
        "Section 3.1.2.4",
        "3.1.2.4 개요",
        "Windows 10.0.19041.1",
        "1.3.6.1.4.1.311",
        "255.255.255.0",
        "127.0.0.1",
        "256.1.1.1",
    ),
    *("주문번호 12345678901234 입금", "송장번호 123456789012", "접수번호 2023-123456-1234", "ISBN 979-11-1234-123-1"),
    *("M12345678 모델", "부품 S12345678", "@property", "@app.route", "https://youtube.com/@seoul", "icon@2x.png"),
    *("ftp://user:secret@host.example.com/", "lodash@4.17.21", "user@localhost", "으로 3년", "앞으로 10걸음"),
    *("서울 중구 바로 2곳", "주소: 미정", "테헤란로", "강남대로에서 3중 추돌", "서울에서 광주로 3시간"),
    *("991301-1234567", "900230-1234567", "311231-3234567", "900101-9234567", "1234567-1234567", "900101-1234567-8"),
    *("4111-1111-1111-1112", "2010 2011 2012 2013", "5374 6174 7365 7276 5061", "220-81-39937", "32-12-123456-78"),
    *("d94de031-7911-7173-ac9f6", "02453-3844", "11010-1234-56789", "010-1234-567", "1010-1234-5678"),
    *(
        "1588-1650 재위",
        "1544-1600년",
        "이이이이이이이이이이",
        "일 이 삼 사 오 육 칠 팔 구 십",
        "이사 이일 구이 칠이 오이 사이",
    ),
    *("선생님", "고객님께", "이용자님", "마음씨가", "상품 이름: 고구마", "성함이 어떻게 되세요", "이름은 비밀이다"),
    *("react@18.2.0.min", "git@github.com:foo/bar.git", "서울 강남구 신고로 119", "서울 중구 선로 3"),
    *("회원수 901231-1234567", "은행업감독규정 시행세칙 12-34-5678901", "은행연합회 공시 2024-12-345678"),
    *("기업 123-456-7890", "제11-12-123456-12호", "여권 관련 법률 M12345678호", "서울 중구 세종대로 1,200m"),
    *(
        "계좌 12345678901,234",
        "계좌 0.12345678901",
        "두부 12모 3456.75",
        "1,234가5678",
        "4111111111111111.5",
        "사업자 1,2208139938",
    ),
    *("900101-9******", "991301-1******", "12345678901", "110-123-456789", "12조3456", "13011-0006246"),
]


def cases() -> list[tuple[str, str]]:
    return [(kind, text) for kind, texts in VALUES.items() for text in texts]


@pytest.mark.parametrize(("kind", "marked"), cases())
def test_values(kind: str, marked: str) -> None:
    text = marked.replace("«", "").replace("»", "")
    expected = [piece.partition("»")[0] for piece in marked.split("«")[1:]]
    found = find(text, KINDS)
    assert [(one.kind, text[one.start : one.stop]) for one in found] == [(kind, value) for value in expected]


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it(text: str) -> None:
    assert [(one.kind, text[one.start : one.stop]) for one in find(text, KINDS)] == []


def test_every_kind_has_its_detector_and_label() -> None:
    assert set(DETECTORS) == set(KINDS) == set(LABELS)
    assert all(detector.kind == kind for kind, detector in DETECTORS.items())
    assert set(KINDS) - set(DEFAULT_KINDS) == {"name", "rep"}


def test_only_the_kinds_asked_for() -> None:
    text = "010-1234-5678 hong@naver.com"
    assert [one.kind for one in find(text, ["email"])] == ["email"]


def test_company_or_person_is_told_by_the_word_before() -> None:
    """110111-1234569 is a day of birth in 1911 and closed as a company's number is."""
    assert [one.kind for one in find("110111-1234569", KINDS)] == ["rrn"]
    assert [one.kind for one in find("법인등록번호 110111-1234569", KINDS)] == ["corp"]
    assert [one.kind for one in find("법인등록번호 130111-0006246, 주민번호 900101-1234567", KINDS)] == ["corp", "rrn"]


def test_the_nearest_word_decides() -> None:
    assert find("계좌 말고 주문번호 12345678901", KINDS) == []
    assert [one.kind for one in find("주문번호 말고 환불 계좌 12345678901", KINDS)] == ["account"]


def test_a_number_without_hyphens_needs_its_check_digit_or_a_word() -> None:
    assert [one.kind for one in find("9001011234568", KINDS)] == ["rrn"]
    assert find("9001011234567", KINDS) == []


def test_of_two_that_overlap_the_first_kind_wins() -> None:
    found = [Found("account", 0, 13), Found("phone", 0, 13), Found("email", 10, 20), Found("ip", 30, 40)]
    assert resolved(found) == [Found("phone", 0, 13), Found("ip", 30, 40)]
    assert resolved([]) == []


def test_the_defects_of_others() -> None:
    """A list of dates is no account, and what follows 주소: stays."""
    assert find("계좌 개설일 2010-03-17, 2011-12-31", KINDS) == []
    text = "주소: 서울시 강남구 테헤란로 152 로 보내 주시고 전화도 주세요"
    (found,) = find(text, KINDS)
    assert text[found.stop :] == " 로 보내 주시고 전화도 주세요"


@pytest.mark.parametrize("text", [text for _, text in cases()] + NOTHING)
def test_columns_give_the_same(text: str) -> None:
    text = text.replace("«", "").replace("»", "")
    found = [located for _, row in find_all(pa.array([text], pa.large_string()), KINDS) for located in row]
    data = text.encode()
    assert [(one.kind, data[one.start : one.stop].decode()) for one in found] == [
        (one.kind, text[one.start : one.stop]) for one in find(text, KINDS)
    ]
