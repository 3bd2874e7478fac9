"""A build that keeps evaluation suites out: shards, ledger, list, and what verification makes of it."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ixigen_data.build import resolve
from ixigen_data.build_plan import BuildOptions
from ixigen_data.clean.notes import read_notes
from ixigen_data.dedup.decontaminate.found import found_in
from ixigen_data.recipe import load_recipe
from tests.e2e.builds import Run, build
from tests.tiny import tiny_tokenizer

QUESTIONS = [
    "장마가 길어지면 논에 물을 대는 일은 누가 맡아 합니까?",
    "나비가 애벌레였을 때를 기억한다고 밝힌 연구는 무엇입니까?",
    "조선 시대의 역참에서 말을 갈아타려면 무엇을 보여야 했습니까?",
    "바닷물이 얼음보다 늦게 식는 까닭을 두 가지로 설명하시오.",
    "겨울 밤하늘에서 가장 먼저 떠오르는 별자리의 이름은 무엇입니까?",
    "빵 반죽에 소금을 너무 일찍 넣으면 어떤 일이 벌어집니까?",
]
PROSE = "요금제를 바꾸시려면 {}번 창구에서 신분증을 보여 주시고 {}월 말일까지 신청서를 내 주시기 바랍니다. "


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    tiny_tokenizer(tmp_path)
    items = [{"id": f"q{number}", "question": text} for number, text in enumerate(QUESTIONS)]
    documents = [
        {"id": f"d{n}", "text": PROSE.format(n, n * 3) * 4 + "\n" + "".join(QUESTIONS[n : n + (n < 5)])}
        for n in range(40)
    ]
    for name, rows in (("items", items), ("wiki", documents)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    suite = {"name": "law", "path": str(tmp_path / "items.jsonl"), "fields": ["question"], "id": "id"}
    (tmp_path / "law.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), "utf-8")
    written = {
        "name": "clean",
        "tokenizer": {"path": str(tmp_path / "tokenizer.json"), "eos": "<|endoftext|>"},
        "sources": {"wiki": {"path": str(tmp_path / "wiki.jsonl"), "id": "id", "language": "ko"}},
        "dedup": {"decontaminate": {"suites": [str(tmp_path / "law.yaml")]}},
        "mixture": {"total_tokens": 640, "parts": {"all": {"weight": 1, "from": ["wiki"]}}},
        "packing": {"seq_len": 64},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(written), "utf-8")
    return tmp_path / "recipe.yaml"


def test_what_holds_an_item_is_dropped_counted_and_listed(recipe: Path, tmp_path: Path, run: Run) -> None:
    options = BuildOptions(out=str(tmp_path / "out"), work=str(tmp_path / "work"))
    manifest = build(recipe, tmp_path)
    account = manifest.documents["wiki"]["clean"]
    assert account.dropped == {"contaminated": 5}
    folders = resolve(load_recipe(str(recipe)).recipe, options).folders("clean")
    table = found_in(folders)
    assert Counter(table["item"].to_pylist()) == {f"q{n}": 1 for n in range(5)}
    assert table["document"].to_pylist() == [f"d{n}" for n in range(5)]
    assert len(list(read_notes(folders["wiki"]))) == 5
    assert run("verify", tmp_path / "out", "--deep").code == 0


def test_another_suite_is_another_build(recipe: Path, tmp_path: Path) -> None:
    options = BuildOptions(out=str(tmp_path / "out"), work=str(tmp_path / "work"))
    before = resolve(load_recipe(str(recipe)).recipe, options).fingerprints["clean/wiki"]
    items = tmp_path / "items.jsonl"
    items.write_text(items.read_text("utf-8").replace("소금", "설탕"), "utf-8")
    assert resolve(load_recipe(str(recipe)).recipe, options).fingerprints["clean/wiki"] != before
