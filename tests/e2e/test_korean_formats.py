"""Korean corpora as they are handed out, to shards: every document is found again, and the ledger closes."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ixigen_data.clean.chunks import CleanSummary
from ixigen_data.engine.completion import read_outcomes
from tests.e2e.builds import ROOT, Run, build
from tests.unit.sources.korean_layouts import callcentre, in_json, in_zip, nikl, nikl_spoken, nikl_written, telephone

RECIPE = """\
name: korean
tokenizer: {{path: {root}/tests/golden/tokenizer.json, eos: "<|endoftext|>"}}
sources:
  news:  {{path: "{folder}/nikl.zip", format: nikl, metadata: [title, category], language: ko, license: MIT}}
  calls: {{path: "{folder}/aihub-98.json", format: aihub, metadata: [topic, category], language: ko, license: MIT}}
  phone: {{path: "{folder}/aihub-100.zip", format: aihub, speakers: drop, language: ko, license: MIT}}
  chat:  {{path: "{folder}/KsponSpeech_01.zip", format: kspon, language: ko, license: MIT}}
  pages: {{path: "{folder}/pages.json", format: json, records: data.items, text: body, language: ko, license: MIT}}
clean: [{{rule: nfc}}, {{rule: whitespace}}, {{rule: length, min_chars: 1}}]
licenses: {{allow: [MIT]}}
mixture:
  total_tokens: {{part: news, epochs: 1}}
  parts:
    news:  {{weight: 40, from: [news]}}
    calls: {{weight: 20, from: [calls], max_epochs: 9}}
    phone: {{weight: 10, from: [phone], max_epochs: 99}}
    chat:  {{weight: 20, from: [chat], max_epochs: 99}}
    pages: {{weight: 10, from: [pages], max_epochs: 99}}
packing: {{method: concat, seq_len: 64}}
"""


def write_corpora(folder: Path) -> None:
    """Write one corpus of each layout, with a few things wrong in them."""
    news = nikl([nikl_written(n, f"제목 {n}", f"{n}번째 기사의 첫 문단.", "둘째 문단.") for n in range(40)])
    spoken = nikl([nikl_spoken("SDRW1.1", ("S1", "어디 갔어?", "어디 갔어?"), ("S2", "제주도.", "제주도~."))], "SDRW1")
    cut = in_json(nikl([nikl_written(99, "잘린 파일", "끝이 없다.")]))[:-30]
    members = {"NWRW1.json": in_json(news, "cp949"), "SDRW1.json": in_json(spoken, "utf-8-sig"), "cut.json": cut}
    in_zip(folder / "nikl.zip", members)
    speakers = {2: "상담사", 1: "고객", 3: "고객"}
    turns = [callcentre(f"B{n}", k, who, f"{n}번의 말 {k}") for n in range(9) for k, who in speakers.items()]
    turns[4]["문장번호"] = "둘"
    (folder / "aihub-98.json").write_bytes(in_json(turns, "cp949"))
    call = telephone([("s1", "상담사1")], [("s1", "KtelSpeech/D60/0001.txt")], inline=False)
    in_zip(folder / "aihub-100.zip", {"D60/a.json": in_json(call), "D60/0001.txt": "네 상담사입니다.".encode("cp949")})
    texts = {f"K/{n:06}.txt": f"아/ 그 {n}번 (오쥐)/(5G)요 b/".encode("cp949") for n in range(30)}
    in_zip(folder / "KsponSpeech_01.zip", texts | {"K/eval.trn": "K/x.pcm :: 목록의 말\n".encode()})
    (folder / "pages.json").write_bytes(in_json({"data": {"items": [{"body": "쪽 하나"}, {"body": None}]}}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("korean")
    write_corpora(folder)
    (folder / "recipe.yaml").write_text(RECIPE.format(root=ROOT, folder=folder))
    build(folder / "recipe.yaml", folder, workers=1)
    return folder


def manifest_of(folder: Path) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    found: dict[str, dict[str, dict[str, dict[str, object]]]] = json.loads((folder / "out/manifest.json").read_text())
    return found


def test_every_document_is_accounted_for(folder: Path) -> None:
    documents = manifest_of(folder)["documents"]
    read = {name: (stages["read"]["in"], stages["read"]["out"]) for name, stages in documents.items()}
    assert read == {"news": (42, 41), "calls": (10, 9), "phone": (1, 1), "chat": (31, 31), "pages": (2, 1)}
    faults = {}
    for name in documents:
        (work,) = (folder / "work" / "clean" / name).iterdir()
        summaries = [CleanSummary.model_validate(outcome.summary) for outcome in read_outcomes(str(work))]
        faults[name] = [fault.reason for summary in summaries for fault in summary.faults]
    assert faults == {
        "news": ["file_truncated"],
        "calls": ["turn_unnumbered"],
        "phone": [],
        "chat": [],
        "pages": ["text_missing"],
    }


def test_lineage_leads_back_to_the_members(folder: Path, run: Run) -> None:
    lineage = [row for path in (folder / "out/lineage").glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    places = {(row["source"], row["document"], Path(row["file"]).name) for row in lineage}
    assert ("news", "NWRW1900000001.7", "NWRW1.json") in places
    assert ("news", "SDRW1.1", "SDRW1.json") in places
    assert {place for place in places if place[0] == "phone"} == {("phone", "aihub-100.zip!/D60/a.json", "a.json")}
    (found,) = json.loads(run("show", folder / "out", "--document", "B0", "--json").out)
    assert found["text"] == "고객: 0번의 말 1\n상담사: 0번의 말 2\n고객: 0번의 말 3<|endoftext|>"
    (found,) = json.loads(run("show", folder / "out", "--document", "aihub-100.zip!/D60/a.json", "--json").out)
    assert found["text"] == "네 상담사입니다.<|endoftext|>"


def test_verify_reads_the_sources_again(folder: Path, run: Run) -> None:
    checked = json.loads(run("verify", folder / "out", "--deep", "--json").out)
    assert (checked["ok"], checked["deep"]["ok"]) == (True, True)
    assert set(checked["deep"]["sources"]) == {"news", "calls", "phone", "chat", "pages"}
    assert all(source["documents"] for source in checked["deep"]["sources"].values())


def test_plan_foretells_it(folder: Path, run: Run) -> None:
    planned = json.loads(run("plan", folder / "recipe.yaml", "--work", folder / "none", "--json").out)
    supply = {part["path"]: part["supply_tokens"] for part in planned["parts"]}
    manifest = json.loads((folder / "out/manifest.json").read_text())
    assert supply == {part["path"]: part["supply_tokens"] for part in manifest["parts"]}
    assert run("check", folder / "recipe.yaml").code == 0
    assert run("sample", folder / "recipe.yaml").code == 0


def test_one_worker_or_three_the_shards_are_the_same(folder: Path, tmp_path: Path) -> None:
    build(folder / "recipe.yaml", tmp_path, workers=3)
    one, three = (json.loads((path / "out/manifest.json").read_text())["digest"] for path in (folder, tmp_path))
    assert one == three
