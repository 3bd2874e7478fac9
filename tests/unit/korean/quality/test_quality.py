"""Every check of Korean prose drops what it is for, and nothing that is short or good."""

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.core.ledger import Account
from ixigen_data.korean.quality.quality import KoreanQuality
from tests.unit.clean.test_chain import documents_of

GOOD = "\n".join(
    [
        "전기통신사업자는 이용자의 요금을 정확하게 계산하여 매월 정해진 날에 알려야 한다.",
        "이용자가 요금에 이의를 제기하면 사업자는 그날부터 십오 일 안에 결과를 통보하여야 하며,",
        "잘못 계산된 금액은 다음 달 요금에서 빼거나 이용자의 계좌로 돌려주어야 한다.",
        "다만 이용자가 주소를 알리지 아니하여 통보할 수 없는 경우에는 그러하지 아니하다.",
        "이 약관은 계약을 체결한 날부터 효력이 있고, 바뀐 내용은 한 달 전에 미리 알린다.",
        "그 밖에 필요한 사항은 관계 법령과 상관례에 따라 서로 협의하여 정하기로 한다.",
    ]
)
FEW = KoreanQuality(judged_from=1, judged_lines=1)


def bulk(rule: KoreanQuality, text: str) -> str | None:
    return rule.reason_all(pa.array(["", text, GOOD], pa.large_string())).get(1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD, None),
        ("가 나 다 라 " * 20, "korean_short_eojeols"),
        ("대한민국헌법재판소설치운영규정 " * 50, "korean_long_eojeols"),
        (f"{GOOD}\n" + "怨좉컼 쁽쉶 쑍뀽 " * 5, "korean_rare_syllables"),
        (f"{GOOD}\n" + "아아아아아아 " * 20, "korean_top_syllable"),
        (f"{GOOD}\n" + "는가 려서 를다 었이 " * 5, "korean_inner_starts"),
        (f"{GOOD}\n" + "12,000원 " * 5 + "12.5 30.7 " * 40, "korean_unlettered"),
        (f"{GOOD}\n" + "{가:[나]};|다|== " * 40, "korean_marks"),
        (f"{GOOD}\n" + "매월20241234567 " * 30, "korean_digits"),
        (f"{GOOD}\n" + "#오늘 #내일 " * 30, "korean_symbols"),
        ("서울 부산 대구 인천 광주 대전 울산 세종 " * 6, "korean_few_suffixes"),
        ("서울은 부산이 대구를 " + "부산 서울 대전 인천 광주 " * 9, "korean_unsuffixed"),
        (GOOD.replace(" ", "\n"), "korean_line_ends"),
        ("\n".join(line.rstrip(".,다") for line in GOOD.split("\n")), "korean_open_lines"),
        (f"{GOOD}\n" + "\n".join(["상품 목록", "회사 소개", "이용 안내", "고객 지원"] * 10), "korean_open_short_lines"),
        ("\n".join(f"- {line}" for line in GOOD.split("\n")), "korean_bullet_lines"),
        ("\n".join(f"{line}..." for line in GOOD.split("\n")), "korean_ellipsis_lines"),
    ],
)
def test_reasons(text: str, reason: str | None) -> None:
    assert KoreanQuality().reason(text) == reason
    assert bulk(KoreanQuality(), text) == reason


CONTRACT = """갑은 을에게 별지의 물품을 공급하고, 을은 갑에게 그 대금을 지급한다.
을이 대금을 제때 지급하지 아니하면 갑은 을과 맺은 계약을 해지할 수 있다.
을의 귀책으로 손해가 생긴 때에는 을은 갑에게 이를 배상하여야 한다.
갑과 을은 이 계약을 지키기 위하여 서로 협력하며, 을 제3호증의 기재를 따른다.
갑은 을을 대리하지 아니하고, 을도 갑을 대리하지 아니한다."""
CHAT = """나 지금 집 가는 중
오늘 저녁 뭐 먹어?
음 치킨 어때
좋아 ㅋㅋ 몇 시?
일곱 시쯤 괜찮아?
응 그때 봐
아 근데 나 돈 없어
내가 살게 걱정 마
진짜? 완전 감동
대신 다음엔 네가 사
알겠어 ㅋㅋㅋ
민수 불러도 돼?
당연하지 같이 먹자
걔 요즘 바빠 보이던데
시험 끝났대 어제
오 그럼 무조건 불러
톡 보내 볼게
답장 왔어 온대
굿굿 이따 봐
늦지 마 꼭"""
MINUTES = """회의록
- 일시: 2024년 3월 5일 14시, 장소: 본관 3층 회의실
- 참석: 김철수 팀장, 이영희 과장, 박민수 대리
신규 요금제 출시 일정 논의
- 4월 초 출시 목표, 홈페이지 개편 병행
- 개발팀: 결제 모듈 점검 완료, 부하 시험 진행 중
- 마케팅팀: 광고 시안 3종 검토, 예산 확정 필요
- 고객센터: 상담 안내문 초안 작성, 교육 일정 협의
- 보안 점검 결과 보고, 취약점 2건 조치 완료.
- 다음 회의: 3월 12일 14시, 안건 사전 공유 요청."""
SPECIFICATION = """제품 사양 안내
모델명: AX-200 무선 공유기 (실내용)
통신 규격: 802.11ax, 최대 속도 2402Mbps
안테나: 외장형 4개, 내장형 2개
포트: 기가비트 랜 4개, 인터넷 1개, 사용자 설정 가능
크기: 가로 240mm, 세로 160mm, 높이 40mm
무게: 본체 520g, 어댑터 별도 (포장 제외)
전원: 직류 12V 2A, 소비 전력 최대 24W
동작 온도: 섭씨 0도부터 40도 사이
보안: WPA3 지원, 방화벽 내장, 자동 갱신 기본 설정
보증 기간: 구매일 기준 2년 무상 수리
구성품: 본체, 어댑터, 랜선, 설명서 (한국어)"""


