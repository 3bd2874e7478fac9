"""A document that ends the process that works on it costs itself: the build goes on, and says so."""

import json
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from ixigen_data.core.errors import EngineError, SourceError
from ixigen_data.engine import local
from ixigen_data.sources.faults import Fault
from ixigen_data.verify.dataset import verify
from tests.e2e import hostile
from tests.e2e.builds import ROOT, Run, build, data_digests
from tests.e2e.hostile import CLEAN_MARKS, NEVER_ALONE, TOKENIZE_MARK
from tests.e2e.hostile_build import Notes, hostile_build

RECIPE = """
name: hostile
seed: 3
tokenizer: {{path: tests/golden/tokenizer.json, eos: "<|endoftext|>"}}
sources:
  web: {{path: "{folder}/*.jsonl", id: name, language: en, license: MIT}}
clean: [{{rule: whitespace}}]
keep_dropped: true
mixture: {{total_tokens: 64_000, parts: {{web: {{weight: 1, from: [web], max_epochs: 4}}}}}}
packing: {{method: concat, seq_len: 64}}
shards: {{size_limit: 100KiB}}
"""
FILES, DOCUMENTS = 4, 2500
WORDS = ["tide", "harbour", "ledger", "signal"]


def write_recipe(folder: Path, marks: Mapping[int, str], without: Collection[int] = ()) -> Path:
    """Write 10,000 documents in four files, with words that kill where `marks` says; return a recipe over them."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = (text_of(number, marks.get(number, "")) for number in range(FILES * DOCUMENTS))
    lines = [json.dumps({"name": f"d{number}", "text": text}) + "\n" for number, text in enumerate(texts)]
    for file in range(FILES):
        rows = range(file * DOCUMENTS, (file + 1) * DOCUMENTS)
        (folder / f"{file}.jsonl").write_text("".join(lines[row] for row in rows if row not in without))
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(folder=folder))
    return recipe


def text_of(number: int, mark: str) -> str:
    chance = random.Random(number)
    return f"{number}  {mark} {' '.join(chance.choices(WORDS, k=chance.randint(3, 30)))}"


def without(marks: Mapping[int, str], folder: Path) -> dict[str, str]:
    """Return the digests of the dataset of the same documents without those that are marked."""
    build(write_recipe(folder / "sources", marks, marks), folder)
    return data_digests(folder / "out")


def faults(folder: Path) -> list[Fault]:
    lines = [file.read_text().splitlines() for file in sorted(folder.glob("work/clean/*/*/*.quarantine.jsonl"))]
    return [Fault.model_validate_json(line) for task in lines for line in task]


def deaths(notes: Notes) -> int:
    return sum("died" in note or "among" in note for note in notes.told)


def test_a_document_that_kills_its_worker(tmp_path: Path) -> None:
    marks = {6789: "SEGFAULT"}
    recipe = write_recipe(tmp_path / "sources", marks)
    notes = Notes()
    manifest = hostile_build(recipe, tmp_path, 2, notes)
    assert data_digests(tmp_path / "out") == without(marks, tmp_path / "without")

    (decision,) = manifest.quarantine
    (file,) = (tmp_path / "sources").glob("2.jsonl")
    place = file.read_text().index('{"name": "d6789"')
    assert decision == {
        "stage": "clean/web",
        "task": decision["task"],  # type: ignore[call-overload, index]
        "row": decision["row"],  # type: ignore[call-overload, index]
        "step": "whitespace",
        "reason": "SIGSEGV",
        "origin": {"file": str(file), "offset": place, "id": "d6789", "text_bytes": len(text_of(6789, "SEGFAULT"))},
    }
    (fault,) = faults(tmp_path)
    assert str(fault) == f"{file}, at {place}: died:whitespace:SIGSEGV (document d6789)"
    account = manifest.documents["web"]["clean"]
    assert (account.documents_in, account.documents_out, account.quarantined) == (10_000, 9_999, 1)
    assert "d6789" in (tmp_path / "out" / "report.html").read_text()
    verify(str(tmp_path / "out")).raise_if_wrong()

    again = Notes()
    shutil.rmtree(tmp_path / "out")
    assert hostile_build(recipe, tmp_path, 1, again).quarantine == manifest.quarantine
    assert (deaths(notes), deaths(again)) == (5, 0)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_every_way_to_die(workers: int, tmp_path: Path) -> None:
    marks = {number * 1111 + 7: mark for number, mark in enumerate(m for m in CLEAN_MARKS if m != "SLEEP")}
    marks |= {5000: TOKENIZE_MARK, 5001: TOKENIZE_MARK, 9999: "SEGFAULT"}
    manifest = hostile_build(write_recipe(tmp_path / "sources", marks), tmp_path, workers, Notes())
    assert data_digests(tmp_path / "out") == without(marks, tmp_path / "without")
    found = {each["origin"]["id"]: f"{each['step']}:{each['reason']}" for each in manifest.quarantine}  # type: ignore[call-overload, index]
    assert found == {
        "d7": "whitespace:SIGSEGV",
        "d1118": "whitespace:SIGABRT",
        "d2229": "whitespace:stuck",
        "d3340": "whitespace:memory",
        "d4451": "whitespace:memory",
        "d5000": "fast:SIGSEGV",
        "d5001": "fast:SIGSEGV",
        "d9999": "whitespace:SIGSEGV",
    }
    accounts = manifest.documents["web"]
    assert [accounts[name].quarantined for name in ("read", "clean", "dedup", "tokenize")] == [0, 6, 0, 2]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["died", "looking", "among", "set aside", "repeated without"])
def test_killed_in_the_search_and_resumed(word: str, tmp_path: Path) -> None:
    marks = {1234: "ABORT", 1300: "SEGFAULT"}
    recipe = write_recipe(tmp_path / "sources", marks)
    words = [sys.executable, "-m", "tests.e2e.hostile_build", str(recipe), str(tmp_path), "2", word]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    manifest = hostile_build(recipe, tmp_path, 2, Notes())
    assert data_digests(tmp_path / "out") == without(marks, tmp_path / "without")
    assert len(manifest.quarantine) == 2


def test_a_document_that_sleeps_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "IDLE_LOOKS", 2)
    marks = {1234: "SLEEP"}
    manifest = hostile_build(write_recipe(tmp_path / "sources", marks), tmp_path, 2, Notes())
    assert [each["reason"] for each in manifest.quarantine] == ["stuck"]  # type: ignore[call-overload, index]


def test_deaths_that_no_document_is_to_blame_for_end_the_build(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "sources", {77: NEVER_ALONE})
    with pytest.raises(
        EngineError, match=r"at work on documents 0 to \d,\d+ again, and none of them ends it alone; .*"
    ):
        hostile_build(recipe, tmp_path, 1, Notes())
    assert not list(tmp_path.glob("work/clean/*/*/decisions/*"))


def test_strict_makes_it_fatal(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "sources", {8000: "SEGFAULT"})
    told = r"3\.jsonl, at \d+: died:whitespace:SIGSEGV \(document d8000\); leave out --strict to set such records aside"
    with pytest.raises(SourceError, match=told):
        hostile_build(recipe, tmp_path, 1, Notes(), strict=True)
    with pytest.raises(SourceError, match=told):
        hostile_build(recipe, tmp_path, 1, Notes(), strict=True)
    assert hostile_build(recipe, tmp_path, 1, Notes()).documents["web"]["clean"].quarantined == 1


def test_without_the_decision_the_document_is_back(tmp_path: Path) -> None:
    marks = {8000: "SEGFAULT"}
    recipe = write_recipe(tmp_path / "sources", marks)
    hostile_build(recipe, tmp_path, 1, Notes())
    (decisions,) = tmp_path.glob("work/clean/web/*/decisions/*.json")
    decisions.unlink()
    healed = build(recipe, tmp_path, "healed")  # as if the library had been mended
    assert (healed.quarantine, healed.documents["web"]["tokenize"].documents_out) == ((), 10_000)


def test_a_task_of_a_cluster_sets_its_document_aside(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = write_recipe(tmp_path / "sources", {8000: "SEGFAULT"})
    words = [sys.executable, "-m", "tests.e2e.hostile_build", str(recipe), str(tmp_path), "1", "looking"]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    (plan,) = tmp_path.glob("work/plans/*.json")
    (records,) = tmp_path.glob("work/clean/web/*")
    tasks = json.loads((records / "tasks.json").read_text())["tasks"]
    left = [number for number in range(len(tasks)) if not (records / f"{number:05d}.done.json").exists()]
    monkeypatch.setattr("ixigen_data.build.run_task", hostile.run_task)
    told = ""
    for number in left:
        done = run("task", plan, "clean/web", str(number))
        assert done.code == 0, done.err
        told += done.err
    assert re.search(r"document d8000 of \S+3\.jsonl, at \d+ is set aside: died:whitespace:SIGSEGV", told)
    assert len(list(records.glob("*.done.json"))) == len(tasks)
