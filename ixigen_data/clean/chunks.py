"""Chunks: the cleaned documents of a source in files of bounded size, with their keys beside them.

A chunk `00007-002` is the third of task 7. Its files:

- `00007-002.docs.arrow`: text, id, file, offset, key[, metadata], in source order; a document's row is its place here
- `00007-002.keys.npy`: `KEY_ROW` records sorted by key, then row
- `00007-002.audit.arrow`: text, id, key of the sample that the tokenizer's audit looks at
- and those of the sidecars (sidecars.py) that a recipe asks for
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from ixigen_data.clean.arrow_files import read_arrow, write_arrow
from ixigen_data.clean.audit_sample import SCHEMA, AuditSample
from ixigen_data.clean.keys import document_keys, key_bytes
from ixigen_data.clean.sidecars import Sidecar
from ixigen_data.core.arrays import read_records, write_array
from ixigen_data.core.documents import Documents, text_buffers
from ixigen_data.core.files import join
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.sources.faults import Fault

CHUNK_BYTES = 64 * 2**20  # of text; a longer document is a chunk of its own
CHUNK_DOCUMENTS = 1 << 19  # 8 MB of keys and 200 MB of signatures, however short the documents
KEY_ROW = np.dtype([("hi", "<u8"), ("lo", "<u8"), ("row", "<u4")])

_MASK = (1 << 128) - 1


class ChunkSummary(BaseModel):
    """A chunk that is complete."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stem: str
    documents: int
    text_bytes: int


class CleanSummary(BaseModel):
    """What a task of the clean stage tells later stages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chunks: tuple[ChunkSummary, ...]
    content_digest: str  # digest_set of the documents' keys, copies counted
    faults: tuple[Fault, ...]  # the first few, for the report


def list_chunks(folder: str) -> list[ChunkSummary]:
    """Return the chunks of a finished clean stage, in source order."""
    summaries = (CleanSummary.model_validate(outcome.summary) for outcome in read_outcomes(folder))
    return [chunk for summary in summaries for chunk in summary.chunks]


def read_documents_file(folder: str, stem: str) -> Iterator[pa.RecordBatch]:
    """Yield a chunk's documents in batches; rows are counted over all of them."""
    return read_arrow(join(folder, f"{stem}.docs.arrow"))


def read_keys(folder: str, stem: str) -> npt.NDArray[np.void]:
    """Return a chunk's `KEY_ROW` records, sorted; a local file is mapped, so that a part of it costs no more."""
    return read_records(join(folder, f"{stem}.keys.npy"), KEY_ROW)


def text_bytes(text: pa.LargeStringArray) -> int:
    """Return the size of a column's texts in UTF-8."""
    _, offsets = text_buffers(text)
    return int(offsets[-1] - offsets[0])


class ChunkWriter:
    """Writes documents into the chunks of one task. A context: the last chunk is complete when the block has ended."""

    def __init__(self, folder: str, task: int, sidecars: Sequence[Sidecar] = ()) -> None:
        self.files: dict[str, int] = {}  # sizes in bytes by name
        self.chunks: list[ChunkSummary] = []
        self._folder = folder
        self._task = task
        self._sidecars = sidecars
        self._key_sum = 0
        self._open: _OpenChunk | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None and error is not None:
            self._open.stack.__exit__(kind, error, trace)
        elif self._open is not None:
            self._complete(self._open)

    def summary(self, faults: Sequence[Fault]) -> CleanSummary:
        """Return what was written, once the block has ended."""
        return CleanSummary(chunks=tuple(self.chunks), content_digest=f"{self._key_sum:032x}", faults=tuple(faults))

    def add(self, documents: Documents) -> None:
        """Append documents; a batch is never split, so it decides where chunks end."""
        if not len(documents):
            return
        size_bytes = text_bytes(documents.text)
        if self._open is not None and not self._open.has_room(len(documents), size_bytes):
            self._complete(self._open)
        if self._open is None:
            stem = f"{self._task:05d}-{len(self.chunks):03d}"
            self._open = _OpenChunk(self._folder, stem, self._sidecars, metadata=documents.metadata is not None)
        keys = document_keys(documents.text)
        self._key_sum = (self._key_sum + _sum_of(keys)) & _MASK
        self._open.add(documents, keys, size_bytes)

    def _complete(self, chunk: "_OpenChunk") -> None:
        self._open = None
        self.files |= chunk.complete()
        self.chunks.append(ChunkSummary(stem=chunk.stem, documents=chunk.documents, text_bytes=chunk.text_bytes))


