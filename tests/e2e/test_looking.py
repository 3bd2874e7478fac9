"""The commands that look: show, diff, sample, and the depths of verify."""

import json
from pathlib import Path

import pytest

from tests.e2e.builds import ROOT, TINY, Run, build

HOSTILE = "\x1b[31mred\x1b[0m [bold]markup[/bold] \u202eback :smile: " * 3


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        build(TINY, folder)
    return folder / "out"


def recipe_in(folder: Path, *edits: tuple[str, str]) -> Path:
    text = (ROOT / TINY).read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "recipe.yaml").write_text(text)
    return folder / "recipe.yaml"


def test_verify_deep_and_index_only(tiny: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("verify", tiny, "--deep", "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"], found["deep"]["ok"]) == (0, True, True)
    assert found["deep"]["sources"]["web"]["documents"] == 4
    done = run("verify", tiny, "--index-only")
    assert done.code == 0
    assert "not checked: digests of shards and lineage" in done.out
    assert json.loads(run("verify", tiny, "--index-only", "--json").out)["files"] == 15
    assert run("verify", tiny, "--index-only", "--deep").code == 2
    assert run("verify", tiny, "--workers", 0).code == 0
    monkeypatch.chdir(tmp_path)  # where the recipe's paths lead nowhere
    done = run("verify", tiny, "--deep", "--quiet")
    assert done.code == 1
    assert "not checked: web: " in done.err
    assert "name the folder where they begin with --sources" in done.err
    assert run("verify", tiny, "--deep", "--quiet", "--sources", ROOT).code == 0


def test_a_document_is_shown_whole_with_all_its_windows(tiny: Path, run: Run) -> None:
    done = run("show", tiny, "--document", "pay-2")
    assert "정기 결제는 빌링키로 승인합니다." in done.out
    assert "epoch 0: window 0, tokens 0 to 63: its tokens 0 to 63" in done.out
    assert "epoch 1: " in done.out
    (found,) = json.loads(run("show", tiny, "--document", "pay-2", "--json").out)
    assert found["complete"]
    assert found["text"].endswith("바로 삭제합니다.<|endoftext|>")
    assert (found["source"], found["part"]) == ("finance", "finance")
    held = json.loads(run("show", tiny, "--document", "산.md", "--json").out)
    assert {piece["place"] for one in held for piece in one["pieces"]} <= {"", "eval/replay/ko"}
    done = run("show", tiny, "--document", "nobody")
    assert (done.code, done.err) == (
        1,
        "error: document 'nobody': in no window; it was dropped, left unused, or has another id\n",
    )


def test_a_settlement_window_names_its_parts(tiny: Path, run: Run) -> None:
    done = run("show", tiny, "--window", "42")
    assert "settlement window of finance: finance 32, replay/ko 7, replay/en 25 tokens" in done.out
    assert run("show", tiny).code == 2


def test_documents_of_one_id_are_told_apart_and_hostile_text_is_escaped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("a", HOSTILE), ("b", "quiet and peaceful text, again and again. " * 4)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "same\x1b[5m", "text": text}) + "\n")
    recipe = recipe_in(tmp_path)
    kept = "clean: [{rule: nfc}]\nmixture: {total_tokens: {part: p, epochs: 1}, parts: {p: {weight: 1, from: [s]}}}\n"
    recipe.write_text(
        f"name: hostile\ntokenizer: {{path: {ROOT}/tests/golden/tokenizer.json, eos: <|endoftext|>}}\n"
        f"sources: {{s: {{path: '*.jsonl', id: id}}}}\n{kept}packing: {{method: best_fit, seq_len: 64}}\n"
    )
    monkeypatch.chdir(tmp_path)
    build(recipe, tmp_path)
    done = run("show", "out", "--document", "same\x1b[5m")
    assert "2 documents have this id; they are told apart by source and file" in done.out
    assert r"\x1b[31mred\x1b[0m [bold]markup[/bold] \u202eback :smile:" in done.out.replace("\n", " ")
    assert "quiet and peaceful text" in done.out
    done_window = run("show", "out", "--window", "0")
    sample = run("sample", recipe)
    failed = run("show", "out", "--document", "none\x1b[5m\u202e")
    assert r"'none\x1b[5m\u202e': in no window" in failed.err
    for printed in (done.out, done_window.out, sample.out, failed.err):
        assert "\x1b" not in printed
        assert "\u202e" not in printed
    padded = [run("show", "out", "--window", str(number)).out for number in range(8)]
    assert any("pad: " in out and "times <|endoftext|>, id 288" in out for out in padded)


def test_diff_of_recipes_of_datasets_and_of_both(tiny: Path, run: Run, tmp_path: Path) -> None:
    recipe = recipe_in(
        tmp_path, ("weight: 61", "weight: 30"), ("seed: 17", "seed: 18"), ("min_chars: 10", "min_chars: 9")
    )
    same = run("diff", TINY, tiny)
    assert (same.code, same.out) == (0, "the recipes ask for the same\n")
    done = run("diff", TINY, recipe)
    assert "replay/ko    30.50 %  21.74 %" in done.out
    assert "clean[2].min_chars" in done.out
    found = json.loads(run("diff", TINY, recipe, "--json").out)
    assert (found["kind"], [change["path"] for change in found["changes"]]) == (
        "recipes",
        ["seed", "clean[2].min_chars"],
    )
    build(recipe, tmp_path)
    done = run("diff", tiny, tmp_path / "out", "--quiet")
    assert "the data differ" in done.out
    assert "documents of" in done.out
    found = json.loads(run("diff", tiny, tmp_path / "out", "--json").out)
    assert (found["kind"], found["same_data"]) == ("datasets", False)
    assert {row["source"] for row in found["documents"]} == {"finance", "essays", "web", "code"}
    assert json.loads(run("diff", tiny, tiny, "--no-documents", "--json").out)["same_data"]
    missing = run("diff", tiny, tmp_path / "none")
    assert missing.code == 1
    assert "not found; a dataset's manifest is written last" in missing.err


def test_sample_shows_every_edit_and_every_drop(run: Run) -> None:
    done = run("sample", TINY)
    assert "dropped by length: length_short" in done.out
    assert "controls: 1 edit\n" in done.out
    assert r"취소됩니다.\r\n입금이" in done.out
    assert "kept as it is" in done.out
    assert "kept as it is" not in run("sample", TINY, "--only-changed").out
    (found,) = json.loads(run("sample", TINY, "--source", "web", "--only-changed", "--json").out)
    assert (found["read"], found["edited"], found["unreadable"]) == (4, {"invisible": 1}, {"json_broken": 1})
    (document,) = found["documents"]
    assert document["edits"][0]["hunks"][0]["before"] == "\u200b"
    failed = run("sample", TINY, "--source", "nope")
    assert (failed.code, "use one of finance, essays, web, code" in failed.err) == (1, True)
