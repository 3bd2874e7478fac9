"""Single windows and documents of a dataset, for people who look things up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, open_read, read_bytes
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.lineage import read_lineage
from ixigen_data.shards.lineage_search import LineageFile, in_parallel, lineage_files, rows_of_documents
from ixigen_data.shards.manifest import SETTLEMENT, Manifest, ShardRecord
from ixigen_data.shards.settings import ShardSettings


@dataclass(frozen=True)
class Window:
    """One window with its lineage."""

    number: int
    tokens: npt.NDArray[np.int32]  # (length,): without pad
    part: str | None  # path; None: a settlement window
    pieces: tuple["WindowPiece", ...]


@dataclass(frozen=True)
class WindowPiece:
    """A piece of a document within a window."""

    document: str
    source: str
    file: str
    part: str
    window: int
    first_token: int  # in the window
    tokens: int
    document_token: int  # where the piece begins in its document
    epoch: int


@dataclass(frozen=True)
class FoundPiece:
    """A piece that was looked for, and the lineage file that told of it: that of its shard."""

    file: LineageFile
    piece: WindowPiece


def read_window(url: str, manifest: Manifest, number: int) -> Window:
    """Return training window `number` of the dataset at `url`.

    Raises:
        ShardError: there is no such window.
    """
    if not 0 <= number < manifest.total_windows:
        raise ShardError(f"window {number:,}: the dataset has windows 0 to {manifest.total_windows - 1:,}")
    shard, first, place = _shard_of(manifest, number)
    row = _Rows(url, manifest.seq_len).read(shard, number - first)
    table = read_lineage(url, manifest.lineage[place].file)
    pieces = tuple(_pieces(table.filter(pc.equal(table.column("window"), number))))
    part = None if row["part"] == SETTLEMENT else manifest.parts[int(row["part"])].path
    return Window(number, row["tokens"][: int(row["length"])], part, pieces)


def find_document(url: str, manifest: Manifest, document: str, workers: int = 1) -> list[FoundPiece]:
    """Return every piece of the documents of an id: those in the training windows, then those in hold-outs.

    Of each lineage file the ids are read, and the rest only where the document stands.

    Raises:
        ShardError: no window holds any of it.
    """
    ids = pa.array([document], pa.string())
    found = [
        FoundPiece(file, piece)
        for file, table in in_parallel(lambda file: rows_of_documents(url, file, ids), lineage_files(manifest), workers)
        for piece in _pieces(table)
    ]
    if not found:
        raise ShardError(f"document {document!r}: in no window; it was dropped, left unused, or has another id")
    return found


def read_pieces(url: str, manifest: Manifest, pieces: Sequence[FoundPiece]) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the tokens of pieces."""
    rows = _Rows(url, manifest.seq_len)
    for found in pieces:
        piece = found.piece
        row = rows.read(found.file.shard, piece.window - found.file.first_window)
        yield row["tokens"][piece.first_token : piece.first_token + piece.tokens]


def _shard_of(manifest: Manifest, number: int) -> tuple[ShardRecord, int, int]:
    """Return the shard of a window, the number of its first window, and its place among the shards."""
    first = 0
    for place, shard in enumerate(manifest.shards):
        if number < first + shard.windows:
            return shard, first, place
        first += shard.windows
    raise ShardError(
        f"window {number:,}: the shards hold {first:,} windows only; `ixigen-data verify` says what is wrong"
    )


class _Rows:
    """Windows of shards as they are stored; the last compressed shard is kept, as a document has many windows in it."""

    def __init__(self, url: str, seq_len: int) -> None:
        self._url = url
        self._dtype = Layout(seq_len, ShardSettings()).dtype
        self._held: tuple[str, bytes] = ("", b"")

    def read(self, shard: ShardRecord, row: int) -> np.void:
        """Return a window of a shard."""
        size = self._dtype.itemsize
        # The windows stand last and are of one size, so their place follows from the shard's end.
        start = shard.bytes - (shard.windows - row) * size
        if shard.stored is not None:
            window = self._decompressed(shard.stored.file, shard.bytes)[start : start + size]
        else:
            with open_read(join(self._url, shard.file)) as stream:
                stream.seek(start)
                window = stream.read(size)
        return cast(np.void, np.frombuffer(window, self._dtype)[0])

    def _decompressed(self, file: str, size_bytes: int) -> bytes:
        if self._held[0] != file:
            stored = read_bytes(join(self._url, file))
            self._held = (file, zstandard.ZstdDecompressor().decompress(stored, max_output_size=size_bytes))
        return self._held[1]


def _pieces(table: pa.Table) -> Iterator[WindowPiece]:
    for row in table.to_pylist():
        yield WindowPiece(**row)
