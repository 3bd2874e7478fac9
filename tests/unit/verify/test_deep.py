"""Documents read again from their sources, against windows that forgers had in their hands."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import fsspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash

from ixigen_data.core.errors import ShardError
from ixigen_data.core.progress import Silent
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.lineage import SCHEMA
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.tokens.tokenizer import open_tokenizer
from ixigen_data.verify.dataset import verify
from ixigen_data.verify.deep import DeepCheck, verify_deep
from ixigen_data.verify.draw import Dataset, Reference, draw_documents
from ixigen_data.verify.pieces import Piece, wrong_course, wrong_piece
from tests.e2e.builds import ROOT, build
from tests.unit.verify.conftest import Copy

RECIPE = (ROOT / "recipes" / "data" / "tiny.yaml").read_text()
KINDS = {
    "concat": RECIPE,
    "best_fit": RECIPE.replace("method: concat", "method: best_fit"),
    "zstd": RECIPE.replace("size_limit: 4KiB", "size_limit: 4KiB, compression: zstd"),
}
LAYOUT = Layout(64, ShardSettings(size_limit=4096))


@dataclass(frozen=True)
class Built:
    """A dataset beside the sources that it was built from."""

    root: Path
    copy: Copy

    def check(self, documents: int = 300, seed: int = 0) -> DeepCheck:
        return verify_deep(str(self.copy.folder), workers=2, documents=documents, seed=seed)

    def source(self, name: str) -> Path:
        return self.root / "tests" / "golden" / "sources" / name

    def forge_lineage(self, number: int, change: Callable[[list[dict[str, object]]], object]) -> None:
        """Change the lineage of a shard, digests in order."""
        manifest = self.copy.manifest
        record = manifest.lineage[number]
        rows = pq.read_table(self.copy.path(record.file)).to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), self.copy.path(record.file))
        data = self.copy.path(record.file).read_bytes()
        update = {"bytes": len(data), "digests": {"xxh3_128": xxhash.xxh3_128_hexdigest(data)}}
        lineage = list(manifest.lineage)
        lineage[number] = record.model_copy(update=update)
        self.copy.forge_manifest(lineage=tuple(lineage))


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with sources, tokenizer, and the dataset `out` built from them; one a kind."""
    roots = {}
    with pytest.MonkeyPatch.context() as patch:
        for kind, recipe in KINDS.items():
            root = tmp_path_factory.mktemp(kind)
            (root / "tests").mkdir()
            shutil.copytree(ROOT / "tests" / "golden", root / "tests" / "golden")
            (root / "recipe.yaml").write_text(recipe)
            patch.chdir(root)
            build("recipe.yaml", root)
            roots[kind] = root
    return roots


@pytest.fixture
def built_of(worlds: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Built]:
    def built(kind: str) -> Built:
        for name in ("tests", "out"):
            shutil.copytree(worlds[kind] / name, tmp_path / name)
        monkeypatch.chdir(tmp_path)
        return Built(tmp_path, Copy(tmp_path / "out", LAYOUT))

    return built


@pytest.fixture
def built(built_of: Callable[[str], Built]) -> Built:
    return built_of("concat")


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_of_a_sound_dataset_is_found_whole(kind: str, built_of: Callable[[str], Built]) -> None:
    built = built_of(kind)
    found, manifest = built.check(), built.copy.manifest
    assert found.problems == []
    assert found.ok
    for part in manifest.parts:
        held = manifest.eval[part.path].tokens if part.path in manifest.eval else 0
        checks = [found.sources[source] for source in part.sources]
        assert sum(check.tokens for check in checks) == part.tokens + held
    assert found.sources["finance"].dropped == 1  # pay-7, which is too short


def test_documents_of_one_id_are_told_apart_by_their_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["the first of two", "and the other one", "the third alone"]
    lines = [{"id": "same", "text": text} for text in texts[:2]] + [{"id": "alone", "text": texts[2]}]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (tmp_path / "recipe.yaml").write_text(
        f"name: twins\ntokenizer: {{path: {ROOT}/tests/golden/tokenizer.json, eos: <|endoftext|>}}\n"
        "sources: {s: {path: a.jsonl, id: id}}\nclean: [{rule: nfc}]\npacking: {method: best_fit, seq_len: 64}\n"
        "mixture: {total_tokens: {part: p, epochs: 1}, parts: {p: {weight: 1, from: [s]}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    build("recipe.yaml", tmp_path)
    found = verify_deep("out")
    assert (found.problems, found.sources["s"].pieces) == ([], 3)
    lines[1]["text"] = "and another one!!"
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert len(verify_deep("out").problems) == 1


def test_a_dataset_that_was_added_to_is_checked_by_the_recipes_of_its_generations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    build("recipes/data/tiny.yaml", tmp_path)
    more = RECIPE.replace("total_tokens: {part: finance, epochs: 2}", "total_tokens: 640")
    (tmp_path / "more.yaml").write_text(more.replace("max_epochs: 2", "max_epochs: 9").replace(": 3}", ": 9}"))
    both = build(tmp_path / "more.yaml", tmp_path, append=True)
    found = verify_deep(str(tmp_path / "out"))
    assert found.problems == []
    assert sum(source.tokens for source in found.sources.values()) > both.total_tokens - 640


def test_a_dataset_on_an_object_store_is_checked(built: Built) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(built.copy.folder), "/deep/out", recursive=True)
    assert verify_deep("memory://deep/out").ok


