"""Each rule's examples, and what it must leave alone; what rules do in bulk, they do to each text."""

import json
import random
import time
import unicodedata
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.controls import Controls
from ixigen_data.clean.entities import Entities
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.length import Length
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.scan import Scanner
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.documents import Bools
from ixigen_data.core.edits import apply
from ixigen_data.core.steps import FormatsInBulk, Formatter, Rule
from ixigen_data.rules.settings import DEFAULT_RULES, AnyRule

EDITED = [
    (Controls(), "a\r\nb\rc\vd\fe\x85f\u2028g", "a\nb\nc\nd\ne\nf\ng"),
    (Controls(), "a\u2029b", "a\n\nb"),
    (Controls(), "가\x00\x1b나\x7f다\x9f", "가나다"),
    (Controls(), "\r\x00\n", "\n\n"),
    (Controls(), "제1호\x0c제2호\r\r\n\u2029끝", "제1호\n제2호\n\n\n\n끝"),  # form feeds of parliament's bills
    (Invisible(), "요\u00ad금\u200b제\ufeff", "요금제"),
    (Invisible(), "가\u200d나", "가나"),
    (Invisible(), "\u202eabc\u202c\u2066d\u2069", "abcd"),
    (Invisible(), "👨\u200b\u200d👩", "👨\u200d👩"),
    (Invisible(), "👨\u200d\u200d👩", "👨👩"),
    (Invisible(), "\u200d 👨\u200d\n\u200d👩 ❤\ufe0f\u200d🔥", " 👨\n👩 ❤\ufe0f\u200d🔥"),
    (Spaces(), "요금\u00a0제\u3000안내\u2003\u3164\uffa0.", "요금 제 안내   ."),
    (Spaces(), "가\u115f\u1160나", "가나"),
    (Spaces(), "\u1160\n\u1161\u1160 \u115f\u3164\u119e", "\n\u1161\u1160  \u119e"),
    (Spaces(), "\u115f\u1112\u1161\u11ab", "\u1112\u1161\u11ab"),  # composes to 한: nothing is left to hold a place for
    (Nfc(), "\u1112\u1161\u11ab", "한"),
    (Nfc(), "가\u11a8", "각"),
    (Nfc(), "\uf914", "樂"),
    (Nfc(), "e\u0301\u212b\u2126\u212a", "éÅΩK"),
    (Whitespace(), "a \t b", "a b"),
    (Whitespace(), " a \n\n\n\n\tb \n", "a\n\nb"),
    (Whitespace(), "a\n \n \nb", "a\n\nb"),
    (Whitespace(indent="keep"), "- a\n    - b\t c  \n\n\n\n\tcode", "- a\n    - b c\n\n\tcode"),
    (Whitespace(indent="keep"), "\n\n  a\n   \n", "  a"),
]
LEFT = [
    (Controls(), "가\t나\n다"),
    (Invisible(), "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 ❤\ufe0f\u200d🔥"),
    (Invisible(), "10,000원 (5G)"),
    (Spaces(), "\u115f\u1161"),  # a vowel shown without its consonant
    (Spaces(), "\u1100\u1160"),
    (Spaces(), "2026년 11월\t요금\n"),
    (Nfc(), "ㅋ ㅎㅏ ㄱㅏㄴ ㆍ ① ½ x² ㎡ ﬁ Ａ"),  # NFKC would change every one
    (Nfc(), "\u1112\u119e\u11ab"),  # ᄒᆞᆫ: archaic, not in NFC's syllables
    (Whitespace(), "가 나\n다\n\n라"),
    (Whitespace(indent="keep"), "def f():\n    return 1\n\n    # x"),
]


IN_BULK: tuple[Formatter, ...] = (
    *(Entities(), Controls(), Invisible(), Spaces(), Nfc(), Whitespace(), Whitespace(indent="keep")),
)


def could_touch(rule: Rule, texts: list[str]) -> Bools:
    return rule.could_touch(Scanner([rule]).scan(pa.array(texts, pa.large_string())).seen_by(0))


def check_in_bulk(texts: list[str]) -> None:
    column = pa.array(["\u0301\r\n skipped", *texts, "\u3000"], pa.large_string()).slice(1, len(texts))
    for rule in IN_BULK:
        assert isinstance(rule, FormatsInBulk)
        edited = rule.format_all(column)
        edited.validate(full=True)
        assert edited.to_pylist() == [rule.format(text) for text in texts], rule


@pytest.mark.parametrize(("rule", "text", "edited"), EDITED)
def test_edits(rule: Formatter, text: str, edited: str) -> None:
    assert could_touch(rule, [text]).tolist() == [True]
    assert rule.format(text) == edited
    assert rule.format(edited) == edited
    assert apply(text, rule.edits(text)) == edited


