"""Terms of a recipe or of its file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from ixigen_data.core.edits import Edit
from ixigen_data.korean.transcripts.lexicon import Lexicon

TERMS = {"오쥐": "5G", "파이브지": "5G", "유플": "LG U+", "엘지유플": "LG U+", "아이피티비": "IPTV", "엘티이": "LTE"}


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("오쥐 요금제, 파이브지로 변경", "5G 요금제, 5G로 변경"),
        ("유플이랑 엘지유플은 (아이피티비)", "LG U+이랑 LG U+은 (IPTV)"),
        ("유플러스 오쥐요금제 대오쥐 3오쥐 오쥐G", "유플러스 오쥐요금제 대오쥐 3오쥐 오쥐G"),
        ("엘티이입니다", "LTE입니다"),
    ],
)
def test_terms_are_spelt(text: str, edited: str) -> None:
    assert Lexicon(terms=TERMS).format(text) == edited


def test_edits() -> None:
    assert Lexicon(terms=TERMS).edits("네 오쥐요") == [Edit(2, "오쥐", "5G")]


def test_a_file_is_read_with_the_recipe(tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text("\ufeff오쥐\t5G\n\n유플\tLG U+\n", encoding="utf-8")
    rule = Lexicon.model_validate({"terms": str(file)})
    assert rule == Lexicon(terms={"오쥐": "5G", "유플": "LG U+"})
    assert rule.model_dump()["terms"] == {"오쥐": "5G", "유플": "LG U+"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", r"terms\.tsv cannot be read: .*write a file of UTF-8 lines"),
        ("오쥐 5G\n".encode(), r"terms\.tsv: line 1 has 1 fields; write a term, a tab, and its spelling"),
        ("오쥐\t5G\na\tb\tc\n".encode(), "line 2 has 3 fields"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "terms.tsv"
    file.write_bytes(content)
    with pytest.raises(ValidationError, match=message):
        Lexicon.model_validate({"terms": str(file)})


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"cannot be read: .*No such file"):
        Lexicon.model_validate({"terms": str(tmp_path / "none.tsv")})


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({}, r"needs terms without space around them, such as \{오쥐: 5G\}"),
        ({" 오쥐": "5G"}, "needs terms without space"),
        ({"유플": "엘지 유플"}, "유플: '엘지 유플' holds the term '유플'; write '유플' as it shall end"),
        ({"오쥐": "파이브지", "파이브지": "5G"}, "오쥐: '파이브지' holds the term '파이브지'"),
    ],
)
def test_terms_that_would_not_settle(terms: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Lexicon(terms=terms)


def test_triggers_of_terms_that_are_not_hangul() -> None:
    assert Lexicon(terms={"5쥐": "5G", "U플": "U+"}).triggers == "5U"
    assert Lexicon(terms=TERMS).triggers == ""
