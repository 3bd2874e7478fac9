"""Arrow IPC to documents: files, which are read by record batches, and streams, which are read from the beginning."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.sources.archives import seekable
from ixigen_data.sources.columns import Places, check_columns, documents_of
from ixigen_data.sources.faults import Faults, Problem
from ixigen_data.sources.parquet import MOST_ROWS
from ixigen_data.sources.row_groups import told_as_problem
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span

FILE_MAGIC = b"ARROW1"  # a stream has none
_FEATHER_1 = b"FEA1"
_END_MARK = b"\xff\xff\xff\xff\0\0\0\0"


def read_batches(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the documents of a span's record batches, in order; rows without text become faults, with their offset.

    A record batch is held whole, so memory grows with the largest one's needed columns.

    Raises:
        Problem: the file is cut or damaged ("file_broken").
        SourceError: a key names no column, or the text's column holds something else.
    """
    for row, batch in _record_batches(seekable(stream, span.url), span, settings):
        _check(batch, settings)
        rows = max(1, min(MOST_ROWS, batch_bytes * batch.num_rows // max(1, batch.nbytes)))
        for begin in range(0, batch.num_rows, rows):
            piece = batch.slice(begin, rows)
            documents = documents_of(piece, Places.of_rows(row + begin, piece.num_rows), span, settings, faults)
            if len(documents):
                yield documents


def _check(batch: pa.RecordBatch, settings: SourceSettings) -> None:
    """Check that a batch holds what its types say: IPC has no checksums, and offsets that lie lead out of the buffer.

    Of a plain column of text only the offsets: whoever casts it looks at every byte once more.

    Raises:
        Problem: "file_broken".
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        plain = column.type in (pa.string(), pa.large_string())
        with told_as_problem():
            column.validate(full=not (plain and name == settings.text))
        if plain and len(column):
            _, offsets, _ = column.buffers()
            width = np.int32 if column.type == pa.string() else np.int64
            bounds = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
            # The last one was compared with the buffer's size.
            if (bounds[1:] < bounds[:-1]).any():
                raise Problem("file_broken", f"the offsets of column {name!r} lie outside of its text")


def _record_batches(stream: BinaryIO, span: Span, settings: SourceSettings) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield a span's batches, needed columns alone, each with its first row's number."""
    magic = stream.read(len(FILE_MAGIC))
    stream.seek(0)
    if magic.startswith(_FEATHER_1):
        raise Problem("file_broken", "a Feather file of version 1; write it as Arrow IPC (version 2)")
    row = span.seek
    if magic == FILE_MAGIC:
        table = _opened_file(stream, span, settings)
        for number in range(span.start, table.num_record_batches if span.stop is None else span.stop):
            with told_as_problem():
                batch = table.get_batch(number)
            yield row, batch
            row += batch.num_rows
        return
    table = _opened_stream(stream, span, settings)
    while True:
        with told_as_problem():
            batch = next(table, None)
        if batch is None:
            break
        yield row, batch
        row += batch.num_rows
    stream.seek(-len(_END_MARK), 2)
    if stream.read() != _END_MARK:  # pyarrow ends quietly where a stream is cut between two batches
        raise Problem("file_truncated", "the Arrow stream ends before its end mark")


def _opened_file(stream: BinaryIO, span: Span, settings: SourceSettings) -> pa.ipc.RecordBatchFileReader:
    with told_as_problem():
        schema = pa.ipc.open_file(stream).schema
    options = _options(schema, span, settings)
    with told_as_problem():
        return pa.ipc.open_file(stream, options=options)


def _opened_stream(stream: BinaryIO, span: Span, settings: SourceSettings) -> pa.ipc.RecordBatchStreamReader:
    with told_as_problem():
        schema = pa.ipc.open_stream(stream).schema
    options = _options(schema, span, settings)
    stream.seek(0)
    with told_as_problem():
        return pa.ipc.open_stream(stream, options=options)


def _options(schema: pa.Schema, span: Span, settings: SourceSettings) -> pa.ipc.IpcReadOptions:
    columns = check_columns(schema, settings, span.url)
    tops = {key if key in schema.names else key.partition(".")[0] for key in columns}
    fields = [number for number, name in enumerate(schema.names) if name in tops]
    return pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
