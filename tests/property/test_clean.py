"""What no rule may break.

Rules run twice change nothing more, digits and letters stay, and a rule that says it could not fire does not.
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

from ixigen_data.clean.chain import Chain, rule_name
from ixigen_data.clean.controls import Controls
from ixigen_data.clean.profile import profile
from ixigen_data.clean.settings import DEFAULT_RULES
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Formatter

FORMATTERS: tuple[Formatter, ...] = (
    *(rule for rule in DEFAULT_RULES if isinstance(rule, Formatter)),
    Whitespace(indent="keep"),
)
CHAINS = (Chain(DEFAULT_RULES), Chain([Controls()]), Chain([*DEFAULT_RULES[:-1], Whitespace(indent="keep")]))
# Whatever meets badly: jamo that compose, fillers, joiners and emoji, marks, singletons, spaces, line ends, controls.
PIECES = st.sampled_from(
    [
        *"a e 1 가 각 한 ᄀ ᄒ ᅡ ᆨ ᆫ ᆞ ㅋ 樂 ⟨ 👨 👩 ❤ ← Å Ω ·".split(),
        *"\u115f\u1160\u3164\uffa0\u200d\u200b\u200c\ufe0f\ufeff\u00ad\U0001f3fd",
        *"\u0301\u0316\u0338\u0344\u0f73\u3099\uf914\u2126\u212a\u2329\u2000\u2001",
        *" \t\n\r\v\f\x85\u2028\u2029\xa0\u3000\x00\x9f\x7f",
        *("  ", "\n\n\n", "\r\n"),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
CORPORA = (
    "ko_general/law-00",
    "ko_general/nsmc_reviews",
    "ko_general/petitions",
    "ko_finance/portone_docs",
    "ko_telecom/telephony_docs",
    "dialogue/spoken_3i4k",
    "en_telecom/rfc",
    "code/python_stdlib",
)


def documents_of(texts: list[str]) -> Documents:
    count = len(texts)
    ids = pa.array(list(map(str, range(count))), pa.large_string())
    return Documents(
        pa.array(texts, pa.large_string()), ids, np.zeros(count, np.int32), np.arange(count, dtype=np.int64)
    )


def digits_and_latin(text: str) -> Counter[str]:
    """Count ASCII digits and letters, those that NFC composes with marks too."""
    return Counter(c for c in unicodedata.normalize("NFD", text) if c.isascii() and c.isalnum())


def check_text(text: str) -> None:
    for chain in CHAINS:
        cleaned, _ = chain.text(text)
        assert chain.text(cleaned) == (cleaned, [])
        assert digits_and_latin(cleaned) == digits_and_latin(text)
        if chain is not CHAINS[1]:
            assert unicodedata.is_normalized("NFC", cleaned)


def check_rules(texts: list[str]) -> None:
    column = pa.array(texts, pa.large_string())
    found = profile(column)
    for rule in FORMATTERS:
        for text, could_edit in zip(texts, rule.could_edit(found).tolist(), strict=True):
            edited = rule.format(text)
            assert could_edit or edited == text, (rule_name(rule), text)
            assert rule.format(edited) == edited, (rule_name(rule), text)


def check_batch(texts: list[str]) -> None:
    for chain in CHAINS:
        account = Account()
        kept, dropped = chain.run(documents_of(texts), account)
        gone = {each.row for each in dropped}
        assert kept.text.to_pylist() == [chain.text(text)[0] for row, text in enumerate(texts) if row not in gone]
        assert kept.offset.tolist() == [row for row in range(len(texts)) if row not in gone]
        assert account.closes()
        again = Account()
        chain.run(kept, again)
        assert again == Account(documents_in=len(kept), documents_out=len(kept))


@given(TEXTS)
def test_a_cleaned_text_is_clean(text: str) -> None:
    check_text(text)


@given(st.lists(TEXTS, max_size=8))
@settings(deadline=None)  # kernels compile in the first example
def test_a_rule_that_could_not_fire_does_not(texts: list[str]) -> None:
    check_rules(texts)


@given(st.lists(TEXTS, max_size=8))
@settings(deadline=None)
def test_a_batch_is_cleaned_as_its_texts_are(texts: list[str]) -> None:
    check_batch(texts)


@pytest.mark.parametrize("name", CORPORA)
def test_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rb") as stream:
        texts = [json.loads(line)["text"][:8_000] for line in islice(io.BufferedReader(stream), 200)]
    check_rules(texts)
    check_batch(texts)
    for text in texts[:50]:
        check_text(text)
