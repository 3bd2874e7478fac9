"""Datasets that continue others: nothing repeats and nothing is lost, by lineage."""

import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ixigen_data.core.errors import EngineError, ShardError, SupplyError
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.output import claim_output
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import TINY, build

Served = Counter[tuple[str, str, int, int]]  # source, document, epoch, token -> how often


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, object]:
    """The tiny recipe, to be changed; its sources are read from the repository's root."""
    value = yaml.safe_load(Path(TINY).read_text())
    for name in ("essays", "web", "code"):
        part = {"essays": "ko", "web": "en", "code": "code"}[name]
        value["mixture"]["parts"]["replay"]["parts"][part]["max_epochs"] = 9
    value["mixture"]["parts"]["finance"]["max_epochs"] = 9
    value["mixture"]["total_tokens"] = 64 * 40
    return value


def written(tmp_path: Path, name: str, value: dict[str, object]) -> Path:
    path = tmp_path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    return path


def served(url: Path, stop: int | None = None, start: int = 0) -> Served:
    tables = [pq.read_table(file) for file in sorted((url / "lineage").glob("*.parquet"))]
    found: Served = Counter()
    for row in pa.concat_tables(tables).to_pylist():
        if row["window"] >= start and (stop is None or row["window"] < stop):
            first = row["document_token"]
            found.update((row["source"], row["document"], row["epoch"], first + n) for n in range(row["tokens"]))
    return found


def assert_no_repeat_and_no_loss(found: Served) -> None:
    assert max(found.values()) == 1
    for source in {key[0] for key in found}:
        mine = {key[1:] for key in found if key[0] == source}
        last = max(epoch for _, epoch, _ in mine)
        whole = [{(d, t) for d, e, t in mine if e == epoch} for epoch in range(last + 1)]
        # What an epoch has is there before the next one begins, but for pieces that settlement windows took early.
        for before, after in pairwise(whole):
            assert len(after - before) <= 64


@pytest.mark.parametrize("method", ["concat", "best_fit"])
@pytest.mark.parametrize("at", [0, 1, 7, 25, 39, None])
def test_a_continuation_serves_what_was_left(
    tmp_path: Path, recipe: dict[str, object], method: str, at: int | None
) -> None:
    recipe["packing"] = {"method": method, "seq_len": 64}
    first = build(written(tmp_path, "first", recipe), tmp_path, "first")
    at = at if at is None or at < first.total_windows else None
    second = recipe | {"name": "second", "continues": {"manifest": str(tmp_path / "first"), "digest": first.digest}}
    if at is not None:
        second["continues"]["at"] = at
    manifest = build(written(tmp_path, "second", second), tmp_path, "second")
    assert verify(str(tmp_path / "second")).ok
    assert [part.tokens for part in manifest.parts] == [part.target_tokens for part in first.parts]
    both = served(tmp_path / "first", at) + served(tmp_path / "second")
    assert_no_repeat_and_no_loss(both)
    for part in manifest.parts:
        mine = [key for key in both if key[0] in part.sources]
        assert part.served_tokens == len(mine) - part.tokens
        assert part.unique_tokens == sum(e == 0 for s, _, e, _ in served(tmp_path / "second") if s in part.sources)
        assert manifest.unused_tokens[part.path] == part.supply_tokens - sum(key[2] == 0 for key in mine)


def test_a_continuation_of_the_same_mixture_is_what_the_longer_one_would_have_been(
    tmp_path: Path, recipe: dict[str, object]
) -> None:
    recipe["mixture"]["parts"] = {"finance": {"weight": 1, "from": ["finance"], "max_epochs": 99}}
    recipe["mixture"].pop("holdout")
    long = build(written(tmp_path, "long", recipe), tmp_path, "long")
    recipe["mixture"]["total_tokens"] = 64 * 15
    short = build(written(tmp_path, "short", recipe), tmp_path, "short")
    rest = recipe | {"continues": {"manifest": str(tmp_path / "short"), "digest": short.digest}}
    rest["mixture"] = rest["mixture"] | {"total_tokens": 64 * 25}
    build(written(tmp_path, "rest", rest), tmp_path, "rest")
    assert served(tmp_path / "short") + served(tmp_path / "rest") == served(tmp_path / "long")
    assert long.total_windows == 40


