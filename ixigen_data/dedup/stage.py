"""The dedup stage: partitions of the keys of all sources to lists of rows to drop."""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.clean.chunks import KEY_ROW, read_keys
from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import is_local, join, local_path, read_bytes, write_bytes
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.chunk_list import ChunkPlace, chunk_places
from ixigen_data.dedup.exact import DROP, KeyedRows, find_copies
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.engine.completion import read_plan
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
ROWS_PER_PARTITION = 4_000_000  # 28 bytes a row, and as much again while sorting: about 250 MB


class Partition(BaseModel):
    """A task: the keys whose first bits are `number`, of 2^bits partitions."""

    number: int
    bits: int


class DedupStage:
    """Finds the copies among all sources; `clean_folders` by source, in recipe order, which is their priority."""

    name = "dedup"
    unit = "keys"

    def __init__(self, settings: DedupSettings, clean_folders: Mapping[str, str], upstream: Sequence[str]) -> None:
        self._settings = settings
        self._clean_folders = clean_folders
        self.fingerprint = digest_value(
            ["dedup", BYTES, settings.model_dump(mode="json"), list(clean_folders), list(upstream)]
        )

    def tasks(self) -> Sequence[Task]:
        """Return one task a partition, as many partitions as keep one in memory."""
        rows = sum(place.documents for place in self._places)
        bits = max(0, (rows - 1) // ROWS_PER_PARTITION).bit_length()
        return [
            Task(
                index=number,
                name=f"partition {number}",
                work=rows >> bits,
                payload=Partition(number=number, bits=bits).model_dump(),
            )
            for number in range(1 << bits)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the partition's drop list: `DROP` records sorted by (chunk, row)."""
        partition = Partition.model_validate(task.payload)
        keys = [_slice(read_keys(place.folder, place.stem), partition) for place in self._places]
        sizes = [len(part) for part in keys]
        copies = np.zeros(0, DROP)
        if self._settings.exact is not None and keys:
            joined = np.concatenate(keys)
            chunk = np.repeat(np.arange(len(keys), dtype=np.uint32), sizes)
            copies = find_copies(KeyedRows(joined["hi"], joined["lo"], chunk, joined["row"]))
        buffer = io.BytesIO()
        np.save(buffer, copies)
        name = drop_file(task.index)
        write_bytes(join(folder, name), buffer.getbuffer())
        return Outcome(files={name: buffer.tell()}, ledger=self._ledger(sizes, copies))

    @cached_property
    def _places(self) -> tuple[ChunkPlace, ...]:
        return chunk_places(self._clean_folders)

    def _ledger(self, sizes: Sequence[int], copies: npt.NDArray[np.void]) -> Ledger:
        ledger = Ledger()
        dropped = np.bincount(copies["chunk"], minlength=len(sizes))
        for place, documents, copied in zip(self._places, sizes, dropped.tolist(), strict=True):
            account = ledger.account("dedup", place.source)
            account.documents_in += documents
            account.documents_out += documents - copied
            if copied:
                account.dropped["exact_duplicate"] += copied
        return ledger


def drop_file(partition: int) -> str:
    """Return the name of a partition's drop list."""
    return f"{partition:05d}.drops.npy"


def drops_by_chunk(
    folder: str, clean_folders: Mapping[str, str], source: str
) -> Callable[[int], npt.NDArray[np.uint32]]:
    """Return what gives the rows to drop of a source's chunks, counted within the source; ascending rows."""

    @cache
    def first_chunk() -> int:
        places = enumerate(chunk_places(clean_folders))
        return next((number for number, place in places if place.source == source), 0)

    def drops(ordinal: int) -> npt.NDArray[np.uint32]:
        return read_drops(folder, len(read_plan(folder).tasks), first_chunk() + ordinal)

    return drops


def read_drops(folder: str, partitions: int, chunk: int) -> npt.NDArray[np.uint32]:
    """Return the rows of a chunk (counted over all sources) that are dropped, in ascending order."""
    rows = []
    for partition in range(partitions):
        drops = _load(join(folder, drop_file(partition)))
        first, last = np.searchsorted(drops["chunk"], [chunk, chunk + 1])
        rows.append(drops["row"][first:last])
    return np.sort(np.concatenate(rows)) if rows else np.zeros(0, np.uint32)


def _load(url: str) -> npt.NDArray[np.void]:
    # Mapped, a binary search touches a few pages of a list that may have millions of rows.
    drops: npt.NDArray[np.void] = (
        np.load(local_path(url), mmap_mode="r") if is_local(url) else np.load(io.BytesIO(read_bytes(url)))
    )
    return drops


def _slice(keys: npt.NDArray[np.void], partition: Partition) -> npt.NDArray[np.void]:
    """Return the keys of a partition; `keys` are `KEY_ROW` records sorted by their first half."""
    assert keys.dtype == KEY_ROW
    if partition.bits == 0:
        return keys
    shift = 64 - partition.bits
    first = np.searchsorted(keys["hi"], np.uint64(partition.number << shift))
    last = (
        len(keys)
        if partition.number + 1 == 1 << partition.bits
        else np.searchsorted(keys["hi"], np.uint64((partition.number + 1) << shift))
    )
    return keys[first:last]
