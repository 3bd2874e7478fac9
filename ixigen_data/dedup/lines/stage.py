"""The lines stage of a source: which lines many of the documents that stay share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.clean.chunks import ChunkSummary, list_chunks, read_documents_file
from ixigen_data.core.arrays import between
from ixigen_data.core.digests import digest_value
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.files import join, read_bytes, size_of, write_bytes
from ixigen_data.dedup.lines.frequent import FrequentLines, as_counted, most_frequent, nothing_frequent
from ixigen_data.dedup.lines.lines_kernel import find_lines
from ixigen_data.dedup.lines.sidecar import HEAD_BYTES, LINE_ROW, lines_file, read_lines
from ixigen_data.dedup.settings import LinesSettings
from ixigen_data.engine.completion import read_plan
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
ROWS_PER_PARTITION = 8_000_000  # 12 bytes a row, and twice as much while sorting: about 300 MB
_MAX_BITS = 16

Drops = Callable[[int], npt.NDArray[np.uint32]]


class Partition(BaseModel):
    """A task: the lines whose hashes begin with the bits of `number`, of 2^bits partitions."""

    number: int
    bits: int


@dataclass(frozen=True)
class LinesInputs:
    """Where a source's cleaned chunks lie, and what is known of them."""

    clean_folder: str
    drops: Drops  # chunk, counted within the source, to rows in ascending order
    earlier: Callable[[], FrequentLines | None] | None = None  # of the dataset that is continued, if it has the source


class LinesStage:
    """Counts the lines of the documents that deduplication keeps: a copy makes no line frequent.

    A task writes the frequent lines of its partition, `00000.frequent.parquet`; `read_frequent` puts them together.
    """

    unit = "lines"

    def __init__(self, source: str, settings: LinesSettings, inputs: LinesInputs, upstream: Sequence[str]) -> None:
        """`upstream`: the marks of the source's clean stage and of those that drop, the digest of what is continued."""
        self.name = f"lines/{source}"
        self._settings = settings
        self._inputs = inputs
        written = settings.model_dump(mode="json", exclude={"only"})
        self.fingerprint = digest_value(["lines", BYTES, written, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return one task a partition, as many partitions as keep one in memory."""
        rows = 0 if self._earlier is not None else sum(map(self._rows, self._chunks))
        bits = min(_MAX_BITS, max(0, (rows - 1) // ROWS_PER_PARTITION).bit_length())
        return [
            Task(
                index=number,
                name=f"{self.name} {number}",
                work=rows >> bits,
                payload=Partition(number=number, bits=bits).model_dump(),
            )
            for number in range(1 << bits)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the frequent lines of a partition; those of the dataset that is continued, where it has the source."""
        table = self._earlier
        if table is None:
            table = self._frequent(Partition.model_validate(task.payload))
        data = table.data()
        write_bytes(join(folder, _frequent_file(task.index)), data)
        return Outcome(files={_frequent_file(task.index): len(data)})

    @cached_property
    def _earlier(self) -> FrequentLines | None:
        return None if self._inputs.earlier is None else self._inputs.earlier()

    @cached_property
    def _chunks(self) -> list[ChunkSummary]:
        return list_chunks(self._inputs.clean_folder)

    def _rows(self, chunk: ChunkSummary) -> int:
        size_bytes = size_of(join(self._inputs.clean_folder, lines_file(chunk.stem)))
        return (size_bytes - HEAD_BYTES) // LINE_ROW.itemsize

    def _frequent(self, partition: Partition) -> FrequentLines:
        slices = [np.zeros(0, np.uint64)]
        of_documents = 0
        for ordinal, chunk in enumerate(self._chunks):
            drops = self._inputs.drops(ordinal)
            slices.append(_kept_hashes(self._slice(chunk, partition), drops, chunk.documents))
            of_documents += chunk.documents - len(drops)
        found, documents = _counted(np.concatenate(slices), self._settings.threshold(of_documents))
        table = nothing_frequent(self._settings.reach, of_documents)
        lines = self._lines_of(found, partition)
        return most_frequent([table, FrequentLines(found, documents, lines, table.depth, of_documents)])

    def _slice(self, chunk: ChunkSummary, partition: Partition) -> npt.NDArray[np.void]:
        """Return a chunk's records of a partition."""
        records = read_lines(self._inputs.clean_folder, chunk.stem)
        assert records.dtype == LINE_ROW
        if partition.bits == 0:
            return records
        shift = 64 - partition.bits
        return between(records, "hash", partition.number << shift, (partition.number + 1) << shift)

    def _lines_of(self, hashes: npt.NDArray[np.uint64], partition: Partition) -> tuple[str, ...]:
        """Return the lines of some hashes as they were counted, from the first texts that hold them."""
        lines: dict[int, str] = {}
        for chunk in self._chunks:
            missing = np.array([each for each in hashes.tolist() if each not in lines], np.uint64)
            if not len(missing):
                break
            records = self._slice(chunk, partition)["hash"]
            here = missing[np.searchsorted(records, missing) < np.searchsorted(records, missing, "right")]
            lines |= _first_lines(self._inputs.clean_folder, chunk.stem, here)
        return tuple(lines[each] for each in hashes.tolist())


def read_frequent(folder: str) -> FrequentLines:
    """Return the frequent lines of a source from the folder of its finished lines stage."""
    files = [_frequent_file(task.index) for task in read_plan(folder).tasks]
    return most_frequent([FrequentLines.parse(read_bytes(join(folder, name)), join(folder, name)) for name in files])


def _frequent_file(task: int) -> str:
    return f"{task:05d}.frequent.parquet"


def _kept_hashes(
    records: npt.NDArray[np.void], drops: npt.NDArray[np.uint32], documents: int
) -> npt.NDArray[np.uint64]:
    if not len(drops):
        return np.array(records["hash"])
    keep = np.ones(documents, np.bool_)
    keep[drops] = False
    kept: npt.NDArray[np.uint64] = records["hash"][keep[records["row"]]]
    return kept


def _counted(hashes: npt.NDArray[np.uint64], threshold: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return the hashes that stand `threshold` times or more, ascending, and how often; `hashes` is sorted in place."""
    hashes.sort()
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1], [True]]))
    starts = starts if len(hashes) else starts[:0]
    times = np.diff(starts)
    often = np.flatnonzero(times >= threshold)
    return hashes[starts[often]], times[often]


def _first_lines(folder: str, stem: str, hashes: npt.NDArray[np.uint64]) -> dict[int, str]:
    """Return the lines of hashes that a chunk holds, each as its first text has it."""
    lines: dict[int, str] = {}
    for batch in read_documents_file(folder, stem):
        missing = np.array([each for each in hashes.tolist() if each not in lines], np.uint64)
        if not len(missing):
            break
        data, offsets = text_buffers(batch.column("text"))
        places = np.zeros((len(missing), 2), np.int64)
        find_lines(data, offsets, missing, places)
        for each, (start, stop) in zip(missing.tolist(), places.tolist(), strict=True):
            if stop:
                lines[each] = as_counted(bytes(data[start:stop]).decode())
    return lines
