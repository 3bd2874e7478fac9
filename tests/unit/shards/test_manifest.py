import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.core.ledger import Account
from ixigen_data.shards.manifest import Manifest, StageRecord, StoredFile
from tests.dataset import write_dataset

Edit = Callable[[Manifest], Manifest]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return write_dataset(str(tmp_path_factory.mktemp("dataset")))


def first(manifest: Manifest, name: str, **update: object) -> Manifest:
    """Return the manifest with the first record of a list changed."""
    records = list(getattr(manifest, name))
    records[0] = records[0].model_copy(update=update)
    return manifest.model_copy(update={name: tuple(records)})


def test_what_is_written_is_loaded(manifest: Manifest, tmp_path: Path) -> None:
    manifest.write(str(tmp_path))
    loaded = Manifest.load(str(tmp_path))
    assert loaded == manifest
    assert loaded.digest == loaded.digest_of()
    assert loaded.checksum == loaded.checksum_of()


def test_the_file_names_its_fields_as_the_contract_does(manifest: Manifest, tmp_path: Path) -> None:
    manifest.write(str(tmp_path))
    value = json.loads((tmp_path / "manifest.json").read_text())
    assert value["documents"]["telco"]["read"] == {"in": 41, "out": 40, "dropped": {"empty": 1}, "quarantined": 0}
    assert value["settlement_windows"][0]["pieces"] == [{"part": 0, "tokens": 16}, {"part": 1, "tokens": 16}]
    asked = {"path", "target_tokens", "tokens", "content_tokens", "eos_tokens", "pad_tokens", "unique_tokens"}
    assert asked | {"repeated_tokens", "epochs", "windows"} <= value["parts"][0].keys()
    assert {"file", "bytes", "digests", "windows", "tokens"} <= value["shards"][0].keys()
    assert value["recipe"] == {"name": "small", "note": None}


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: first(m, "shards", digests={"xxh3_128": "0" * 32}),
        lambda m: first(m, "parts", target_tokens=1),
        lambda m: first(m, "settlement_windows", owner=2),
        lambda m: m.model_copy(update={"seq_len": 64}),
        lambda m: m.model_copy(update={"tokenizer": m.tokenizer.model_copy(update={"eos_id": 7})}),
        lambda m: m.model_copy(update={"shards": m.shards[::-1]}),
        lambda m: m.model_copy(update={"eval": {}}),
        lambda m: m.model_copy(
            update={"sources": {"telco": m.sources["telco"].model_copy(update={"content_digest": "1" * 32})}}
        ),
    ],
)
def test_the_digest_names_the_data(manifest: Manifest, edit: Edit) -> None:
    assert edit(manifest).digest_of() != manifest.digest


@pytest.mark.parametrize(
    "edit",
    [
        lambda m: m.model_copy(update={"versions": {"numpy": "3"}}),
        lambda m: m.model_copy(update={"recipe": {"sources": {"telco": {"path": "/elsewhere"}}}}),
        lambda m: m.model_copy(
            update={"tokenizer": m.tokenizer.model_copy(update={"backends": {"telco": "reference"}})}
        ),
        lambda m: first(m, "lineage", digests={"xxh3_128": "0" * 32}),
        lambda m: first(m, "shards", stored=m.shards[0]),
        lambda m: m.model_copy(update={"licenses": {}}),
    ],
)
def test_the_digest_leaves_out_what_is_not_data_and_the_checksum_does_not(manifest: Manifest, edit: Edit) -> None:
    assert edit(manifest).digest_of() == manifest.digest
    assert edit(manifest).checksum_of() != manifest.checksum


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", r"manifest\.json: not JSON: "),
        (b"\xff", r"manifest\.json: not JSON: "),
        (b"[]", r"manifest\.json: schema_version: expected 1, got None"),
        (b'{"schema_version": 2}', r"manifest\.json: schema_version: expected 1, got 2"),
        (b'{"schema_version": 1, "name": 5}', r"manifest\.json: name: Input should be a valid string"),
        (b'{"schema_version": 1}', r"manifest\.json: name: Field required"),
    ],
)
def test_a_file_that_is_no_manifest_is_told_in_one_line(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(ShardError, match=message):
        Manifest.load(str(tmp_path))


def test_a_missing_manifest_is_told_without_secrets() -> None:
    with pytest.raises(
        ShardError, match=r"^memory://nowhere/manifest\.json: not found; a dataset's manifest is written"
    ):
        Manifest.load("memory://key:secret@nowhere")


def test_a_stage_is_recorded_from_its_account() -> None:
    account = Account(documents_in=5, documents_out=2, quarantined=1)
    account.dropped.update({"b": 1, "a": 1})
    record = StageRecord.of(account)
    assert record.model_dump(by_alias=True) == {"in": 5, "out": 2, "dropped": {"a": 1, "b": 1}, "quarantined": 1}


@pytest.mark.parametrize("digests", [{}, {"sha256": "0"}, {"xxh3_128": "0", "md5": "0"}])
def test_a_file_without_the_digest_that_everything_stands_on_is_refused(digests: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected xxh3_128 and perhaps sha256, got"):
        StoredFile(file="shard.00000.mds", bytes=1, digests=digests)
