"""The tokens of documents against the windows that lineage says they stand in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import zstandard

from ixigen_data.core.files import join, open_read
from ixigen_data.shards.lineage_search import LineageFile, in_parallel, rows_of_documents
from ixigen_data.shards.manifest import ShardRecord
from ixigen_data.tokens.backend import Ids
from ixigen_data.verify.draw import Dataset, Reference
from ixigen_data.verify.findings import Problem
from ixigen_data.verify.mds import BLOCK_BYTES, window_dtype

FIND, COMPARE = "find", "compare"


@dataclass(frozen=True)
class Piece:
    """A row of lineage, and where its window is."""

    reference: Reference
    part: str
    window: int
    first_token: int
    tokens: int
    document_token: int
    epoch: int
    place: str  # "" for a training window, else the hold-out's folder

    def __str__(self) -> str:
        window = f"window {self.window:,}" if not self.place else f"{self.place}, window {self.window:,}"
        return f"{window}, token {self.first_token:,} (document {self.reference.document!r} of {self.reference.source})"


Placed = Mapping[LineageFile, Sequence[Piece]]  # pieces by the lineage, and so the shard, that holds them


def find_pieces(dataset: Dataset, references: Iterable[Reference]) -> dict[LineageFile, list[Piece]]:
    """Return every piece of some documents, by shard; a file of lineage is held at a time."""
    known = set(references)
    if not known:
        return {}
    documents = pa.array(sorted({reference.document for reference in known}), pa.string())
    files = dataset.files()
    dataset.progress.begin(FIND, sum(file.record.bytes for file in files), "bytes")
    placed = {}
    found = in_parallel(lambda file: rows_of_documents(dataset.url, file, documents), files, dataset.workers)
    for file, table in found:
        if pieces := [piece for piece in _pieces(table, file.place) if piece.reference in known]:
            placed[file] = pieces
        dataset.progress.advance(FIND, file.record.bytes)
    dataset.progress.end(FIND)
    return placed


def wrong_tokens(dataset: Dataset, placed: Placed, candidates: Mapping[Reference, Sequence[Ids]]) -> list[Problem]:
    """Return where windows do not hold what their documents' sources give.

    Args:
        candidates: the tokens that a document may have: of every record of its id.
    """
    problems: list[Problem] = []
    dataset.progress.begin(COMPARE, sum(map(len, placed.values())), "pieces")
    checked = in_parallel(
        lambda item: _wrong_in_shard(dataset, item[0], item[1], candidates), placed.items(), dataset.workers
    )
    for (_, pieces), found in checked:
        problems += found
        dataset.progress.advance(COMPARE, len(pieces))
    dataset.progress.end(COMPARE)
    return problems


def _pieces(table: pa.Table, place: str) -> Iterator[Piece]:
    for row in table.to_pylist():
        reference = Reference(row["source"], row["file"], row["document"])
        yield Piece(
            reference=reference,
            part=row["part"],
            window=row["window"],
            first_token=row["first_token"],
            tokens=row["tokens"],
            document_token=row["document_token"],
            epoch=row["epoch"],
            place=place,
        )


def _wrong_in_shard(
    dataset: Dataset, file: LineageFile, pieces: Sequence[Piece], candidates: Mapping[Reference, Sequence[Ids]]
) -> list[Problem]:
    by_row: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_row[piece.window - file.first_window].append(piece)
    problems = []
    for row, window in _windows(dataset.url, file.shard, sorted(by_row), dataset.manifest.seq_len):
        for piece in by_row[row]:
            problems += [
                Problem(file=file.shard.file, message=f"{piece}: {message}")
                for message in wrong_piece(piece, window, candidates[piece.reference])
            ]
    return problems


def wrong_piece(piece: Piece, window: np.void, candidates: Sequence[Ids]) -> Iterator[str]:
    """Yield what is wrong with a piece in its window: tokens, or the bits of its end."""
    stop = piece.first_token + piece.tokens
    got = window["tokens"][piece.first_token : stop].astype(np.uint32)
    texts = [tokens[piece.document_token : piece.document_token + piece.tokens] for tokens in candidates]
    if not any(np.array_equal(text, got) for text in texts):
        yield _difference(piece, max(texts, key=lambda text: _agreeing(text, got)), got)
    bits = np.unpackbits(window["ends"], bitorder="little")[piece.first_token : stop]
    if np.flatnonzero(bits).tolist() != [piece.tokens - 1]:
        marked = (piece.first_token + np.flatnonzero(bits)).tolist()
        yield f"ends: expected one bit, at token {stop - 1:,}, got {marked[:5]}"


def _agreeing(text: Ids, got: Ids) -> int:
    length = min(len(text), len(got))
    different = np.flatnonzero(text[:length] != got[:length])
    return int(different[0]) if len(different) else length


def _difference(piece: Piece, text: Ids, got: Ids) -> str:
    place = _agreeing(text, got)
    where = f"token {piece.document_token + place:,} of the document"
    if place == len(text):
        return f"{where}: the document ends there by its source, and the window goes on with {got[place]:,}"
    return f"{where}: expected {text[place]:,} by its source, got {got[place]:,} in the window"


def _windows(url: str, shard: ShardRecord, rows: Sequence[int], seq_len: int) -> Iterator[tuple[int, np.void]]:
    """Yield some windows of a shard, rising; its other windows are passed over."""
    dtype = window_dtype(seq_len)
    # Windows stand last and are of one size, so their places follow from the shard's end.
    starts = [shard.bytes - (shard.windows - row) * dtype.itemsize for row in rows]
    if shard.stored is None:
        with open_read(join(url, shard.file)) as stream:
            for row, start in zip(rows, starts, strict=True):
                stream.seek(start)
                yield row, _window(stream.read(dtype.itemsize), dtype)
        return
    with (
        open_read(join(url, shard.stored.file)) as stored,
        zstandard.ZstdDecompressor().stream_reader(stored) as reader,
    ):
        position = 0
        for row, start in zip(rows, starts, strict=True):
            while position < start:
                position += len(_some(reader, min(BLOCK_BYTES, start - position)))
            data = b""
            while len(data) < dtype.itemsize:
                data += _some(reader, dtype.itemsize - len(data))
            position += len(data)
            yield row, _window(data, dtype)


def _some(reader: zstandard.ZstdDecompressionReader, size_bytes: int) -> bytes:
    data = reader.read(size_bytes)
    if not data:
        raise OSError("a compressed shard ends too early")
    return data


def _window(data: bytes, dtype: np.dtype[np.void]) -> np.void:
    return cast(np.void, np.frombuffer(data, dtype)[0])


def wrong_course(pieces: Sequence[Piece], length: int) -> Iterator[str]:
    """Yield where the pieces of one document do not run from its first token on, each token once an epoch.

    Args:
        pieces: of one document in one place, in any order.
        length: tokens of the document.
    """
    by_epoch: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_epoch[piece.epoch].append(piece)
    for epoch, found in sorted(by_epoch.items()):
        reached = 0
        for piece in sorted(found, key=lambda piece: piece.document_token):
            if piece.document_token < reached:
                yield f"{piece}: tokens from {piece.document_token:,} on stand twice in epoch {epoch}"
            elif piece.document_token > reached:
                yield f"{piece}: tokens {reached:,} to {piece.document_token - 1:,} are in no window of epoch {epoch}"
            reached = max(reached, piece.document_token + piece.tokens)
        if reached < length and epoch < max(by_epoch):
            yield f"{found[-1]}: tokens from {reached:,} on are in no window of epoch {epoch}, though a later one began"
