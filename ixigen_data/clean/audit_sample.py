"""Which documents of a chunk the tokenizer's audit looks at: chosen by key, so by nothing but their text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.core.documents import Documents

ONE_IN = 1000
AT_LEAST = 4  # documents a chunk
MAX_BYTES = 4 * 2**20  # of text a chunk

SCHEMA = pa.schema([("text", pa.large_string()), ("id", pa.large_string()), ("key", pa.binary(16))])


@dataclass
class AuditSample:
    """The candidates of a chunk, gathered batch by batch."""

    batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, documents: Documents, keys: npt.NDArray[np.uint64], key_column: pa.FixedSizeBinaryArray) -> None:
        """Keep the batch's documents that the chunk could choose: every thousandth by key, and the lowest keys."""
        wanted = keys[:, 1] % np.uint64(ONE_IN) == 0
        wanted[np.lexsort((keys[:, 1], keys[:, 0]))[:AT_LEAST]] = True
        rows = pa.array(np.flatnonzero(wanted))
        columns = [documents.text.take(rows), documents.id.take(rows), key_column.take(rows)]
        self.batches.append(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))

    def chosen(self) -> pa.Table:
        """Return the sample in the order of keys, of MAX_BYTES of text at most; one's beginning if none fits."""
        table = pa.Table.from_batches(self.batches, SCHEMA).sort_by("key")
        halves = np.frombuffer(b"".join(table["key"].to_pylist()), ">u8").reshape(-1, 2)
        wanted = halves[:, 1] % ONE_IN == 0
        wanted[:AT_LEAST] = True
        table = table.filter(pa.array(wanted))
        table = table.take(pa.array(_fitting(pc.binary_length(table["text"]).to_pylist()), pa.int64()))
        return _beginning(table) if len(table) == 1 else table


def _beginning(table: pa.Table) -> pa.Table:
    """Return one document with MAX_BYTES of its text at most: the reference backend takes 210 bytes a token."""
    text = table["text"][0].as_py().encode()[:MAX_BYTES].decode("utf-8", "ignore")
    return table.set_column(0, "text", pa.array([text], pa.large_string()))


def _fitting(sizes_bytes: Sequence[int]) -> list[int]:
    """Return the places whose sizes fit into MAX_BYTES together, earlier ones first; the smallest where none fits."""
    room = MAX_BYTES
    places = []
    for place, size in enumerate(sizes_bytes):
        if size <= room:
            places.append(place)
            room -= size
    return places or sorted(range(len(sizes_bytes)), key=lambda place: sizes_bytes[place])[:1]
