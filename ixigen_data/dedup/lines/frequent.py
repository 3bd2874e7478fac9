"""The frequent lines of a source: a small table, which a dataset carries so that its documents can be read again.

A parquet file: `hash`, `documents`, `line` (the beginning, as it was counted), by hash; and in its metadata the depth.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.errors import ShardError
from ixigen_data.core.samples import shorten

VERSION = 1  # of hashes and of the file
MOST_LINES = 1 << 18  # of a source: the most frequent stay
MAX_CHARS = 200  # of a line that is shown

_SCHEMA = pa.schema([("hash", pa.uint64()), ("documents", pa.int64()), ("line", pa.string())])
_METADATA = b"ixigen.lines"
_NUMBERS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_WHITE = "".join(map(chr, range(33))) + "\u00a0\u3000"
_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class FrequentLines:
    """Lines that are cut from the documents of a source."""

    hashes: npt.NDArray[np.uint64]  # (lines,), ascending
    documents: npt.NDArray[np.int64]  # (lines,) that hold each
    lines: tuple[str, ...]  # as they were counted
    depth: int  # see `LinesSettings.reach`
    of_documents: int  # of the source

    def __len__(self) -> int:
        return len(self.hashes)

    def same_cuts(self, other: "FrequentLines") -> bool:
        """Return whether both cut the same from any text."""
        return np.array_equal(self.hashes, other.hashes) and (self.depth == other.depth or not len(self))

    def top(self, count: int) -> list[tuple[str, int]]:
        """Return the lines that most documents hold, with their documents."""
        order = np.lexsort((self.hashes, -self.documents))[:count]
        return [(self.lines[place], int(self.documents[place])) for place in order]

    def data(self) -> bytes:
        """Return the file's bytes."""
        told = {"version": VERSION, "depth": self.depth, "of_documents": self.of_documents}
        schema = _SCHEMA.with_metadata({_METADATA: json.dumps(told).encode()})
        sink = pa.BufferOutputStream()
        table = pa.table([self.hashes, self.documents, pa.array(self.lines, pa.string())], schema=schema)
        pq.write_table(table, sink, compression="zstd")
        data: bytes = sink.getvalue().to_pybytes()
        return data

    @classmethod
    def parse(cls, data: bytes, place: str) -> "FrequentLines":
        """Return the lines that a file's bytes hold.

        Raises:
            ShardError: the bytes are no such file, or one of another version.
        """
        try:
            table = pq.ParquetFile(pa.BufferReader(data)).read()
            told = json.loads(table.schema.metadata[_METADATA])
            version, depth, of_documents = told["version"], told["depth"], told["of_documents"]
            columns = table.cast(_SCHEMA)
        except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
            raise ShardError(f"{place}: not a table of frequent lines: {error}") from None
        if version != VERSION:
            raise ShardError(
                f"{place}: frequent lines of version {version}, expected {VERSION}; build again with this version"
            )
        return cls(
            columns.column("hash").to_numpy(),
            columns.column("documents").to_numpy(),
            tuple(columns.column("line").to_pylist()),
            depth,
            of_documents,
        )


def nothing_frequent(depth: int = 0, of_documents: int = 0) -> FrequentLines:
    """Return no lines at all."""
    return FrequentLines(np.zeros(0, np.uint64), np.zeros(0, np.int64), (), depth, of_documents)


def most_frequent(tables: Sequence[FrequentLines]) -> FrequentLines:
    """Return the lines of several tables of a source; those of most documents, if there are more than MOST_LINES."""
    hashes = np.concatenate([table.hashes for table in tables])
    documents = np.concatenate([table.documents for table in tables])
    lines = [line for table in tables for line in table.lines]
    chosen = np.lexsort((hashes, -documents))[:MOST_LINES]
    chosen = chosen[np.argsort(hashes[chosen])]
    texts = tuple(lines[place] for place in chosen)
    return FrequentLines(hashes[chosen], documents[chosen], texts, tables[0].depth, tables[0].of_documents)


def as_counted(line: str) -> str:
    r"""Return a line as it is counted and shown, its beginning: no white space around it, numbers and capitals alike.

    >>> as_counted("\t조회수 1,234 | Login ")
    '조회수 0 | login'
    """
    return shorten(_NUMBERS.sub("0", line.strip(_WHITE)).translate(_SMALL), MAX_CHARS)
