"""Every file of every index is read once, in tasks of bounded size."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.index import check_stage
from ixigen_data.dedup.index.check_stage import AgainstStage
from ixigen_data.dedup.index.manifest import IndexManifest, KnownIndex


@pytest.fixture
def indexes(write_index: Callable[..., Path]) -> list[KnownIndex]:
    """Two indexes: one of three chunks that share their files, one of a single chunk."""
    first, second = write_index(name="first"), write_index(["넷"], name="second")
    manifest = IndexManifest.load(str(first))
    manifest.model_copy(update={"chunks": manifest.chunks * 3}).sealed().write(str(first))
    return [KnownIndex(url=str(url), digest=IndexManifest.load(str(url)).digest) for url in (first, second)]


@pytest.mark.parametrize(("task_bytes", "spans"), [(1, [1, 1, 1, 1]), (2000, [2, 1, 1]), (1 << 30, [3, 1])])
def test_tasks_hold_whole_chunks(
    task_bytes: int, spans: list[int], indexes: list[KnownIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_stage, "TASK_BYTES", task_bytes)
    stage = AgainstStage(indexes)
    tasks = stage.tasks()
    assert [task.payload["stop"] - task.payload["first"] for task in tasks] == spans  # type: ignore[index, call-overload]
    assert sum(task.work for task in tasks) == sum(
        file.bytes for known in indexes for chunk in known.load().chunks for file in chunk.files.values()
    )
    for task in tasks:
        assert stage.run(task, "").files == {}


def test_a_flipped_bit_is_found_by_the_task_that_reads_it(indexes: list[KnownIndex]) -> None:
    keys = Path(indexes[1].url) / "00000.keys.npy"
    data = bytearray(keys.read_bytes())
    data[-1] ^= 1
    keys.write_bytes(data)
    stage = AgainstStage(indexes)
    first, second = stage.tasks()
    stage.run(first, "")
    with pytest.raises(DedupError, match=r"second: damaged: the digest of 00000.keys.npy is .*, index.json says "):
        stage.run(second, "")