@pytest.mark.parametrize("text", [CONTRACT, CHAT, MINUTES, SPECIFICATION])
def test_other_kinds_of_text_stay(text: str) -> None:
    assert len(text.split()) >= KoreanQuality().judged_from
    assert KoreanQuality().reason(text) is None
    assert bulk(KoreanQuality(), text) is None


def test_short_documents_are_judged_by_no_share() -> None:
    for text in ("굿", "ㅋㅋㅋ", "1 2 3", "서울 부산 대구", ""):
        assert KoreanQuality().reason(text) is None
        assert bulk(KoreanQuality(), text) is None
    assert FEW.reason("서울 부산 대구") == bulk(FEW, "서울 부산 대구") == "korean_few_suffixes"


def test_length_is_asked_for_by_name() -> None:
    short = KoreanQuality(min_eojeols=50, max_eojeols=60)
    assert short.reason("굿") == bulk(short, "굿") == "korean_short"
    assert short.reason(GOOD * 2) == bulk(short, GOOD * 2) == "korean_long"
    assert short.reason("") == "korean_short"


def test_none_leaves_a_check_out() -> None:
    text = "서울 부산 대구 인천 광주 대전 울산 세종 " * 6
    assert KoreanQuality(min_suffixes=None).reason(text) == "korean_unsuffixed"
    assert KoreanQuality(min_suffixes=None, min_suffixed=None).reason(text) is None


def test_every_reason_and_setting_is_told_once() -> None:
    assert {check.setting for check in KoreanQuality.CHECKS} == set(KoreanQuality().limits())
    assert len({check.reason for check in KoreanQuality.CHECKS}) == len(KoreanQuality.CHECKS)
    assert all(check.setting.startswith(("min_", "max_")) for check in KoreanQuality.CHECKS)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        KoreanQuality(judged_from=0)


def test_it_runs_on_korean_unless_named() -> None:
    rules = [KoreanQuality(), KoreanQuality(only=("mixed",))]
    assert rules_for(rules, "law", "ko") == (rules[0],)
    assert rules_for(rules, "mixed", "en") == (rules[1],)
    assert rules_for(rules, "web", "en") == rules_for(rules, "code", "code") == rules_for(rules, "plain", None) == ()


def test_through_the_chain() -> None:
    account = Account()
    kept, (gone,) = Chain([KoreanQuality()]).run(documents_of(GOOD, "서울 부산 대구 인천 " * 20, "굿"), account)
    assert kept.text.to_pylist() == [GOOD, "굿"]
    assert (gone.row, gone.reason) == (1, "korean_few_suffixes")
    assert account.dropped == {"korean_few_suffixes": 1}


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(st.text(st.sampled_from("가는다를ㅋa1 .\n…#-좉"), max_size=200), min_size=1, max_size=4))
def test_a_document_is_judged_alike_alone_and_in_a_batch(texts: list[str]) -> None:
    together = FEW.reason_all(pa.array(texts, pa.large_string()))
    assert [together.get(row) for row in range(len(texts))] == [FEW.reason(text) for text in texts]


@pytest.mark.parametrize("text", ["가" * (22 << 20), "가 " * (8 << 20), "\n" * (32 << 20), "가\n" * (8 << 20)])
def test_hostile_text_takes_linear_time(text: str) -> None:
    bulk(KoreanQuality(), "가")
    start = time.process_time()
    KoreanQuality().reason_all(pa.array([text], pa.large_string()))
    assert time.process_time() - start < 5
