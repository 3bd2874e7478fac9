"""Shards fetched, verified, kept within a limit; damage is fetched again, then told."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, read_bytes
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from ixigen_train.windows.dataset import training_windows
from ixigen_train.windows.shard_cache import ShardCache
from tests.dataset import write_dataset


@pytest.fixture
def remote() -> Iterator[str]:
    """A store that is not the disk."""
    yield "memory://set"
    fsspec.filesystem("memory").rm("/set", recursive=True)


def rows(url: str, manifest: Manifest, cache: ShardCache) -> np.ndarray:
    stream = training_windows(manifest, cache)
    return stream.read(range(len(stream)))


@pytest.mark.parametrize("settings", [ShardSettings(), ShardSettings(compression="zstd")], ids=["plain", "zstd"])
def test_fetched_windows_are_those_on_the_disk(remote: str, tmp_path: Path, settings: ShardSettings) -> None:
    manifest = write_dataset(str(tmp_path / "home"), settings)
    write_dataset(remote, settings)
    home = rows("", manifest, ShardCache(str(tmp_path / "home")))
    assert np.array_equal(rows(remote, manifest, ShardCache(remote)), home)
    assert np.array_equal(rows(remote, manifest, ShardCache(remote, tmp_path / "cache")), home)
    again = ShardCache(remote, tmp_path / "cache")
    fsspec.filesystem("memory").rm("/set/shard.00000.mds*")
    assert np.array_equal(rows(remote, manifest, again), home), "from the cache alone"


def test_a_cache_keeps_to_its_limit(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    cache = ShardCache(remote, tmp_path, limit_bytes=2 * manifest.shards[0].bytes)
    stream = training_windows(manifest, cache)
    for number in range(len(stream)):
        stream.read(range(number, number + 1))
        assert len(list(tmp_path.iterdir())) <= 2
    assert {path.name for path in tmp_path.iterdir()} == {shard.file for shard in manifest.shards[-2:]}


def test_a_shard_damaged_on_the_way_is_fetched_again(
    remote: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = write_dataset(remote)
    answers = iter([b"x", OSError("503 SlowDown")])

    def read(url: str) -> bytes:
        answer = next(answers, None)
        if isinstance(answer, OSError):
            raise answer
        return answer if answer is not None else read_bytes(url)

    monkeypatch.setattr("ixigen_train.windows.shard_cache.read_bytes", read)
    waited: list[float] = []
    cache = ShardCache(remote, tmp_path, sleep=waited.append)
    assert len(cache.data(manifest.shards[0])) == manifest.shards[0].bytes
    assert waited == [0.5, 1.0]


def test_a_shard_that_stays_damaged_is_told(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    data = bytearray(read_bytes(join(remote, "shard.00000.mds")))
    data[-1] ^= 1
    fsspec.filesystem("memory").pipe("/set/shard.00000.mds", bytes(data))
    with pytest.raises(ShardError, match=r"shard.00000.mds: expected 980 bytes of digest .*; tried 7 times"):
        ShardCache(remote, tmp_path, sleep=lambda _: None).data(manifest.shards[0])


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_shard_on_the_disk_that_is_damaged_is_told(tmp_path: Path, damage: str) -> None:
    manifest = write_dataset(str(tmp_path))
    path = tmp_path / "shard.00001.mds"
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage != "gone":
        data[-1] ^= 1
        path.write_bytes(data if damage == "flip" else data[:-1])
    told = {"flip": "of digest", "cut": r"expected \d+ bytes, \d+ bytes", "gone": "no such file"}[damage]
    with pytest.raises(ShardError, match=rf"shard.00001.mds: .*{told}"):
        ShardCache(str(tmp_path)).data(manifest.shards[1])


def test_a_remote_shard_that_is_gone_is_told_at_once(remote: str) -> None:
    manifest = write_dataset(remote)
    fsspec.filesystem("memory").rm("/set/shard.00002.mds")
    with pytest.raises(ShardError, match=r"shard.00002.mds: no such shard, but the manifest names it"):
        ShardCache(remote, sleep=lambda _: pytest.fail("waited")).data(manifest.shards[2])
