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


def rows(manifest: Manifest, cache: ShardCache) -> np.ndarray:
    stream = training_windows(manifest, cache)
    return stream.read(range(len(stream)))


def kept(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.mds")}


def digests(manifest: Manifest) -> list[str]:
    return [shard.digests["xxh3_128"] for shard in manifest.shards]


@pytest.mark.parametrize("settings", [ShardSettings(), ShardSettings(compression="zstd")], ids=["plain", "zstd"])
def test_fetched_windows_are_those_on_the_disk(remote: str, tmp_path: Path, settings: ShardSettings) -> None:
    manifest = write_dataset(str(tmp_path / "home"), settings)
    write_dataset(remote, settings)
    home = rows(manifest, ShardCache(str(tmp_path / "home")))
    assert np.array_equal(rows(manifest, ShardCache(str(tmp_path / "home"), tmp_path / "other")), home)
    assert np.array_equal(rows(manifest, ShardCache(remote)), home)
    assert np.array_equal(rows(manifest, ShardCache(remote, tmp_path / "cache")), home)
    again = ShardCache(remote, tmp_path / "cache")
    fsspec.filesystem("memory").rm("/set/shard.00000.mds*")
    assert np.array_equal(rows(manifest, again), home), "from the cache alone"
    assert kept(tmp_path / "other") == (set(digests(manifest)) if settings.compression else set()), "lies ready"


def test_a_cache_keeps_to_its_limit(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    (tmp_path / "mine.mds").write_bytes(b"not a shard of any dataset")
    for _ in range(2):  # the second one finds files that it has not fetched
        stream = training_windows(manifest, ShardCache(remote, tmp_path, limit_bytes=2 * manifest.shards[0].bytes))
        for number in range(len(stream)):
            stream.read(range(number, number + 1))
            assert len(kept(tmp_path)) <= 3
        assert kept(tmp_path) == {*digests(manifest)[-2:], "mine"}


def test_the_shard_used_longest_ago_goes_first(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    limit = 2 * manifest.shards[0].bytes
    for number in (0, 1, 0, 2):
        ShardCache(remote, tmp_path, limit).data(manifest.shards[number])
    assert kept(tmp_path) == {digests(manifest)[0], digests(manifest)[2]}


def test_a_mapped_shard_outlives_its_file(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    cache = ShardCache(remote, tmp_path)
    data = cache.data(manifest.shards[0])
    (tmp_path / f"{digests(manifest)[0]}.mds").unlink()
    assert data.tobytes() == read_bytes(join(remote, "shard.00000.mds"))
    assert cache.data(manifest.shards[0]) is data


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 980])
def test_a_shard_damaged_in_the_cache_is_fetched_again(remote: str, tmp_path: Path, damage: bytes) -> None:
    manifest = write_dataset(remote)
    place = tmp_path / f"{digests(manifest)[0]}.mds"
    place.write_bytes(damage)
    expected = read_bytes(join(remote, "shard.00000.mds"))
    assert ShardCache(remote, tmp_path).data(manifest.shards[0]).tobytes() == expected
    assert place.read_bytes() == expected


def test_what_a_killed_process_left_is_removed(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    left = tmp_path / f".{digests(manifest)[0]}.mds.0123456789ab.part"
    left.write_bytes(b"half")
    ShardCache(remote, tmp_path).data(manifest.shards[1])
    assert not left.exists()


def test_a_cache_that_cannot_hold_a_shard_still_serves_it(
    remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = write_dataset(remote)
    expected = read_bytes(join(remote, "shard.00000.mds"))
    small = ShardCache(remote, tmp_path / "small", limit_bytes=979)
    assert small.data(manifest.shards[0]).tobytes() == expected
    assert kept(tmp_path / "small") == set()

    def full(url: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ixigen_train.windows.shared_folder.write_bytes", full)
    assert ShardCache(remote, tmp_path / "full").data(manifest.shards[0]).tobytes() == expected


def test_shards_are_fetched_ahead_where_there_is_room(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    ShardCache(remote, tmp_path, limit_bytes=3 * 980).fetch(manifest.shards[0])
    assert kept(tmp_path) == set(), "it would drive out the shard that is in use"
    ShardCache(remote, tmp_path, limit_bytes=4 * 980).fetch(manifest.shards[0])
    assert kept(tmp_path) == {digests(manifest)[0]}
    fsspec.filesystem("memory").rm("/set/shard.00000.mds")
    assert len(ShardCache(remote, tmp_path).data(manifest.shards[0])) == 980


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

    monkeypatch.setattr("ixigen_train.windows.fetching.read_bytes", read)
    waited: list[float] = []
    cache = ShardCache(remote, tmp_path, sleep=waited.append)
    assert len(cache.data(manifest.shards[0])) == manifest.shards[0].bytes
    assert waited == [0.5, 1.0]


def test_a_shard_that_stays_damaged_is_told(remote: str, tmp_path: Path) -> None:
    manifest = write_dataset(remote)
    data = bytearray(read_bytes(join(remote, "shard.00000.mds")))
    data[-1] ^= 1
    fsspec.filesystem("memory").pipe("/set/shard.00000.mds", bytes(data))
    with pytest.raises(ShardError, match=r"shard.00000.mds: expected 980 bytes of digest .*; tried 18 times"):
        ShardCache(remote, tmp_path, sleep=lambda _: None).data(manifest.shards[0])
    assert kept(tmp_path) == set()


def test_a_compressed_shard_of_other_windows_is_told(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path), ShardSettings(compression="zstd"))
    one, two = manifest.shards[:2]
    mixed = one.model_copy(update={"stored": two.stored})
    with pytest.raises(ShardError, match=r"shard.00000.mds: expected 982 bytes of digest .*, got 982 of"):
        ShardCache(str(tmp_path)).data(mixed)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_a_shard_on_the_disk_that_is_damaged_is_told(tmp_path: Path, damage: str) -> None:
    manifest = write_dataset(str(tmp_path))
    path = tmp_path / "shard.00001.mds"
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage != "gone":
        data[-1] ^= 1
        path.write_bytes({"flip": data, "cut": data[:-1], "empty": b""}[damage])
    told = {"flip": "got 980 of", "cut": "got 979 of", "empty": "got 0 of", "gone": "no such shard, but the manifest"}
    with pytest.raises(ShardError, match=rf"shard.00001.mds: .*{told[damage]}"):
        ShardCache(str(tmp_path)).data(manifest.shards[1])


class NoCredentialsError(Exception):
    """As botocore's."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileNotFoundError("x"), r"shard.00002.mds: no such file, but the manifest names it"),
        (PermissionError("Access Denied"), r"shard.00002.mds: the store refuses: Access Denied; look at the cred"),
        (NoCredentialsError("Unable to locate credentials"), r"the store refuses: Unable to locate credentials"),
    ],
)
def test_what_no_wait_would_change_is_told_at_once(
    remote: str, error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = write_dataset(remote)

    def read(url: str) -> bytes:
        raise error

    monkeypatch.setattr("ixigen_train.windows.fetching.read_bytes", read)
    with pytest.raises(ShardError, match=told):
        ShardCache(remote, sleep=lambda _: pytest.fail("waited")).data(manifest.shards[2])


def test_a_store_that_stays_down_is_told_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = write_dataset("memory://down")
    waited: list[float] = []

    def read(url: str) -> bytes:
        raise RuntimeError(f"{url}: unreachable")

    monkeypatch.setattr("ixigen_train.windows.fetching.read_bytes", read)
    with pytest.raises(ShardError, match=r"s3://b/set/shard.00000.mds: .*unreachable; tried 18 times") as found:
        ShardCache("s3://key:secret@b/set", sleep=waited.append).data(manifest.shards[0])
    assert "secret" not in str(found.value)
    assert sum(waited) == 59.5
    fsspec.filesystem("memory").rm("/down", recursive=True)
