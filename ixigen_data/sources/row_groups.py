"""What a table's index tells: which columns hold the recipe's keys, and how large they are in each row group."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import SourceSettings

_BUFFER_BYTES = 2**20


def open_table(stream: BinaryIO) -> pq.ParquetFile:
    """Open a table so that memory does not grow with a row group: pages are read as they are needed.

    Raises:
        Problem: the file is no table, or it is cut ("file_broken").
    """
    with told_as_problem():
        return pq.ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER_BYTES, page_checksum_verification=True)


@contextmanager
def told_as_problem() -> Iterator[None]:
    """Turn what pyarrow raises for a damaged file into a Problem; the file system's own errors pass.

    Raises:
        Problem: "file_broken".
    """
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        # pyarrow tells damaged pages as an OSError without a number.
        if isinstance(error, OSError) and (
            error.errno is not None or isinstance(error, TimeoutError | ConnectionError)
        ):
            raise
        raise Problem("file_broken", str(error).partition("\n")[0]) from error


def group_sizes(stream: BinaryIO, url: str, settings: SourceSettings) -> list[int]:
    """Return the stored bytes of the needed columns by row group; empty where the file is no whole table."""
    try:
        table = open_table(stream)
        columns = columns_for(table.schema_arrow, settings, url)
    except (Problem, SourceError):
        return []  # whoever reads it tells
    return [column_bytes(table, group, columns) for group in range(table.metadata.num_row_groups)]


def columns_for(schema: pa.Schema, settings: SourceSettings, url: str) -> list[str]:
    """Return the columns that the recipe's keys name, the text's first, whatever they hold.

    Raises:
        SourceError: a key names no column.
    """
    keys = [settings.text, *([settings.id] if settings.id else []), *settings.metadata]
    for key in keys:
        if type_of(schema, key) is None:
            columns = ", ".join(schema.names[:20])
            raise SourceError(f"{without_secrets(url)}: no column {key!r}; the columns are: {columns}")
    return list(dict.fromkeys(keys))


def column_bytes(table: pq.ParquetFile, group: int, columns: list[str], *, stored: bool = True) -> int:
    """Return the bytes of columns in a row group, as stored or decompressed."""
    row_group = table.metadata.row_group(group)
    chunks = [row_group.column(number) for number in range(row_group.num_columns)]
    needed = [
        chunk for chunk in chunks if any(f"{chunk.path_in_schema}.".startswith(f"{column}.") for column in columns)
    ]
    return sum(chunk.total_compressed_size if stored else chunk.total_uncompressed_size for chunk in needed)


def type_of(schema: pa.Schema, key: str) -> pa.DataType | None:
    """Return the type of a column, or of a struct's field (`meta.title`) where no column is named so; None without."""
    if key in schema.names:
        return schema.field(key).type
    first, *rest = key.split(".")
    if not rest or first not in schema.names:
        return None
    kind = schema.field(first).type
    for name in rest:
        if not pa.types.is_struct(kind) or kind.get_field_index(name) < 0:
            return None
        kind = kind.field(name).type
    return kind
