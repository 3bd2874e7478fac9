"""Columns of a table to documents, whatever file the table came from."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.core.documents import Bools, Documents, Int64s
from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Fault, Faults
from ixigen_data.sources.jsonl import default_ids
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.sources.records import metadata_json
from ixigen_data.sources.row_groups import columns_for, told_as_problem, type_of
from ixigen_data.sources.settings import Encoding, SourceSettings
from ixigen_data.sources.spans import Span


@dataclass(frozen=True)
class Places:
    """Where a batch's rows stand: bytes of the stream or rows of the table, and lines where the file has any."""

    offsets: Int64s
    lines: Int64s | None = None

    @classmethod
    def of_rows(cls, first: int, count: int) -> "Places":
        """Return the places of rows counted on from `first`."""
        return cls(first + np.arange(count, dtype=np.int64))


def documents_of(
    batch: pa.RecordBatch, places: Places, span: Span, settings: SourceSettings, faults: Faults
) -> Documents:
    """Return the documents of a batch's rows; a row without text, or with too much of it, is a fault.

    Raises:
        Problem: the batch does not hold what its types say ("file_broken").
    """
    column = _column(batch, settings.text)
    text = texts_of(column, settings.encoding)
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
        line = None if places.lines is None else int(places.lines[row])
        url, offset = without_secrets(span.url), int(places.offsets[row])
        faults.add(Fault(source_file=url, line=line, offset=offset, reason=reason, detail=detail))
    with told_as_problem():
        documents = Documents(
            text=text,
            id=_ids(batch, settings, default_ids(span.url, places.offsets)),
            file=np.full(batch.num_rows, span.file, np.int32),
            offset=places.offsets,
            metadata=_metadata(batch, settings) if settings.metadata else None,
        )
    whole = np.flatnonzero(~(missing | too_long))
    return documents if len(whole) == batch.num_rows else documents.take(whole)


def check_columns(schema: pa.Schema, settings: SourceSettings, url: str) -> list[str]:
    """Return the columns that the recipe's keys name, the text's first.

    Raises:
        SourceError: a key names no column, or the text's column holds something else.
    """
    columns = columns_for(schema, settings, url)
    kind: pa.DataType = type_of(schema, settings.text)
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (_is_text(kind) or _is_bytes(kind) or pa.types.is_null(kind)):
        told = f"column {settings.text!r} holds {kind}, not text; name a column of strings with text:"
        raise SourceError(f"{without_secrets(url)}: {told}")
    return columns


def texts_of(column: pa.Array, encoding: Encoding) -> pa.LargeStringArray:
    """Return the column as text; null where it is null or in no encoding that is allowed."""
    try:
        if encoding == "cp949" and _is_bytes(column.type):
            raise pa.ArrowInvalid("bytes that happen to be UTF-8 are cp949 all the same")
        text = column.cast(pa.large_string())
        if not _is_bytes(column.type):  # else the cast has looked at every byte
            text.validate(full=True)
    except pa.ArrowInvalid:
        values = column.cast(pa.large_binary()).to_pylist()
        return pa.array([None if value is None else decode(value, encoding) for value in values], pa.large_string())
    return text


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


def _ids(batch: pa.RecordBatch, settings: SourceSettings, default: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return the ids: strings or whole numbers; the default where the table has something else."""
    if settings.id is None:
        return default
    column = _column(batch, settings.id)
    if not (_is_text(column.type) or pa.types.is_integer(column.type)):
        return default
    given = column.cast(pa.large_string())
    given.validate(full=True)
    return pc.coalesce(given, default)


def _metadata(batch: pa.RecordBatch, settings: SourceSettings) -> pa.LargeStringArray:
    columns = [_column(batch, key).to_pylist() for key in settings.metadata]
    rows = (dict(zip(settings.metadata, values, strict=True)) for values in zip(*columns, strict=True))
    return pa.array([metadata_json(row) for row in rows], pa.large_string())
