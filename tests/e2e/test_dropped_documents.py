"""What deduplication dropped, for whom, and what a dataset and the commands that look tell of it."""

import json
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from ixigen_data.report.page import html_page
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics
from ixigen_data.verify.dataset import verify
from ixigen_data.verify.stored import verify_stored
from tests.e2e.builds import Run, build
from tests.tiny import tiny_tokenizer

ITEMS = [
    "대한민국 임시정부가 처음 세워진 도시의 이름과 그 해를 함께 쓰시오",
    "조선 시대 과거 시험의 세 가지 갈래를 모두 적으시오",
]
SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣"), 97)]


def text(chance: random.Random, words: int = 60) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=4)) for _ in range(words))


def documents(chance: random.Random) -> dict[str, list[tuple[str, str]]]:
    """Return ids and texts by source: copies, near-copies across sources, one item of a suite in two documents."""
    news = [(f"n{number}", text(chance)) for number in range(40)]
    web = [(f"w{number}", text(chance)) for number in range(40)]
    web += [(f"same{number}", news[number][1]) for number in range(3)]
    web += [(f"alike{number}", f"{news[number][1]} 덧붙임 {number}") for number in range(5, 10)]
    web += [("exam1", f"{text(chance)}\n{ITEMS[0]}\n{text(chance)}"), ("exam2", f"{ITEMS[0]}\n{text(chance)}")]
    return {"news": news, "web": web}