def test_fewer_documents_of_every_source_are_drawn_and_another_seed_draws_others(built: Built) -> None:
    dataset = Dataset(str(built.copy.folder), built.copy.manifest, Silent())
    all_documents = draw_documents(dataset, 1000, 0)
    drawn = [draw_documents(dataset, 7, seed) for seed in range(8)]
    assert all(found.keys() == all_documents.keys() for found in drawn)
    assert draw_documents(dataset, 7, 3) == drawn[3]
    assert all(set(found["finance"]) < set(all_documents["finance"]) for found in drawn)
    assert len({tuple(found["finance"]) for found in drawn}) > 1


def test_a_document_whose_text_changed_is_named(built: Built) -> None:
    file = built.source("web.jsonl")
    file.write_text(file.read_text().replace("A tide table", "A time table"))
    found = built.check()
    assert not found.ok
    assert {problem.message.split("document ")[1][:10] for problem in found.problems} == {"'a' of web"}
    assert "expected" in found.problems[0].message
    assert found.sources["web"].changed is None  # as long as it was


def test_a_document_that_is_gone_from_its_file_is_named(built: Built) -> None:
    file = built.source("web.jsonl")
    file.write_text("".join(line for line in file.read_text().splitlines(True) if "A tide table" not in line))
    found = built.check()
    assert [str(problem) for problem in found.problems] == [
        "tests/golden/sources/web.jsonl: document 'a' of web: is not in its file any more"
    ]
    assert "built from 1 files, 563 bytes" in str(found.sources["web"].changed)


def test_a_source_that_is_gone_could_not_be_checked(built: Built) -> None:
    built.source("web.jsonl").unlink()
    built.source("ko/바다.md").unlink()
    found = built.check()
    assert found.problems == []
    assert not found.ok
    assert "no file matches" in str(found.sources["web"].unchecked)
    assert "1 of its files are gone" in str(found.sources["essays"].unchecked)
    assert found.sources["finance"].unchecked is None


def test_another_tokenizer_checks_nothing(built: Built) -> None:
    tokenizer = built.root / "tests" / "golden" / "tokenizer.json"
    tokenizer.write_text(json.dumps(json.loads(tokenizer.read_text()) | {"normalizer": {"type": "NFKC"}}))
    open_tokenizer.cache_clear()  # a process opens it once
    assert all("is another tokenizer now" in str(source.unchecked) for source in built.check().sources.values())
    tokenizer.unlink()
    open_tokenizer.cache_clear()
    assert all("tokenizer.path: there is no" in str(source.unchecked) for source in built.check().sources.values())


def test_a_wrong_token_with_all_digests_in_order_is_found(built: Built) -> None:
    def change(windows: npt.NDArray[np.void]) -> None:
        windows["tokens"][3, 20] ^= 1

    built.copy.forge_shard(1, change)
    assert verify(str(built.copy.folder)).ok
    (problem,) = built.check().problems
    assert problem.file == "shard.00001.mds"
    assert problem.message.startswith("window 16, token ")
    assert "by its source, got" in problem.message


def test_two_pieces_that_changed_places_are_found(built: Built) -> None:
    def change(windows: npt.NDArray[np.void]) -> None:
        whole = [row for row in range(len(windows)) if np.unpackbits(windows["ends"][row]).sum() == 1]
        eos = built.copy.manifest.tokenizer.eos_id
        one, other = [row for row in whole if windows["part"][row] == 0 and eos not in windows["tokens"][row]][:2]
        windows["tokens"][[one, other]] = windows["tokens"][[other, one]]

    built.copy.forge_shard(0, change)
    assert verify(str(built.copy.folder)).ok
    assert len(built.check().problems) == 2


def test_a_dropped_document_in_a_window_is_found(built: Built) -> None:
    def change(rows: list[dict[str, object]]) -> None:
        rows[0]["document"] = "pay-7"

    built.forge_lineage(0, change)
    problems = [problem.message for problem in built.check().problems]
    told = "document 'pay-7' of finance: cleaning drops it (length_short), but it stands in window 0, token 0"
    assert any(message.startswith(told) for message in problems)