def test_a_chain_of_continuations_with_other_weights_and_windows(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, "a", recipe), tmp_path, "a")
    recipe["mixture"]["parts"]["finance"]["weight"] = 20
    recipe["packing"] = {"method": "concat", "seq_len": 128}
    recipe["continues"] = {"manifest": str(tmp_path / "a"), "digest": first.digest, "at": 21}
    second = build(written(tmp_path, "b", recipe), tmp_path, "b")
    recipe["packing"] = {"method": "best_fit", "seq_len": 64}
    recipe["continues"] = {"manifest": str(tmp_path / "b" / "manifest.json"), "digest": second.digest, "at": 9}
    third = build(written(tmp_path, "c", recipe), tmp_path, "c")
    assert_no_repeat_and_no_loss(served(tmp_path / "a", 21) + served(tmp_path / "b", 9) + served(tmp_path / "c"))
    assert all(verify(str(tmp_path / name)).ok for name in "abc")
    assert third.continues is not None
    assert (third.continues.digest, third.continues.window) == (second.digest, 9)


def test_a_generation_is_added_without_touching_what_stands(tmp_path: Path, recipe: dict[str, object]) -> None:
    new = recipe["sources"].pop("code")
    weights = recipe["mixture"]["parts"]["replay"]["parts"]
    code = weights.pop("code")
    before = build(written(tmp_path, "before", recipe), tmp_path, "set")
    stood = {file: file.read_bytes() for file in (tmp_path / "set").rglob("*.mds")}
    # A part of its own before the others, and a source more for one that stands.
    recipe["sources"]["code"] = new
    recipe["mixture"]["parts"]["replay"]["parts"] = {"code": code, **weights}
    recipe["name"] = "more"
    more = written(tmp_path, "more", recipe)
    after = build(more, tmp_path, "set", append=True)
    assert {file: file.read_bytes() for file in stood} == stood
    assert verify(str(tmp_path / "set")).ok
    assert after.total_tokens == 2 * before.total_tokens
    assert [part.path for part in after.parts] == ["finance", "replay/ko", "replay/en", "replay/code"]
    assert_no_repeat_and_no_loss(served(tmp_path / "set"))
    assert [g.first_window for g in after.generations] == [0, before.total_windows]
    assert after.generations[0].digest == before.digest
    # The same command again changes nothing; a third generation goes on.
    assert build(more, tmp_path, "set", append=True).digest == after.digest
    recipe["name"] = "third"
    third = build(written(tmp_path, "third", recipe), tmp_path, "set", append=True)
    assert len(third.generations) == 3
    assert_no_repeat_and_no_loss(served(tmp_path / "set"))
    assert verify(str(tmp_path / "set")).ok
    # And a new dataset continues the whole from within its second generation.
    at = before.total_windows + 11
    recipe["continues"] = {"manifest": str(tmp_path / "set"), "digest": third.digest, "at": at}
    build(written(tmp_path, "branch", recipe), tmp_path, "branch")
    assert_no_repeat_and_no_loss(served(tmp_path / "set", at) + served(tmp_path / "branch"))


def test_a_source_more_in_a_part_that_stands(tmp_path: Path, recipe: dict[str, object]) -> None:
    essays = recipe["mixture"]["parts"]["replay"]["parts"]
    essays.pop("en")
    before = build(written(tmp_path, "before", recipe), tmp_path, "set")
    essays["ko"]["from"] = ["essays", "web"]
    after = build(written(tmp_path, "more", recipe), tmp_path, "set", append=True)
    assert_no_repeat_and_no_loss(served(tmp_path / "set"))
    held = {path: record.last_key for path, record in before.eval.items()}
    assert {path: record.last_key for path, record in after.eval.items()} == held
    assert verify(str(tmp_path / "set")).ok