def write_sources(folder: Path, found: dict[str, list[tuple[str, str]]]) -> None:
    for name, some in found.items():
        rows = [json.dumps({"id": key, "text": body}, ensure_ascii=False) for key, body in some]
        (folder / f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")


def write_recipe(folder: Path, **dedup: object) -> Path:
    write_sources(folder, documents(random.Random(5)))
    items = [json.dumps({"id": f"item-{n}", "question": item}) for n, item in enumerate(ITEMS)]
    (folder / "exam.jsonl").write_text("\n".join(items), encoding="utf-8")
    suite = {"name": "exam", "path": str(folder / "exam.jsonl"), "fields": ["question"], "id": "id"}
    recipe = {
        "name": "dropped",
        "tokenizer": {"path": str(tiny_tokenizer(folder)), "eos": "<|endoftext|>"},
        "sources": {name: {"path": str(folder / f"{name}.jsonl"), "id": "id"} for name in ("news", "web")},
        "dedup": {"near": {}, "decontaminate": {"suites": [suite]}, **dedup},
        "mixture": {
            "total_tokens": 64 * 60,
            "parts": {name: {"weight": 1, "from": [name], "max_epochs": 9} for name in ("news", "web")},
        },
        "packing": {"seq_len": 64},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dropped")
    build(write_recipe(folder), folder)
    return folder / "out"


def test_every_copy_is_listed_with_the_one_that_stays(dataset: Path) -> None:
    manifest = Manifest.load(str(dataset))
    assert manifest.duplicates is not None
    (record,) = manifest.duplicates
    assert (record.source, record.rows) == ("web", 8)
    assert record.dropped == {"exact_duplicate": 3, "near_duplicate": 5}
    rows = pq.read_table(dataset / record.file).to_pylist()
    exact = [row for row in rows if row["reason"] == "exact_duplicate"]
    near = [row for row in rows if row["reason"] == "near_duplicate"]
    assert [(row["document"], row["keeper"], row["similarity"]) for row in exact] == [
        (f"same{number}", f"n{number}", 1.0) for number in range(3)
    ]
    assert [(row["document"], row["keeper"], row["keeper_source"]) for row in near] == [
        (f"alike{number}", f"n{number}", "news") for number in range(5, 10)
    ]
    assert all(0.68 <= row["similarity"] <= 1 for row in near)
    assert manifest.near_duplicates == {"clusters": 5, "documents": 10, "pairs": 5, "near_duplicate": 5}


def test_what_suites_met_is_listed(dataset: Path) -> None:
    manifest = Manifest.load(str(dataset))
    assert manifest.contamination is not None
    assert manifest.contamination["exam"].model_dump() == {"items": 1, "dropped": 2, "edited": 0}
    assert manifest.contaminated is not None
    rows = pq.read_table(dataset / manifest.contaminated.file).to_pylist()
    assert [(row["source"], row["document"], row["item"]) for row in rows] == [
        ("web", "exam1", "item-0"),
        ("web", "exam2", "item-0"),
    ]


def test_statistics_and_page_show_them(dataset: Path) -> None:
    manifest = Manifest.load(str(dataset))
    statistics = Statistics.load(str(dataset), manifest)
    assert statistics is not None
    assert statistics.near is not None
    assert statistics.near.overlap == {"web": {"news": 5}}
    cluster = statistics.near.largest[0]
    assert (cluster.documents, cluster.kept, cluster.keeper.id) == (2, 1, "n5")
    assert cluster.keeper.text == documents(random.Random(5))["news"][5][1]
    assert [(member.source, member.id) for member in cluster.members] == [("web", "alike5")]
    assert statistics.contamination is not None
    assert statistics.contamination.by_source == {"web": {"exam": 2}}
    assert [(item.item, item.documents) for item in statistics.contamination.items] == [("item-0", 2)]
    page = html_page(manifest, statistics)
    assert "item-0" in page
    assert "덧붙임" in page


def test_show_tells_why_a_document_is_in_no_window(dataset: Path, run: Run) -> None:
    done = run("show", dataset, "--document", "alike7")
    assert done.code == 0
    assert done.out.startswith("alike7: source web, dropped: near duplicate of n7, source news, similarity 0.")
    done = run("show", dataset, "--document", "same1")
    assert done.out == "same1: source web, dropped: exact duplicate of n1, source news, similarity 1.00\n"
    done = run("show", dataset, "--document", "exam2")
    assert done.out == "exam2: source web, dropped: it held 100.00 % of item item-0 of exam\n"
    (told,) = json.loads(run("show", dataset, "--document", "same1", "--json").out)
    assert told["dropped"]["keepers"] == [
        {"document": "n1", "source": "news", "reason": "exact_duplicate", "similarity": 1.0}
    ]
    done = run("show", dataset, "--document", "nobody")
    assert done.code == 1
    assert "in no window" in done.err


def test_report_shows_them_in_a_terminal_and_as_json(dataset: Path, run: Run) -> None:
    out = run("report", dataset).out
    assert "2 or 3 documents" in out
    assert "items met" in out
    report = json.loads(run("report", dataset, "--json").out)
    assert report["copies"] == {"web": {"exact_duplicate": 3, "near_duplicate": 5}}
    assert report["near_duplicate_clusters"]["pairs"] == 5
    assert report["contamination"]["suites"]["exam"]["dropped"] == 2


def test_verify_checks_the_lists(dataset: Path) -> None:
    assert verify(str(dataset)).ok
    assert verify_stored(str(dataset)).ok
    manifest = Manifest.load(str(dataset))
    assert manifest.duplicates is not None
    assert manifest.contaminated is not None
    for record in (*manifest.duplicates, manifest.contaminated):
        path = dataset / record.file
        data = path.read_bytes()
        path.write_bytes(data[:-1] + b"?")
        assert verify(str(dataset)).problems[0].file == record.file
        path.unlink()
        assert "missing" in str(verify(str(dataset)).problems[0])
        assert [str(problem) for problem in verify_stored(str(dataset)).problems] == [f"{record.file}: missing"]
        path.write_bytes(data)
    assert verify(str(dataset)).ok


def test_the_same_lists_whatever_the_workers(dataset: Path, tmp_path: Path) -> None:
    build(write_recipe(tmp_path), tmp_path, workers=2)
    for name in ("duplicates/00000.parquet", "statistics.json"):
        assert (tmp_path / "out" / name).read_bytes() == (dataset / name).read_bytes()


def test_a_generation_replaces_what_was_told_of_its_sources(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    build(recipe, tmp_path)
    chance = random.Random(6)
    more = [(f"m{number}", text(chance)) for number in range(60)]
    write_sources(tmp_path, {"more": [*more, ("again", documents(random.Random(5))["news"][30][1])]})
    value = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    value["sources"]["more"] = {"path": str(tmp_path / "more.jsonl"), "id": "id"}
    value["mixture"]["parts"]["more"] = {"weight": 1, "from": ["more"], "max_epochs": 9}
    recipe.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
    manifest = build(recipe, tmp_path, append=True)
    assert [(record.file, record.source, record.rows) for record in manifest.duplicates or ()] == [
        ("duplicates/00001.parquet", "web", 8),
        ("duplicates/00002.parquet", "more", 1),
    ]
    assert manifest.contaminated is not None
    assert manifest.contaminated.file == "contamination.60.parquet"
    assert verify(str(tmp_path / "out")).ok