def test_both_copies_of_a_text_in_windows_are_found(built: Built) -> None:
    def change(rows: list[dict[str, object]]) -> None:
        next(row for row in rows if row["document"] == "pay-1")["document"] = "pay-4"

    built.forge_lineage(0, change)
    problems = [problem.message for problem in built.check().problems]
    assert any("has the text of 'pay-1' of finance, and both stand in windows" in message for message in problems)


def test_a_document_that_was_lost_is_found(built_of: Callable[[str], Built]) -> None:
    built = built_of("concat")
    file = built.source("code/new.py")
    file.write_text("print('a document that no window holds')\n")
    manifest = built.copy.manifest
    built.copy.forge_manifest(eval={path: entry for path, entry in manifest.eval.items() if path != "replay/code"})
    problems = [problem.message for problem in built.check().problems]
    assert "document 'new.py' of code: is kept by cleaning, and nothing says why it is in no window" in problems


def test_a_held_out_document_in_training_is_found(built: Built) -> None:
    manifest = built.copy.manifest
    held = pq.read_table(built.copy.path(manifest.eval["replay/en"].lineage[0].file)).to_pylist()[0]

    def change(rows: list[dict[str, object]]) -> None:
        row = next(row for row in rows if row["part"] == "replay/en")
        row["document"] = held["document"]

    built.forge_lineage(0, change)
    problems = [problem.message for problem in built.check().problems]
    assert any("is held out (eval/replay/en), but stands in window" in message for message in problems)


def test_a_hold_out_beyond_its_last_key_is_found(built: Built) -> None:
    manifest = built.copy.manifest
    entry = manifest.eval["replay/en"]
    assert entry.last_key is not None
    built.copy.forge_manifest(eval={**manifest.eval, "replay/en": entry.model_copy(update={"last_key": "0" * 32})})
    problems = [problem.message for problem in built.check().problems]
    assert any("is beyond the hold-out's last" in message for message in problems)


def test_a_piece_of_another_part_is_found(built: Built) -> None:
    manifest = built.copy.manifest
    first, second, *others = manifest.parts
    swapped = (
        first.model_copy(update={"sources": second.sources}),
        second.model_copy(update={"sources": first.sources}),
        *others,
    )
    built.copy.forge_manifest(parts=swapped)
    assert any("its source feeds replay/ko, not finance" in problem.message for problem in built.check().problems)


def test_a_dataset_without_lineage_or_recipe_is_an_error(built: Built) -> None:
    built.copy.forge_manifest(recipe={"name": "tiny"})
    with pytest.raises(ShardError, match=r"^manifest\.json: recipe\.tokenizer: Field required; the version of ixigen"):
        built.check()
    built.copy.forge_manifest(lineage=())
    with pytest.raises(ShardError, match="has no lineage, so its documents cannot be found"):
        built.check()


PIECE = Piece(Reference("s", "f", "d"), "p", 3, 2, 4, 0, 0, "")


@pytest.mark.parametrize(
    ("tokens", "ends", "told"),
    [
        ([5, 6, 7, 8, 9], [5], []),
        ([5, 6, 7], [5], ["token 3 of the document: the document ends there by its source, and the window goes on"]),
        ([5, 6, 9, 8], [5], ["token 2 of the document: expected 9 by its source, got 7 in the window"]),
        ([5, 6, 7, 8], [4, 5], ["ends: expected one bit, at token 5, got [4, 5]"]),
        ([5, 6, 7, 8], [], ["ends: expected one bit, at token 5, got []"]),
    ],
)
def test_a_piece_in_its_window(tokens: list[int], ends: list[int], told: list[str]) -> None:
    window = np.zeros(1, np.dtype([("ends", "u1", (1,)), ("tokens", "<i4", (8,))]))[0]
    window["tokens"][:] = [0, 0, 5, 6, 7, 8, 0, 0]
    window["ends"][:] = sum(1 << token for token in ends)
    found = list(wrong_piece(PIECE, window, [np.array(tokens, np.uint32)]))
    assert [message[: len(words)] for message, words in zip(found, told, strict=True)] == told


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ([(0, 0, 4), (0, 4, 6)], None),
        ([(0, 4, 6), (0, 0, 4), (1, 0, 3)], None),
        ([(0, 0, 4), (0, 3, 7)], "tokens from 3 on stand twice in epoch 0"),
        ([(0, 0, 4), (0, 5, 5)], "tokens 4 to 4 are in no window of epoch 0"),
        ([(0, 0, 4), (1, 0, 3)], "tokens from 4 on are in no window of epoch 0, though a later one began"),
    ],
)
def test_the_course_of_a_document(course: list[tuple[int, int, int]], told: str | None) -> None:
    pieces = [replace(PIECE, epoch=epoch, document_token=first, tokens=count) for epoch, first, count in course]
    found = list(wrong_course(pieces, 10))
    assert [message.partition("): ")[2] for message in found] == ([] if told is None else [told])