@pytest.mark.parametrize(("rule", "text"), LEFT)
def test_leaves(rule: Formatter, text: str) -> None:
    assert rule.format(text) == text
    assert list(rule.edits(text)) == []


def test_bulk_edits_agree_with_single_ones() -> None:
    check_in_bulk([text for _, text, _ in EDITED] + [text for _, text in LEFT] + ["", "\u0301", "a" * 200 + "e\u0301"])
    check_in_bulk([])


PIECES = st.sampled_from(
    [
        *"a e 1 가 한 ᄀ ᄒ ᅡ ᆨ ᆞ ㅋ 樂 👨 👩 ❤ ← &lt; &amp; amp; ; ＆".split(),
        *"\u115f\u1160\u3164\u200d\u200b\ufe0f\ufeff\u00ad\u0301\uf914\u037e",
        *" \t\n\r\v\f\x85\u2028\u2029\xa0\u3000\x00\x9f",
        *("  ", "\n\n\n", "\r\n", "요금제를 바꾸고 싶습니다. " * 9, "word " * 20, "x\n\n" * 30),
    ]
)


@given(st.lists(st.lists(PIECES, max_size=14).map("".join), max_size=6))
@settings(deadline=None)  # kernels compile in the first example
def test_bulk_edits_agree_with_single_ones_over_all_kinds_of_texts(texts: list[str]) -> None:
    check_in_bulk(texts)


@pytest.mark.parametrize(
    "name",
    ["en_general/gutenberg", "en_telecom/rfc", "ko_general/it_docs", "ko_general/nsmc_reviews", "ko_finance/law"],
)
def test_bulk_edits_agree_with_single_ones_over_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rt", encoding="utf-8", newline="\n") as stream:
        check_in_bulk([json.loads(line)["text"][:30_000] for line in islice(stream, 90)])


def test_white_space_in_bulk_agrees_over_long_stretches() -> None:
    choose = random.Random(5)
    pieces = [" ", "\t", "\n", "\n", "a", "요금제를 바꾸고 싶습니다. " * 9, "word " * 20, "x\n\n" * 30]
    texts = ["".join(choose.choices(pieces, k=choose.randrange(14))) for _ in range(3_000)]
    for rule in (Whitespace(), Whitespace(indent="keep")):
        assert rule.format_all(pa.array(texts, pa.large_string())).to_pylist() == list(map(rule.format, texts))


def test_nfc_of_a_long_run_of_marks_is_quick() -> None:
    hostile = "a" + "\u0301\u0316\u0f73" * 50_000
    started = time.process_time()
    Nfc().format(hostile)
    assert time.process_time() - started < 5  # unicodedata alone: more than half a minute
    short = hostile[:2_000] + "가\u11a8"
    assert Nfc().format(short) == unicodedata.normalize("NFC", short)


def test_length_drops_with_a_reason() -> None:
    rule = Length(min_chars=2, max_chars=3)
    texts = ["가", "가나", "가나다", "가나다라"]
    assert could_touch(rule, texts).tolist() == [True, False, False, True]
    assert [rule.reason(text) for text in texts] == ["length_short", None, None, "length_long"]


def test_length_limits_must_be_in_order() -> None:
    with pytest.raises(ValidationError, match="max_chars 5 is below min_chars 10; use 10 or more, or leave it out"):
        Length(min_chars=10, max_chars=5)


def test_a_recipe_names_rules() -> None:
    rules = TypeAdapter(tuple[AnyRule, ...])
    assert rules.validate_python([{"rule": "length", "min_chars": 200}]) == (Length(min_chars=200),)
    assert rules.validate_python([rule.model_dump() for rule in DEFAULT_RULES]) == DEFAULT_RULES
    with pytest.raises(ValidationError, match="does not match any of the expected tags: 'normalize'"):
        rules.validate_python([{"rule": "control"}])


def test_code_keeps_its_white_space() -> None:
    for rules in (DEFAULT_RULES, IN_BULK):
        on_code = [type(each) for rule in rules if rule.applies_to("code", "code") for each in rule.resolved("code")]
        assert on_code == [Controls]
    assert Whitespace(only=("code",)).applies_to("code", "code")
    assert not Whitespace(only=("wiki",)).applies_to("code", "ko")


def test_the_quick_ways_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "가\r\n\u200b\u3000나 &lt; e\u0301  ."
    expected = Chain(IN_BULK).text(text)[0]
    for kind in {type(rule) for rule in IN_BULK} - {Entities, Nfc}:  # they call `format` for what must change
        monkeypatch.delattr(kind, "format")
    assert Chain(IN_BULK).edit(pa.array([text], pa.large_string())).to_pylist() == [expected]
