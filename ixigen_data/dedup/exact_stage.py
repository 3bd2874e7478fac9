"""The dedup stage: partitions of the keys of all sources to lists of rows that are copies."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.clean.chunks import KEY_ROW, read_keys
from ixigen_data.core.arrays import between, is_mapped
from ixigen_data.core.digests import digest_value
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.drops import DROP, reasons_of, write_drops
from ixigen_data.dedup.exact import KeyedRows, find_copies
from ixigen_data.dedup.places import ChunkPlace, Corpus
from ixigen_data.dedup.settings import ExactSettings
from ixigen_data.engine.stage import Outcome, Task

BYTES = 2
ROWS_PER_PARTITION = 4_000_000  # 28 bytes a row, and as much again while sorting: about 250 MB


class Partition(BaseModel):
    """A task: the keys whose first bits are `number`, of 2^bits partitions."""

    number: int
    bits: int


class DedupStage:
    """Finds the copies among all sources."""

    name = "dedup"
    unit = "keys"

    def __init__(self, settings: ExactSettings | None, corpus: Corpus, upstream: Sequence[str]) -> None:
        """`upstream`: the marks of the clean stages, and the digests of the indexes."""
        self._settings = settings
        self._corpus = corpus
        written = None if settings is None else settings.model_dump(mode="json")
        self.fingerprint = digest_value(["dedup", BYTES, written, list(corpus.clean_folders), list(upstream)])

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
        if self._settings is not None and keys:
            joined = np.concatenate(keys)
            chunk = np.repeat(np.arange(len(keys), dtype=np.uint32), sizes)
            copies = find_copies(KeyedRows(joined["hi"], joined["lo"], chunk, joined["row"]))
            copies = copies[copies["chunk"] >= self._num_indexed]  # two indexes may hold the same document
        return Outcome(files=write_drops(folder, task.index, copies), ledger=self._ledger(sizes, copies))

    @cached_property
    def _places(self) -> tuple[ChunkPlace, ...]:
        return self._corpus.places()

    @cached_property
    def _num_indexed(self) -> int:
        return sum(place.indexed for place in self._places)

    def _ledger(self, sizes: Sequence[int], copies: npt.NDArray[np.void]) -> Ledger:
        ledger = Ledger()
        first = self._num_indexed
        borders = np.searchsorted(copies["chunk"], np.arange(first, len(sizes) + 1)).tolist()
        for place, documents, (start, stop) in zip(self._places[first:], sizes[first:], pairwise(borders), strict=True):
            account = ledger.account("dedup", place.source)
            account.documents_in += documents
            account.documents_out += documents - (stop - start)
            account.dropped.update(reasons_of(copies[start:stop], first))
        return ledger


def _slice(keys: npt.NDArray[np.void], partition: Partition) -> npt.NDArray[np.void]:
    """Return the keys of a partition; `keys` are `KEY_ROW` records sorted by their first half."""
    assert keys.dtype == KEY_ROW
    if partition.bits == 0:
        return keys
    shift = 64 - partition.bits
    found = between(keys, "hi", partition.number << shift, (partition.number + 1) << shift)
    # A slice would keep the whole of what was read from an object store; of a mapped file it keeps nothing.
    return found if is_mapped(keys) else found.copy()
