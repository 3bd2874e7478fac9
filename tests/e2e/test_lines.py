"""Navigation and footers are cut from a build, and everything that reads it afterwards knows."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ixigen_data.clean import chunks
from ixigen_data.core.errors import ShardError
from ixigen_data.dedup.lines import stage as lines_stage
from ixigen_data.shards.lines import published_lines
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics
from ixigen_data.verify.dataset import verify
from ixigen_data.verify.deep import verify_deep
from tests.e2e.builds import ROOT, build, data_digests
from tests.tiny import tiny_tokenizer

WORDS = "나무 하늘 바다 사람 길 집 물 산 불 별 학교 시장 거리 도시 마을 the king and ten men 10".split()
MENU = ["홈 > 뉴스 > 사회", "Login | Sign up"]
FOOT = ["무단전재 및 재배포 금지", "Copyright 2024 Ixigen Inc."]
LICENSE = ["# Copyright 2024 Ixigen Inc.", "# All rights reserved.", "import os", "import sys"]


def body(source: random.Random) -> str:
    return "\n".join(" ".join(source.choices(WORDS, k=9)) + "." for _ in range(5))


def page(number: int, source: random.Random) -> str:
    by_line = [f"입력 2024.05.{number % 28 + 1:02} 14:{number % 60:02}", f"조회수 {number * 1234:,}"]
    text = [] if number % 10 == 0 else ["", body(source), ""]
    return "\n".join([*MENU, *by_line, *text, *FOOT])


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, object]:
    """Pages with frames, a tenth of them nothing else; speeches that end alike now and then; code with licences."""
    source = random.Random(7)
    texts = {
        "pages": [page(number, source) for number in range(80)],
        "speeches": [body(source) + "\n감사합니다." * (number % 5 == 0) for number in range(60)],
        "code": ["\n".join([*LICENSE, f"x{n} = {n}", f"print(x{n})"]) for n in range(40)],
    }
    for name, some in texts.items():
        rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(some)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows))
    sources: dict[str, dict[str, str]] = {name: {"path": str(tmp_path / f"{name}.jsonl"), "id": "id"} for name in texts}
    sources["code"]["language"] = "code"
    return {
        "name": "lines",
        "tokenizer": {"path": str(tiny_tokenizer(tmp_path)), "eos": "<|endoftext|>"},
        "sources": sources,
        "dedup": {"lines": {}},
        "mixture": {
            "total_tokens": 64 * 60,
            "parts": {name: {"weight": 1, "from": [name], "max_epochs": 9} for name in texts},
        },
        "packing": {"seq_len": 64},
    }


def written(folder: Path, value: dict[str, object], name: str = "recipe") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    return path


def without(recipe: dict[str, object], *names: str) -> dict[str, object]:
    """Return a recipe without some of its sources and their parts."""
    sources = {name: value for name, value in recipe["sources"].items() if name not in names}
    parts = {name: value for name, value in recipe["mixture"]["parts"].items() if name not in names}
    return recipe | {"sources": sources, "mixture": recipe["mixture"] | {"parts": parts}}


def test_frames_are_cut_counted_and_shown(tmp_path: Path, recipe: dict[str, object]) -> None:
    manifest = build(written(tmp_path, recipe), tmp_path)
    account = manifest.documents["pages"]["lines"]
    assert (account.documents_in, account.documents_out, account.dropped) == (80, 72, {"boilerplate_only": 8})
    assert manifest.documents["pages"]["tokenize"].documents_in == 72
    assert "lines" not in manifest.documents["code"]
    assert sorted(manifest.lines) == ["pages", "speeches"]
    lines = published_lines(str(tmp_path / "out"), manifest)
    expected = {"홈 > 뉴스 > 사회", "login | sign up", "입력 0 0:0", "조회수 0", FOOT[0], "copyright 0 ixigen inc."}
    assert set(lines["pages"].lines) == expected
    assert lines["speeches"].lines == ()
    statistics = Statistics.load(str(tmp_path / "out"), manifest)
    assert statistics is not None
    assert statistics.lines is not None
    told = statistics.lines["pages"]
    assert (told.documents, told.emptied, told.lines, told.frequent) == (72, 8, 80 * 6, 6)
    assert statistics.edited["pages"] == {"lines": 72}
    (cut, *_) = [sample for sample in statistics.edit_samples if sample.rule == "lines"]
    assert [place.before.strip("\n").split("\n")[0] for place in cut.places] == [MENU[0], FOOT[0]]
    kept = [sample.text for sample in statistics.samples if sample.source == "pages" and not sample.reason]
    gone = [sample.text for sample in statistics.samples if sample.reason == "boilerplate_only"]
    assert kept
    assert gone
    assert not any(MENU[0] in text or FOOT[0] in text for text in kept)
    assert all(MENU[0] in text for text in gone)
    assert statistics.texts["pages"].words == statistics.texts["pages"].documents * 45


def test_windows_hold_what_is_left(tmp_path: Path, recipe: dict[str, object]) -> None:
    build(written(tmp_path, recipe), tmp_path)
    assert verify(str(tmp_path / "out")).ok
    checks = [verify_deep(str(tmp_path / "out"), documents=60, seed=seed) for seed in range(10)]
    assert all(check.ok for check in checks), checks
    assert all(source.documents for check in checks for source in check.sources.values())
    assert sum(check.sources["pages"].documents for check in checks) >= 5
    assert sum(check.sources["pages"].dropped for check in checks) > 0


def test_deep_verification_needs_the_very_lines(tmp_path: Path, recipe: dict[str, object]) -> None:
    manifest = build(written(tmp_path, recipe), tmp_path)
    file = tmp_path / "out" / manifest.lines["pages"].file
    data = file.read_bytes()
    file.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    messages = [f"{problem.file}: {problem.message}" for problem in verify(str(tmp_path / "out")).problems]
    assert any(message.startswith("lines/pages.parquet: xxh3_128") for message in messages), messages
    with pytest.raises(ShardError, match=r"lines/pages\.parquet: expected the digest .* the file was changed"):
        verify_deep(str(tmp_path / "out"))
    file.unlink()
    with pytest.raises(ShardError, match=r"lines/pages\.parquet: not found, but the manifest names it"):
        verify_deep(str(tmp_path / "out"))


@pytest.mark.parametrize("workers", [1, 2])
def test_neither_workers_nor_chunks_change_a_byte(
    tmp_path: Path, recipe: dict[str, object], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, recipe)
    first = build(path, tmp_path)
    if workers == 1:
        (tmp_path / "other").mkdir()
        build(path, tmp_path / "other", workers=workers)
    else:
        monkeypatch.setattr(chunks, "CHUNK_BYTES", 2_000)
        monkeypatch.setattr(lines_stage, "ROWS_PER_PARTITION", 50)
        build(path, tmp_path / "other")
        assert len(list((tmp_path / "other/work/lines/pages").glob("*/*.parquet"))) > 4
    assert data_digests(tmp_path / "other/out") == data_digests(tmp_path / "out")
    assert Manifest.load(str(tmp_path / "other/out")).lines == first.lines


@pytest.mark.parametrize("moment", ["lines", "tokenize"])
def test_killed_and_resumed(tmp_path: Path, recipe: dict[str, object], moment: str) -> None:
    path = written(tmp_path, recipe)
    build(path, tmp_path / "whole")
    words = [sys.executable, "-m", "tests.e2e.killed_build", str(path), str(tmp_path / "cut"), moment]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    build(path, tmp_path / "cut")
    assert data_digests(tmp_path / "cut/out") == data_digests(tmp_path / "whole/out")


def test_a_generation_keeps_the_lines_of_its_sources(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, without(recipe, "speeches")), tmp_path)
    # By what it counts now, fewer lines would be frequent; what was served must stay as it was served.
    stricter = recipe | {"dedup": {"lines": {"min_documents": 75, "depth": 8}}}
    second = build(written(tmp_path, stricter, "second"), tmp_path, append=True)
    assert second.lines["pages"] == first.lines["pages"]
    assert sorted(second.lines) == ["pages", "speeches"]
    assert verify(str(tmp_path / "out")).ok
    assert verify_deep(str(tmp_path / "out"), documents=200).ok


def test_a_continuation_takes_the_lines_over(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, recipe), tmp_path)
    going_on = {"continues": {"manifest": str(tmp_path / "out"), "digest": first.digest}}
    lower = recipe | going_on | {"dedup": {"lines": {"min_share": 0.1, "min_documents": 5}}}
    second = build(written(tmp_path, lower, "second"), tmp_path, "second")
    assert second.lines == first.lines  # by its own count, "감사합니다." would be frequent
    assert verify_deep(str(tmp_path / "second"), documents=200).ok


def test_a_continuation_that_cuts_nothing_is_refused(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, recipe), tmp_path)
    going_on = {"continues": {"manifest": str(tmp_path / "out"), "digest": first.digest}}
    told = "continues: lines cut frequent lines from source 'pages', the recipe does not; write dedup.lines"
    with pytest.raises(ShardError, match=told):
        build(written(tmp_path, recipe | going_on | {"dedup": {}}, "none"), tmp_path, "none")
    only = {"dedup": {"lines": {"only": ["speeches"]}}}
    with pytest.raises(ShardError, match="with 'pages' in its `only` where it has one"):
        build(written(tmp_path, recipe | going_on | only, "other"), tmp_path, "other")


def test_sources_that_lost_no_lines_before_lose_none_now(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, recipe | {"dedup": {}}), tmp_path)
    going_on = {"continues": {"manifest": str(tmp_path / "out"), "digest": first.digest}}
    second = build(written(tmp_path, recipe | going_on, "second"), tmp_path, "second")
    assert second.documents["pages"]["lines"].dropped == {}
    assert second.documents["pages"]["tokenize"].documents_in == 80
    assert verify_deep(str(tmp_path / "second"), documents=200).ok
