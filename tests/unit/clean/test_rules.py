"""Each rule's examples, and what it must leave alone."""

import random
import time
import unicodedata

import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from ixigen_data.clean.controls import Controls
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.length import Length
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.profile import profile
from ixigen_data.clean.settings import DEFAULT_RULES, AnyRule
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.steps import Formatter

EDITED = [
    (Controls(), "a\r\nb\rc\vd\fe\x85f\u2028g", "a\nb\nc\nd\ne\nf\ng"),
    (Controls(), "a\u2029b", "a\n\nb"),
    (Controls(), "가\x00\x1b나\x7f다\x9f", "가나다"),
    (Controls(), "\r\x00\n", "\n\n"),
    (Invisible(), "요\u00ad금\u200b제\ufeff", "요금제"),
    (Invisible(), "가\u200d나", "가나"),
    (Invisible(), "\u202eabc\u202c\u2066d\u2069", "abcd"),
    (Invisible(), "👨\u200b\u200d👩", "👨\u200d👩"),
    (Invisible(), "👨\u200d\u200d👩", "👨👩"),
    (Spaces(), "요금\u00a0제\u3000안내\u2003\u3164\uffa0.", "요금 제 안내   ."),
    (Spaces(), "가\u115f\u1160나", "가나"),
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


@pytest.mark.parametrize(("rule", "text", "edited"), EDITED)
def test_edits(rule: Formatter, text: str, edited: str) -> None:
    assert rule.could_edit(profile(pa.array([text], pa.large_string()))).tolist() == [True]
    assert rule.format(text) == edited
    assert rule.format(edited) == edited


@pytest.mark.parametrize(("rule", "text"), LEFT)
def test_leaves(rule: Formatter, text: str) -> None:
    assert rule.format(text) == text


def test_bulk_edits_agree_with_single_ones() -> None:
    texts = [text for _, text, _ in EDITED] + [text for _, text in LEFT] + ["", "\u0301", "a" * 200 + "e\u0301"]
    column = pa.array(["\u0301 skipped", *texts], pa.large_string()).slice(1)
    for rule in (Nfc(), Whitespace(), Whitespace(indent="keep")):
        edited = rule.format_all(column)
        edited.validate(full=True)
        assert edited.to_pylist() == [rule.format(text) for text in texts]


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
    assert rule.could_drop(profile(pa.array(texts, pa.large_string()))).tolist() == [True, False, False, True]
    assert [rule.reason(text) for text in texts] == ["length_short", None, None, "length_long"]


def test_length_limits_must_be_in_order() -> None:
    with pytest.raises(ValidationError, match="max_chars 5 is below min_chars 10; use 10 or more, or leave it out"):
        Length(min_chars=10, max_chars=5)


def test_a_recipe_names_rules() -> None:
    rules = TypeAdapter(tuple[AnyRule, ...])
    assert rules.validate_python([{"rule": "length", "min_chars": 200}]) == (Length(min_chars=200),)
    assert rules.validate_python([rule.model_dump() for rule in DEFAULT_RULES]) == DEFAULT_RULES
    with pytest.raises(ValidationError, match="does not match any of the expected tags: 'controls', 'invisible'"):
        rules.validate_python([{"rule": "control"}])


def test_code_keeps_its_white_space() -> None:
    on_code = [type(rule) for rule in DEFAULT_RULES if rule.applies_to("code", "code")]
    assert on_code == [Controls]
    assert Whitespace(only=("code",)).applies_to("code", "code")
    assert not Whitespace(only=("wiki",)).applies_to("code", "ko")
