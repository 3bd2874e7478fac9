"""Tables to documents: the needed columns alone, page by page."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ixigen_data.core.documents import Bools, Documents
from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Fault, Faults
from ixigen_data.sources.jsonl import default_ids
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.sources.records import metadata_json
from ixigen_data.sources.row_groups import column_bytes, needed_columns, open_table, told_as_problem, type_of
from ixigen_data.sources.settings import Encoding, SourceSettings
from ixigen_data.sources.spans import Span

_MOST_ROWS = 16384


def read_rows(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the documents of a span's row groups, in order; rows without text become faults, with the row as offset.

    Raises:
        Problem: the table is damaged ("file_broken").
        SourceError: a key names no column, or the text's column holds something else.
    """
    table = open_table(stream)
    try:
        columns = needed_columns(table, settings)
        _check_text_type(table.schema_arrow, settings.text)
    except SourceError as error:
        raise SourceError(f"{without_secrets(span.url)}: {error}") from None
    row = sum(table.metadata.row_group(group).num_rows for group in range(span.start))
    for batch in _batches(table, span, columns, batch_bytes):
        documents = _documents(batch, row, span, settings, faults)
        row += batch.num_rows
        if len(documents):
            yield documents


def _batches(table: pq.ParquetFile, span: Span, columns: list[str], batch_bytes: int) -> Iterator[pa.RecordBatch]:
    groups = range(span.start, table.metadata.num_row_groups if span.stop is None else span.stop)
    rows = sum(table.metadata.row_group(group).num_rows for group in groups)
    if not rows:
        return
    size_bytes = sum(column_bytes(table, group, columns, stored=False) for group in groups)
    batch_rows = max(1, min(_MOST_ROWS, batch_bytes * rows // max(1, size_bytes)))
    with told_as_problem():
        batches = table.iter_batches(batch_size=batch_rows, row_groups=list(groups), columns=columns, use_threads=False)
    while True:
        with told_as_problem():
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _documents(
    batch: pa.RecordBatch, first_row: int, span: Span, settings: SourceSettings, faults: Faults
) -> Documents:
    column = _column(batch, settings.text)
    text = _texts(column, settings.encoding)
    lengths = pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
    too_long: Bools = lengths > LINE_LIMIT_BYTES
    missing: Bools = text.is_null().to_numpy(zero_copy_only=False)
    nulls = column.is_null()
    for row in np.flatnonzero(missing | too_long).tolist():
        if too_long[row]:
            reason, detail = "document_too_long", f"more than {format_size(LINE_LIMIT_BYTES)}; split the record"
        elif nulls[row].as_py():
            reason, detail = "text_missing", f"{settings.text!r} is null"
        else:
            reason, detail = "encoding_unknown", told_encodings(settings.encoding)
        url = without_secrets(span.url)
        faults.add(Fault(source_file=url, offset=first_row + row, reason=reason, detail=detail))
    offsets = first_row + np.arange(batch.num_rows, dtype=np.int64)
    with told_as_problem():
        documents = Documents(
            text=text,
            id=_ids(batch, settings.id, default_ids(span.url, offsets)),
            file=np.full(batch.num_rows, span.file, np.int32),
            offset=offsets,
            metadata=_metadata(batch, settings.metadata) if settings.metadata else None,
        )
    whole = np.flatnonzero(~(missing | too_long))
    return documents if len(whole) == batch.num_rows else documents.take(whole)


def _check_text_type(schema: pa.Schema, key: str) -> None:
    kind: pa.DataType = type_of(schema, key)
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (_is_text(kind) or _is_bytes(kind) or pa.types.is_null(kind)):
        raise SourceError(f"column {key!r} holds {kind}, not text; name a column of strings with text:")


def _is_text(kind: pa.DataType) -> bool:
    return any(check(kind) for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _is_bytes(kind: pa.DataType) -> bool:
    return any(check(kind) for check in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view))


def _column(batch: pa.RecordBatch, key: str) -> pa.Array:
    """Return a column, or a field of a struct column, without dictionary."""
    if key in batch.schema.names:
        column = batch.column(key)
    else:
        first, *rest = key.split(".")
        column = pc.struct_field(batch.column(first), rest)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _texts(column: pa.Array, encoding: Encoding) -> pa.LargeStringArray:
    """Return the column as text; null where it is null or in no encoding that is allowed."""
    try:
        text = column.cast(pa.large_string())
        text.validate(full=True)
    except pa.ArrowInvalid:
        values = column.cast(pa.large_binary()).to_pylist()
        return pa.array([None if value is None else decode(value, encoding) for value in values], pa.large_string())
    return text


def _ids(batch: pa.RecordBatch, key: str | None, default: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return the ids: strings or whole numbers; the default where the table has something else."""
    if key is None:
        return default
    column = _column(batch, key)
    if not (_is_text(column.type) or pa.types.is_integer(column.type)):
        return default
    given = column.cast(pa.large_string())
    given.validate(full=True)
    return pc.coalesce(given, default)


def _metadata(batch: pa.RecordBatch, keys: Sequence[str]) -> pa.LargeStringArray:
    columns = [_column(batch, key).to_pylist() for key in keys]
    rows = (dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True))
    return pa.array([metadata_json(row) for row in rows], pa.large_string())
