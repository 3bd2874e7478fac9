"""Files of encoded documents, sorted by key: tokens in a row, an Arrow index, and, of chunks, where each bucket begins.

`<stem>.tokens` is a flat array of little-endian uint16 or uint32. `<stem>.index.arrow` has one row a document in the
same order; its record batches have 16,384 rows, so that a range of rows is found without reading the others.
`<stem>.buckets.npy` is int64 (4097, 2): the first document and the first token of every bucket, then the totals.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Int64s
from ixigen_data.core.files import is_local, join, local_path, open_read, open_write, read_bytes, write_bytes
from ixigen_data.tokens.buckets import UInt64s, bucket_borders, split_keys
from ixigen_data.tokens.gather_kernel import Tokens, gather_runs

_BATCH_ROWS = 16_384
_COLUMNS = pa.schema(
    {"key": pa.binary(16), "tokens": pa.int64(), "id": pa.large_string(), "file": pa.int32(), "offset": pa.int64()}
)
_BLOCK_TOKENS = 4 << 20
TokenType = np.dtype[np.uint16] | np.dtype[np.uint32]


@dataclass(frozen=True)
class Runs:
    """Documents' tokens as runs of one array, in the order in which they are to be written."""

    tokens: Tokens
    starts: Int64s
    counts: Int64s  # without head and tail
    head: int = -1  # a token before each run; negative: none
    tail: int = -1  # a token after each run; negative: none

    def written_counts(self) -> Int64s:
        """Return how many tokens each document has with its head and tail."""
        return self.counts + (self.head >= 0) + (self.tail >= 0)


def keys_of(index: pa.Table) -> tuple[UInt64s, UInt64s]:
    """Return the two halves of an index's keys."""
    return split_keys(b"".join(_bytes_of(chunk) for chunk in index.column("key").chunks))


def tokens_of(index: pa.Table) -> Int64s:
    """Return the tokens of each document of an index, BOS and EOS included."""
    return np.asarray(index.column("tokens").to_numpy(), np.int64)


def empty_index() -> pa.Table:
    """Return the index of no documents."""
    return _COLUMNS.empty_table()


def write_documents(folder: str, stem: str, runs: Runs, index: pa.Table) -> dict[str, int]:
    """Write documents and return the files with their sizes; `index`: key, id, file, offset[, metadata], by key."""
    counts = runs.written_counts()
    files = {f"{stem}.tokens": _write_tokens(join(folder, f"{stem}.tokens"), runs, counts)}
    index = index.add_column(index.column_names.index("key") + 1, _COLUMNS.field("tokens"), pa.array(counts))
    with open_write(join(folder, f"{stem}.index.arrow")) as stream:
        with pa.ipc.new_file(stream, index.schema) as writer:
            writer.write_table(index.combine_chunks(), max_chunksize=_BATCH_ROWS)
        files[f"{stem}.index.arrow"] = stream.tell()
    return files


def borders_of(runs: Runs, index: pa.Table) -> Int64s:
    """Return the first document and the first token of every bucket, then the totals: (4097, 2)."""
    documents = bucket_borders(keys_of(index)[0])
    tokens = np.concatenate([np.zeros(1, np.int64), np.cumsum(runs.written_counts())])[documents]
    return np.stack([documents, tokens], axis=1)


def write_borders(folder: str, stem: str, borders: Int64s) -> dict[str, int]:
    """Write what `borders_of` returns; return the file with its size."""
    buffer = io.BytesIO()
    np.save(buffer, borders)
    write_bytes(join(folder, f"{stem}.buckets.npy"), buffer.getbuffer())
    return {f"{stem}.buckets.npy": buffer.tell()}


def read_borders(folder: str, stem: str) -> Int64s:
    """Return what `write_borders` wrote."""
    borders: Int64s = np.load(io.BytesIO(read_bytes(join(folder, f"{stem}.buckets.npy"))))
    return borders


def read_tokens(folder: str, stem: str, dtype: TokenType, start: int, stop: int) -> Tokens:
    """Return the tokens [start, stop) of a file."""
    with open_read(join(folder, f"{stem}.tokens")) as stream:
        stream.seek(start * dtype.itemsize)
        data = stream.read((stop - start) * dtype.itemsize)
    if len(data) != (stop - start) * dtype.itemsize:
        raise EOFError(f"{join(folder, stem)}.tokens ends before token {stop}, of which its index speaks")
    return cast(Tokens, np.frombuffer(data, dtype))


def read_index(folder: str, stem: str, start: int, stop: int) -> pa.Table:
    """Return the rows [start, stop) of a file's index."""
    url = join(folder, f"{stem}.index.arrow")
    first = start // _BATCH_ROWS
    with _open_index(url) as stream:
        reader = pa.ipc.open_file(stream)
        batches = [reader.get_batch(number) for number in range(first, -(-stop // _BATCH_ROWS))]
        table = pa.Table.from_batches(batches, reader.schema)
    return table.slice(start - first * _BATCH_ROWS, stop - start)


@contextmanager
def _open_index(url: str) -> Iterator[BinaryIO | pa.MemoryMappedFile]:
    """Open an index; on the disk it is mapped, so that only the rows in use are read."""
    if is_local(url):
        with pa.memory_map(str(local_path(url))) as mapped:
            yield mapped
    else:
        with open_read(url) as stream:
            yield stream


def _write_tokens(url: str, runs: Runs, counts: Int64s) -> int:
    """Write the runs block by block; return the file's size."""
    ends, caps = np.cumsum(counts), (runs.head, runs.tail)
    out = np.empty(min(int(ends[-1]), _BLOCK_TOKENS + int(counts.max())) if len(ends) else 0, runs.tokens.dtype)
    with open_write(url) as stream:
        first = 0
        while first < len(counts):
            before = int(ends[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(ends, before + _BLOCK_TOKENS, "right")))
            size = gather_runs(runs.tokens, runs.starts[first:last], runs.counts[first:last], caps, out)
            stream.write(out[:size].data)
            first = last
        return stream.tell()


def _bytes_of(keys: pa.FixedSizeBinaryArray) -> memoryview:
    return memoryview(keys.buffers()[1])[keys.offset * 16 : (keys.offset + len(keys)) * 16]
