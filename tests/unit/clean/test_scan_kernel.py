"""The scan agrees with plain Python, for every code point and for texts."""

import json
import random
import re
import unicodedata
from functools import cache
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.controls import Controls
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.length import Length
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.scan import Found, Scanner
from ixigen_data.clean.scan_kernel import FIRST_RULE
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.code_points import BLANKS, members, nfc_maybe
from ixigen_data.core.steps import INK, RUN, WHITESPACE, Filter, Rule
from ixigen_data.core.utf8_kernel import TABLE_SIZE

EVERY_POINT = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000]


class Watchful(Filter):
    """Looks for digits, a syllable, a Hanja beyond the basic plane and an emoji."""

    TRIGGERS: ClassVar[str] = "0-9뷁𠮷😀"
    rule: Literal["watchful"] = "watchful"


RULES: tuple[Rule, ...] = (Controls(), Invisible(), Length(), Spaces(), Nfc(), Watchful(), Whitespace())
SCANNER = Scanner(RULES)
_BLANKS = frozenset(members(BLANKS))
_TRIGGERS = [frozenset(members(rule.triggers)) for rule in RULES]
_REPEATED = re.compile(r"([!-/:-@\[-`{-~\u0080-\uffff])\1\1")


@cache
def bits_of_point(point: int) -> int:
    triggered = sum(1 << FIRST_RULE + number for number, points in enumerate(_TRIGGERS) if point in points)
    return triggered | (0 if point in _BLANKS else INK)


def bits_of(text: str) -> int:
    """The plain-Python twin of `scan`."""
    found = 0
    for point in map(ord, text):
        found |= bits_of_point(point)
    white = "\t" in text or any(run in text for run in ("  ", " \n", "\n ", "\n\n\n")) or text != text.strip(" \n")
    return found | WHITESPACE * white | RUN * bool(_REPEATED.search(text))


def scan(texts: list[str]) -> Found:
    return SCANNER.scan(pa.array(texts, pa.large_string()))


def check(texts: list[str]) -> None:
    found = scan(texts)
    assert found.bits.tolist() == list(map(bits_of, texts))
    assert found.chars.tolist() == list(map(len, texts))


def test_every_code_point_by_itself() -> None:
    check(list(map(chr, EVERY_POINT)))


def test_every_code_point_among_others() -> None:
    # Within a text a code point's bytes stand at other places than at its end.
    check([f"가{chr(point)}나다" for point in EVERY_POINT if point < TABLE_SIZE or point % 97 == 0])


def test_every_place_of_a_block() -> None:
    for odd in ("\u3000", "、", "\x00", "é", "👨", "7", "뷁"):
        check([f"{filling * before}{odd}{filling * 200}" for filling in ("a", "가") for before in range(140)])


def test_random_texts() -> None:
    choose = random.Random(7)
    alphabet = " \t\n\r\x00ab가힣ㅋ각ᄀ\u1161\u11a8\u0301é·“…①樂（!*1\u200b\u200d\u3000\u3164\ufeff👨🏴뷁𠮷"
    check(["".join(choose.choices(alphabet, k=choose.randrange(12))) for _ in range(20_000)])


PIECES = st.sampled_from(
    [*" \t\n\ra가ㅋ!é1\u3000\u0301👨뷁", "가나다 " * 40, "plain " * 50, "“…” " * 30, "ㅋㅋㅋ", "\n\n\n"]
)


@given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=6))
@settings(deadline=None)  # kernels compile in the first example
def test_texts_of_several_blocks(texts: list[str]) -> None:
    check(texts)


@pytest.mark.parametrize("name", ["ko_general/nsmc_reviews", "ko_general/law-00", "en_general/gutenberg"])
def test_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rt", encoding="utf-8") as stream:
        check([json.loads(line)["text"][:20_000] for line in islice(stream, 50)])


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("ㅋㅋㅋ", RUN),
        ("하하하", RUN),
        ("···", RUN),
        ("!!!", RUN),
        ("--", 0),
        ("ㅋㅎㅋㅎ", 0),
        ("2000", 0),
        ("www", 0),
        ("👨👨👨", 0),
        ("a b", 0),
        ("a  b", WHITESPACE),
        ("a\tb", WHITESPACE),
        ("a\n\nb", 0),
        ("a\n\n\nb", WHITESPACE | 0),
        (" a", WHITESPACE),
        ("a \nb", WHITESPACE),
        ("a\n b", WHITESPACE),
    ],
)
def test_shapes(text: str, shape: int) -> None:
    (bits,) = scan([text]).bits.tolist()
    assert bits & (RUN | WHITESPACE) == shape


def test_a_rule_sees_its_own_triggers() -> None:
    found = scan(["가\x00", "가 1", "\u3000", "𠮷😀"])
    assert found.has_ink.tolist() == [True, True, False, True]
    assert found.seen_by(0).triggered.tolist() == [True, False, False, False]
    assert found.seen_by(5).triggered.tolist() == [False, True, False, True]


def test_what_another_scan_found_takes_its_place() -> None:
    found = scan(["가\x00", "나", " 다"])
    found.put(np.array([0, 2]), scan(["가", "다1"]))
    assert found.bits.tolist() == list(map(bits_of, ["가", "나", "다1"]))
    assert found.chars.tolist() == [1, 1, 2]


def test_rules_beyond_the_bits_see_every_document() -> None:
    found = Scanner([Controls()] * 70).scan(pa.array(["a", "\x00"], pa.large_string()))
    assert found.seen_by(59).triggered.tolist() == [False, True]
    assert found.seen_by(69).triggered.tolist() == [True, True]
    assert found.has_ink.tolist() == [True, False]


def test_a_slice_of_a_column() -> None:
    texts = pa.array(["\x00", "가", "\t", ""], pa.large_string()).slice(1, 2)
    found = SCANNER.scan(texts)
    assert found.bits.tolist() == [INK, WHITESPACE]
    assert found.chars.tolist() == [1, 1]
    assert len(SCANNER.scan(texts.slice(0, 0)).bits) == 0


def test_the_table_covers_what_nfc_changes() -> None:
    maybe = frozenset(members(nfc_maybe()))
    assert max(maybe) < TABLE_SIZE
    assert all(point in maybe for point in EVERY_POINT if unicodedata.normalize("NFC", chr(point)) != chr(point))