class _OpenChunk:
    """A chunk that is being written: documents go to the file, keys and sample stay until the end."""

    def __init__(self, folder: str, stem: str, sidecars: Sequence[Sidecar], *, metadata: bool) -> None:
        self.stem = stem
        self.documents = 0
        self.text_bytes = 0
        self.stack = ExitStack()
        self._folder = folder
        self._keys: list[npt.NDArray[np.uint64]] = []
        self._sample = AuditSample()
        self._beside = [sidecar.open() for sidecar in sidecars]
        self._file = self.stack.enter_context(write_arrow(join(folder, f"{stem}.docs.arrow"), _schema(metadata)))

    def has_room(self, documents: int, text_bytes: int) -> bool:
        return self.text_bytes + text_bytes <= CHUNK_BYTES and self.documents + documents <= CHUNK_DOCUMENTS

    def add(self, documents: Documents, keys: npt.NDArray[np.uint64], text_bytes: int) -> None:
        key_column = key_bytes(keys)
        columns = [documents.text, documents.id, pa.array(documents.file), pa.array(documents.offset), key_column]
        if documents.metadata is not None:
            columns.append(documents.metadata)
        self._file.write(pa.RecordBatch.from_arrays(columns, schema=self._file.schema))
        self._keys.append(keys)
        self._sample.add(documents, keys, key_column)
        for beside in self._beside:
            beside.add(documents.text)
        self.documents += len(documents)
        self.text_bytes += text_bytes

    def complete(self) -> dict[str, int]:
        """Write what is left; return the sizes of the chunk's files by name."""
        self.stack.close()
        files = {f"{self.stem}.docs.arrow": self._file.size_bytes} | self._write_keys() | self._write_sample()
        for beside in self._beside:
            files |= beside.write(self._folder, self.stem)
        return files

    def _write_keys(self) -> dict[str, int]:
        name = f"{self.stem}.keys.npy"
        return {name: write_array(join(self._folder, name), sorted_keys(np.concatenate(self._keys)))}

    def _write_sample(self) -> dict[str, int]:
        name = f"{self.stem}.audit.arrow"
        with write_arrow(join(self._folder, name), SCHEMA) as file:
            for batch in self._sample.chosen().combine_chunks().to_batches():
                file.write(batch)
        return {name: file.size_bytes}


def sorted_keys(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
    """Return `KEY_ROW` records of (documents, 2) keys, sorted by key, then row."""
    order = np.argsort(keys[:, 0])
    hi = keys[order, 0]
    # The sort by one column is quick and leaves equal ones in any order; only those are sorted in full.
    tied = np.zeros(len(hi) + 1, np.bool_)
    tied[1:-1] = hi[1:] == hi[:-1]
    tied = tied[1:] | tied[:-1]
    rows = order[tied]
    order[tied] = rows[np.lexsort((rows, keys[rows, 1], keys[rows, 0]))]
    records = np.empty(len(keys), KEY_ROW)
    records["hi"], records["lo"], records["row"] = keys[order, 0], keys[order, 1], order
    return records


def _sum_of(keys: npt.NDArray[np.uint64]) -> int:
    """Return the sum of 128-bit keys; 32-bit digits are summed apart, so that 64 bits hold the sums."""
    digits = keys.view(np.uint32).reshape(-1, 4).sum(axis=0, dtype=np.uint64).tolist()
    low_first = digits[2:] + digits[:2]  # lo, then hi, each with its low digit first
    return sum(int(digit) << (32 * place) for place, digit in enumerate(low_first))


def _schema(metadata: bool) -> pa.Schema:
    columns = [
        ("text", pa.large_string()),
        ("id", pa.large_string()),
        ("file", pa.int32()),
        ("offset", pa.int64()),
        ("key", pa.binary(16)),
    ]
    return pa.schema([*columns, ("metadata", pa.large_string())] if metadata else columns)