def held(url: Path) -> set[tuple[str, str]]:
    rows = [row for file in (url / "eval").glob("**/lineage/*.parquet") for row in pq.read_table(file).to_pylist()]
    return {(row["source"], row["document"]) for row in rows}


def test_a_source_that_a_generation_left_out_comes_back_where_it_was(tmp_path: Path, recipe: dict[str, object]) -> None:
    recipe["mixture"]["total_tokens"] = 64 * 12
    build(written(tmp_path, "whole", recipe), tmp_path, "set")
    recipe["name"] = "again"
    build(written(tmp_path, "again", recipe), tmp_path, "set", append=True)
    code, part = recipe["sources"].pop("code"), recipe["mixture"]["parts"]["replay"]["parts"].pop("code")
    for name in ("without", "still-without"):
        recipe["name"] = name
        build(written(tmp_path, name, recipe), tmp_path, "set", append=True)
    recipe["sources"]["code"], recipe["name"] = code, "back"
    recipe["mixture"]["parts"]["replay"]["parts"]["code"] = part
    last = build(written(tmp_path, "back", recipe), tmp_path, "set", append=True)
    found = served(tmp_path / "set")
    assert_no_repeat_and_no_loss(found)
    assert not {key[:2] for key in found} & held(tmp_path / "set")
    assert verify(str(tmp_path / "set")).ok
    # A dataset of its own tells what earlier ones served only of the sources that it has.
    recipe["sources"].pop("code")
    recipe["mixture"]["parts"]["replay"]["parts"].pop("code")
    recipe["continues"] = {"manifest": str(tmp_path / "set"), "digest": last.digest}
    apart = build(written(tmp_path, "apart", recipe), tmp_path, "apart")
    recipe["sources"]["code"] = code
    recipe["mixture"]["parts"]["replay"]["parts"]["code"] = part
    recipe["continues"] = {"manifest": str(tmp_path / "apart"), "digest": apart.digest}
    with pytest.raises(ShardError, match=r"back goes on from back without source 'code', so what was served of it"):
        build(written(tmp_path, "lost", recipe), tmp_path, "lost")


def test_a_generation_keeps_a_source_in_its_part(tmp_path: Path, recipe: dict[str, object]) -> None:
    build(written(tmp_path, "first", recipe), tmp_path, "set")
    before = Manifest.load(str(tmp_path / "set"))
    parts = recipe["mixture"]["parts"]["replay"]["parts"]
    parts["ko"]["from"], parts["en"]["from"] = ["web"], ["essays"]
    with pytest.raises(ShardError, match=r"part 'replay/ko': 'essays' fed it in tiny; keep 'essays' among its sources"):
        build(written(tmp_path, "swapped", recipe), tmp_path, "set", append=True)
    parts["ko"], parts["ko2"] = parts.pop("en"), parts.pop("ko")
    parts["ko"]["from"], parts["ko2"]["from"] = ["essays", "code"], ["web"]
    parts.pop("code")
    with pytest.raises(
        ShardError, match=r"its source '\w+' feeds part 'replay/\w+' of tiny; a generation keeps a source"
    ):
        build(written(tmp_path, "moved", recipe), tmp_path, "set", append=True)
    assert Manifest.load(str(tmp_path / "set")) == before
    assert not (tmp_path / "set" / ".building.json").exists()


def test_a_generation_writes_a_hold_out_that_its_dataset_only_kept_apart(
    tmp_path: Path, recipe: dict[str, object]
) -> None:
    first = build(written(tmp_path, "first", recipe), tmp_path, "first")
    hold_out = recipe["mixture"].pop("holdout")
    recipe["continues"] = {"manifest": str(tmp_path / "first"), "digest": first.digest}
    second = build(written(tmp_path, "second", recipe), tmp_path, "set")
    assert {record.windows for record in second.eval.values()} == {0}
    del recipe["continues"]
    recipe["name"], recipe["mixture"]["holdout"] = "third", hold_out
    third = build(written(tmp_path, "third", recipe), tmp_path, "set", append=True)
    assert {path: record.tokens for path, record in third.eval.items()} == {
        path: record.tokens for path, record in first.eval.items()
    }
    assert verify(str(tmp_path / "set")).ok
    assert held(tmp_path / "set") == held(tmp_path / "first")


