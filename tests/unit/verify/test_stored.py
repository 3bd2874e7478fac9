"""A dataset without its shards."""

from collections.abc import Callable

import pytest

from ixigen_data.shards.index import write_index
from ixigen_data.verify.stored import verify_stored
from tests.dataset import write_dataset
from tests.unit.verify.conftest import SETTINGS, Copy


def found_in(copy: Copy) -> list[str]:
    return [str(problem) for problem in verify_stored(str(copy.folder)).problems]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_sound_dataset_agrees_with_its_listing(name: str, copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of(name)
    found = verify_stored(str(copy.folder))
    stored = [file for file in copy.files() if not file.endswith(".json")]
    assert found.ok
    assert found.files == len(stored) == 10
    assert found.bytes == sum(copy.path(file).stat().st_size for file in stored)
    assert "digests of shards and lineage" in found.not_checked


def test_a_dataset_on_an_object_store_is_listed_once() -> None:
    write_dataset("memory://stored/sound")
    assert verify_stored("memory://stored/sound").ok


@pytest.mark.parametrize("name", SETTINGS)
def test_every_file_that_is_missing_cut_or_extra_is_named(name: str, copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of(name)
    for file in copy.files():
        data = copy.path(file).read_bytes()
        copy.path(file).write_bytes(data[:-2])
        assert found_in(copy)[0].startswith(f"{file}: ")
        copy.path(file).unlink()
        assert found_in(copy)[0].startswith(f"{file}: ")
        copy.path(file).write_bytes(data)
    for file in ("shard.00099.mds", "lineage/00099.parquet", "eval/replay/ko/shard.00099.mds", "eval/other/x"):
        copy.path(file).parent.mkdir(exist_ok=True)
        copy.path(file).write_bytes(b"")
        assert found_in(copy) == [f"{file}: extra: not in the manifest"]
        copy.path(file).unlink()
    copy.path("README.md").write_bytes(b"")
    assert found_in(copy) == []


def test_an_edited_manifest_and_an_edited_index_are_told(copy: Copy) -> None:
    manifest = copy.manifest
    copy.forge_manifest(total_tokens=7)
    assert any(line.startswith("manifest.json: total_tokens: expected ") for line in found_in(copy))
    manifest.write(str(copy.folder))
    copy.edit_json("manifest.json", lambda value: value.update(name="other"))
    assert found_in(copy)[0].startswith("manifest.json: checksum (the file was edited): expected ")
    manifest.write(str(copy.folder))
    write_index(str(copy.folder), "", manifest.shards[:-1], copy.layout)
    assert found_in(copy) == ["index.json: number of shards: expected 4, got 3"]


def test_what_the_index_says_of_shards_is_compared(copy: Copy) -> None:
    def change(index: dict[str, object]) -> None:
        entries = index["shards"]
        assert isinstance(entries, list)
        entries[2]["raw_data"]["bytes"] += 1

    copy.edit_json("index.json", change)
    (line,) = found_in(copy)
    assert line.startswith("index.json: shard.00002.mds: entry.raw_data.bytes: expected ")


def test_a_flipped_token_is_not_what_it_looks_for(copy: Copy) -> None:
    def change(windows: object) -> None:
        windows["tokens"][0, 0] += 1  # type: ignore[index]

    copy.forge_shard(0, change)
    assert found_in(copy) == []
    assert copy.verify().problems != []
