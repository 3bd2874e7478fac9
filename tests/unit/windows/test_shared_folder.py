"""One folder for all ranks of a machine: processes that fetch, evict and die beside each other."""

import fcntl
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import Manifest, StoredFile
from ixigen_data.shards.settings import ShardSettings
from ixigen_train.windows import shard_cache
from ixigen_train.windows.dataset import training_windows
from ixigen_train.windows.shard_cache import NO_LIMIT, ShardCache
from ixigen_train.windows.shared_folder import SharedFolder
from tests.dataset import write_dataset

FORK = multiprocessing.get_context("fork")
WAIT_SECONDS = 30


@pytest.fixture
def compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Manifest]:
    """A dataset whose shards have to be unpacked into a cache; every unpacking adds a byte to the file `fetches`."""
    url = str(tmp_path / "set")
    true = shard_cache.fetched

    def fetched(url: str, record: StoredFile, sleep: Callable[[float], None]) -> bytes:
        with (tmp_path / "fetches").open("ab") as file:
            file.write(b".")
        return true(url, record, sleep)

    monkeypatch.setattr(shard_cache, "fetched", fetched)
    return url, write_dataset(url, ShardSettings(compression="zstd"))


def together(ranks: int, work: Callable[[int], None]) -> None:
    """Run a function in so many processes at once; every one must end well."""
    processes = [FORK.Process(target=work, args=(rank,)) for rank in range(ranks)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT_SECONDS)
    assert [process.exitcode for process in processes] == [0] * ranks


@pytest.mark.parametrize("shards_kept", [None, 1, 2])
def test_ranks_fetch_each_shard_once_and_keep_to_the_limit(
    compressed: tuple[str, Manifest], tmp_path: Path, shards_kept: int | None
) -> None:
    url, manifest = compressed
    home = training_windows(manifest, ShardCache(url)).read(range(18))
    (tmp_path / "fetches").unlink()
    limit = NO_LIMIT if shards_kept is None else shards_kept * manifest.shards[0].bytes

    def read_all(rank: int) -> None:
        stream = training_windows(manifest, ShardCache(url, tmp_path / "cache", limit))
        for window in range(18):
            assert np.array_equal(stream.read(range(window, window + 1)), home[window : window + 1])

    together(4, read_all)
    fetches = (tmp_path / "fetches").stat().st_size
    kept = list((tmp_path / "cache").glob("*.mds"))
    if shards_kept is None:
        assert fetches == len(manifest.shards) == len(kept)
    else:
        assert fetches >= len(manifest.shards)
        assert sum(path.stat().st_size for path in kept) <= limit
    assert not list((tmp_path / "cache").glob(".*.part"))


def test_a_rank_fetches_the_shards_of_its_windows_alone(compressed: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = compressed
    training_windows(manifest, ShardCache(url, tmp_path / "cache")).read(range(4, 7))
    expected = {f"{shard.digests['xxh3_128']}.mds" for shard in manifest.shards[:2]}
    assert {path.name for path in (tmp_path / "cache").glob("*.mds")} == expected


def test_a_folder_that_cannot_be_one_is_told(compressed: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = compressed
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ShardError, match=r"file/cache: Not a directory; data.cache needs a local folder that every"):
        ShardCache(url, tmp_path / "file" / "cache").data(manifest.shards[0])


def test_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    folder = SharedFolder(tmp_path, NO_LIMIT)

    def die(rank: int) -> None:
        with folder.one_at_a_time("0" * 32):
            os._exit(0)

    together(1, die)
    with (
        folder.one_at_a_time("0" * 32),
        (tmp_path / ".lock-00").open("wb") as file,
        pytest.raises(BlockingIOError, match="temporarily unavailable"),
    ):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