def test_what_cannot_be_continued_is_told(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, "first", recipe), tmp_path, "first")
    place = str(tmp_path / "first")
    wrong = "0" * 32
    for change, error, message in (
        ({"continues": {"manifest": place, "digest": wrong}}, ShardError, f"has {first.digest}, not {wrong}"),
        (
            {"continues": {"manifest": place, "digest": first.digest, "at": 41}},
            ShardError,
            r"41 windows, but .* has 40",
        ),
        ({"continues": {"manifest": f"{place}-gone", "digest": wrong}}, ShardError, "not found"),
    ):
        with pytest.raises(error, match=message):
            build(written(tmp_path, "wrong", recipe | change), tmp_path, "wrong")
    told = {"manifest": place, "digest": first.digest}
    reordered = {name: recipe["sources"][name] for name in reversed(recipe["sources"])}
    changed = recipe | {"continues": told, "clean": [*recipe["clean"], {"rule": "length", "min_chars": 60}]}
    with pytest.raises(ShardError, match=r"the documents of source .* are not those that tiny was made of"):
        build(written(tmp_path, "wrong", changed), tmp_path, "wrong")
    other = recipe | {"continues": told, "tokenizer": recipe["tokenizer"] | {"eos": "<|bos|>"}}
    with pytest.raises(ShardError, match=r"tiny was made with EOS 288, the recipe's is 289"):
        build(written(tmp_path, "wrong", other), tmp_path, "wrong")
    padded = recipe | {"tokenizer": recipe["tokenizer"] | {"pad": "<|bos|>"}}
    with pytest.raises(ShardError, match=r"tokenizer\.pad: 289 is not the dataset's 288; a generation keeps it"):
        build(written(tmp_path, "wrong", padded), tmp_path, "first", append=True)
    more = recipe | {"continues": told, "sources": reordered}
    more["mixture"] = more["mixture"] | {"holdout": {"tokens": 640}}
    with pytest.raises(SupplyError, match="takes documents that the earlier dataset trained on; it held out"):
        build(written(tmp_path, "wrong", more), tmp_path, "wrong")
    with pytest.raises(EngineError, match="a dataset stands here already"):
        build(written(tmp_path, "other", recipe | {"seed": 3}), tmp_path, "first")
    assert Manifest.load(place) == first
    claim = tmp_path / "first" / ".building.json"
    claim.write_bytes(b"{")
    with pytest.raises(EngineError, match=r"\.building\.json: damaged; delete it"):
        build(written(tmp_path, "more", recipe | {"name": "more"}), tmp_path, "first", append=True)
    claim.unlink()
    file = tmp_path / "first" / "manifest.json"
    file.write_text(file.read_text().replace('"seed": 17', '"seed": 18', 1))
    with pytest.raises(ShardError, match=r"the manifest of .*first was edited; put back"):
        build(written(tmp_path, "more", recipe | {"name": "more"}), tmp_path, "first", append=True)


def test_a_damaged_record_of_what_was_served_is_found(tmp_path: Path, recipe: dict[str, object]) -> None:
    first = build(written(tmp_path, "first", recipe), tmp_path, "first")
    recipe["continues"] = {"manifest": str(tmp_path / "first"), "digest": first.digest, "at": 3}
    build(written(tmp_path, "second", recipe), tmp_path, "second")
    (tmp_path / "second" / "served.parquet").unlink()
    assert [str(problem) for problem in verify(str(tmp_path / "second")).problems] == ["served.parquet: missing"]


