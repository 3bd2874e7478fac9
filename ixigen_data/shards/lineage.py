"""Which document each token came from: `lineage/*.parquet`, one file a shard, one row a piece of a document."""

import posixpath
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join, open_write, read_bytes
from ixigen_data.shards.manifest import LineageRecord

_NAMES = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("document", pa.string()),
        ("source", _NAMES),
        ("file", _NAMES),
        ("part", _NAMES),
        ("window", pa.int64()),
        ("first_token", pa.int32()),
        ("tokens", pa.int32()),
        ("document_token", pa.int64()),
        ("epoch", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Lineage:
    """Pieces of documents, in the order of their tokens: by window, then by first token."""

    document: pa.Array  # strings: the document's id
    source: pa.Array  # strings, best dictionary-encoded: the source's name
    file: pa.Array  # strings, best dictionary-encoded: the source file
    part: pa.Array  # strings, best dictionary-encoded: the part's path
    window: npt.NDArray[np.int64]  # position in the dataset
    first_token: npt.NDArray[np.int32]  # position in the window
    tokens: npt.NDArray[np.int32]  # of the piece, EOS and BOS included
    document_token: npt.NDArray[np.int64]  # where the piece begins in its document
    epoch: npt.NDArray[np.int32]  # counted from 0

    def __len__(self) -> int:
        return len(self.window)

    def table(self) -> pa.Table:
        """Return the pieces as a table of `SCHEMA`."""
        columns = [getattr(self, field.name) for field in fields(self)]
        return pa.table([_column(values, kind) for values, kind in zip(columns, SCHEMA.types, strict=True)], SCHEMA)


def lineage_file(number: int, folder: str = "") -> str:
    """Return the path of the lineage of a shard below its dataset's URL.

    >>> lineage_file(7), lineage_file(0, "eval/replay/ko")
    ('lineage/00007.parquet', 'eval/replay/ko/lineage/00000.parquet')
    """
    return posixpath.join(folder, "lineage", f"{number:05}.parquet")


def write_lineage(url: str, file: str, lineage: Lineage) -> LineageRecord:
    """Write the lineage of one shard below the dataset's URL and return its record.

    Args:
        url: the dataset.
        file: from `lineage_file`.
        lineage: the pieces in that shard's windows.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(lineage.table(), sink, compression="zstd", use_dictionary=["source", "file", "part"])
    data = memoryview(sink.getvalue())
    with open_write(join(url, file)) as stream:
        stream.write(data)
    return LineageRecord(file=file, bytes=len(data), digests={"xxh3_128": digest_bytes(data)}, rows=len(lineage))


def read_lineage(url: str, file: str) -> pa.Table:
    """Return the lineage of one shard, a table of `SCHEMA`."""
    return pq.ParquetFile(pa.BufferReader(read_bytes(join(url, file)))).read().cast(SCHEMA)


def _column(values: pa.Array | npt.NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return array if array.type == kind else array.cast(kind)
