"""Estimates against counts."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from ixigen_data.clean.length import Length
from ixigen_data.core.steps import Rule
from ixigen_data.mixture import estimate, sample
from ixigen_data.mixture.estimate import SourceEstimate, Tools, estimate_source, open_tools
from ixigen_data.rules.settings import DEFAULT_RULES
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer
from tests.tiny import BOS, EOS, tiny_tokenizer

# 3,000 texts, of which the last thousand repeat the first; one in ten is white, and cleaning drops it.
TEXTS = ["  " if number % 10 == 9 else f"{number} the  words " * (1 + number % 23) for number in range(2_000)]
TEXTS += TEXTS[:1_000]
KEPT = [" ".join(text.split()) for text in dict.fromkeys(TEXTS) if text.strip()]


def tools(folder: Path, bos: str | None = None) -> Tools:
    return open_tools(open_tokenizer(TokenizerSettings(path=str(tiny_tokenizer(folder)), eos=EOS, bos=bos)))


def estimated(folder: Path, opened: Tools, *rules: Rule, deduplicate: bool = True) -> SourceEstimate:
    (folder / "raw.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    settings = SourceSettings(path=str(folder / "raw.jsonl"))
    return estimate_source("raw", settings, rules or DEFAULT_RULES, opened, deduplicate)


@pytest.mark.parametrize("bos", [None, BOS])
def test_a_source_that_is_read_whole(tmp_path: Path, bos: str | None) -> None:
    opened = tools(tmp_path, bos)
    found = estimated(tmp_path, opened)
    ids, _ = opened.backend.encode(pa.array(KEPT, pa.large_string()))
    bodies = 1 if bos is None else 2
    assert found.sampled == 1
    assert found.documents == pytest.approx(len(KEPT), rel=0.01)
    assert found.tokens == pytest.approx(len(ids) + bodies * len(KEPT), rel=0.01)
    assert found.copies == 900
    assert found.text_bytes == sum(len(" ".join(text.split()).encode()) for text in TEXTS)
    assert (found.tasks, found.longest_task) == (1, 1.0)
    assert min(found.read_seconds, found.clean_seconds, found.encode_seconds) >= 0  # some clocks tick every 8 ms
    assert found.read_seconds + found.clean_seconds + found.encode_seconds > 0


def test_copies_count_where_nothing_removes_them(tmp_path: Path) -> None:
    found = estimated(tmp_path, tools(tmp_path), deduplicate=False)
    assert (found.documents, found.copies) == (sum(bool(text.strip()) for text in TEXTS), 0)


def test_what_a_rule_drops_is_not_there(tmp_path: Path) -> None:
    found = estimated(tmp_path, tools(tmp_path), Length(min_chars=100), deduplicate=False)
    assert found.documents == sum(len(text) >= 100 for text in TEXTS)


def test_a_source_of_white_texts(tmp_path: Path) -> None:
    (tmp_path / "white.jsonl").write_text('{"text": "  "}\n' * 3)
    found = estimate_source("white", SourceSettings(path=str(tmp_path / "white.jsonl")), (), tools(tmp_path))
    assert (found.documents, found.tokens, found.text_bytes) == (0, 0, 0)


def test_a_source_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text("{\n")
    found = estimate_source("broken", SourceSettings(path=str(tmp_path / "broken.jsonl")), (), tools(tmp_path))
    assert (found.documents, found.tokens, found.sampled) == (0, 0, 0.0)


def test_a_source_that_is_read_in_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "WHOLE_BYTES", 1 << 10)
    monkeypatch.setattr(sample, "_PIECE_BYTES", 1 << 11)
    monkeypatch.setattr(sample, "PLACES", 4)
    opened = tools(tmp_path)
    found = estimated(tmp_path, opened, deduplicate=False)
    whole = sum(bool(text.strip()) for text in TEXTS)
    assert 0.05 < found.sampled < 0.8
    assert found.documents == pytest.approx(whole, rel=0.1)


def test_words_that_are_new_come_ever_more_slowly() -> None:
    found = estimate._Sample(None, None, first_seconds=3.0, again_seconds=1.0)  # type: ignore[arg-type]
    assert found.encode_seconds(1) == 3.0
    assert 10 + 2 < found.encode_seconds(10) < 30


def test_real_copies(corpora: Path, tmp_path: Path) -> None:
    settings = SourceSettings(path=str(corpora / "ko_general/nsmc_reviews.jsonl.zst"), language="ko")
    found = estimate_source("raw", settings, DEFAULT_RULES, tools(tmp_path))
    assert found.documents == pytest.approx(688_425, rel=0.001)  # of 712,404, by a build


@pytest.mark.parametrize("count", [1, 300])
def test_json_files_large_and_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Of one large file some places from its beginning are read, of many small ones some files."""
    monkeypatch.setattr(sample, "WHOLE_BYTES", 1 << 10)
    monkeypatch.setattr(sample, "CHOSEN_BYTES", 1 << 10)
    monkeypatch.setattr(sample, "_PIECE_BYTES", 1 << 11)
    monkeypatch.setattr(sample, "_FILES", 47)
    for number in range(count):
        records = [{"id": str(number), "paragraph": [{"form": text}]} for text in TEXTS[number::count]]
        (tmp_path / f"{number}.json").write_text(json.dumps({"document": records}))
    settings = SourceSettings(path=str(tmp_path / "[0-9]*.json"), format="nikl")
    found = estimate_source("raw", settings, DEFAULT_RULES, tools(tmp_path), deduplicate=False)
    assert 0.03 < found.sampled < 0.95
    assert found.documents == pytest.approx(sum(bool(text.strip()) for text in TEXTS), rel=0.15)
    assert found.tasks == 1