def test_an_append_that_was_killed_before_its_index_is_finished_by_running_it_again(
    tmp_path: Path, recipe: dict[str, object]
) -> None:
    build(written(tmp_path, "first", recipe), tmp_path, "set")
    index = (tmp_path / "set" / "index.json").read_bytes()
    more = written(tmp_path, "more", recipe | {"name": "more"})
    after = build(more, tmp_path, "set", append=True)
    finished = (tmp_path / "set" / "index.json").read_bytes()
    (tmp_path / "set" / "index.json").write_bytes(index)
    claim_output(str(tmp_path / "set"), after.fingerprints["shards"])
    assert build(more, tmp_path, "set", append=True).digest == after.digest
    assert (tmp_path / "set" / "index.json").read_bytes() == finished
    assert verify(str(tmp_path / "set")).ok


def test_an_append_that_was_killed_among_its_shards_leaves_the_dataset_readable(
    tmp_path: Path, recipe: dict[str, object]
) -> None:
    before = build(written(tmp_path, "first", recipe), tmp_path, "set")
    more = written(tmp_path, "more", recipe | {"name": "more"})
    killed = run_until(more, tmp_path, "shards")
    assert killed == -signal.SIGKILL
    told = {problem.message for problem in verify(str(tmp_path / "set")).problems}
    assert told == {"extra: of a generation that is not finished; run its build again"}
    assert Manifest.load(str(tmp_path / "set")) == before
    other = written(tmp_path, "other", recipe | {"name": "other", "seed": 99})
    with pytest.raises(EngineError, match="another recipe is being appended here"):
        build(other, tmp_path, "set", append=True)
    assert len(build(more, tmp_path, "set", append=True).generations) == 2
    assert verify(str(tmp_path / "set")).ok


def run_until(recipe: Path, folder: Path, moment: str) -> int:
    """Append to `set` in a process that kills itself, and return its exit status."""
    code = (
        "import sys; from pathlib import Path; from tests.e2e import killed_build as k;"
        "k.main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], name='set', append=True)"
    )
    return subprocess.run([sys.executable, "-c", code, recipe, folder, moment], check=False).returncode


def test_copies_of_what_was_held_out_of_a_source_left_out_are_held_out_too(
    tmp_path: Path, recipe: dict[str, object]
) -> None:
    first = build(written(tmp_path, "first", recipe), tmp_path, "first")
    held = {
        row["document"] for row in pq.read_table(tmp_path / "first/eval/replay/en/lineage/00000.parquet").to_pylist()
    }
    assert held
    copies = tmp_path / "copies.jsonl"
    copies.write_bytes(Path("tests/golden/sources/web.jsonl").read_bytes())
    recipe["sources"] = {
        "finance": recipe["sources"]["finance"],
        "new": recipe["sources"]["web"] | {"path": str(copies)},
    }
    recipe["clean"] = [rule for rule in recipe["clean"] if "only" not in rule]
    recipe["clean"].append({"rule": "length", "min_chars": 10, "only": ["finance", "new"]})
    recipe["mixture"] = {
        "total_tokens": 640,
        "parts": {
            "finance": {"weight": 1, "from": ["finance"], "max_epochs": 9},
            "new": {"weight": 1, "from": ["new"], "max_epochs": 9},
        },
    }
    recipe["continues"] = {"manifest": str(tmp_path / "first"), "digest": first.digest, "at": 3}
    second = build(written(tmp_path, "second", recipe), tmp_path, "second")
    assert not held & {document for _, document, _, _ in served(tmp_path / "second")}
    assert second.eval["new"].documents >= len(held)
    assert verify(str(tmp_path / "second")).ok
    # A source more beside one whose hold-out is fixed cannot be held out further.
    recipe["mixture"]["parts"] = {"both": {"weight": 1, "from": ["finance", "new"], "max_epochs": 9}}
    with pytest.raises(SupplyError, match="source 'new' may hold copies of documents held out of code, essays, web"):
        build(written(tmp_path, "third", recipe), tmp_path, "third")
