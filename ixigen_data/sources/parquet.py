"""Tables to documents: the needed columns alone, page by page."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.documents import Documents
from ixigen_data.sources.archives import seekable
from ixigen_data.sources.columns import Places, check_columns, documents_of
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.row_groups import column_bytes, open_table, told_as_problem
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span

MOST_ROWS = 16384  # of a batch


def read_rows(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the documents of a span's row groups, in order; rows without text become faults, with the row as offset.

    Raises:
        Problem: the table is damaged ("file_broken").
        SourceError: a key names no column, or the text's column holds something else.
    """
    table = open_table(seekable(stream, span.url))
    columns = check_columns(table.schema_arrow, settings, span.url)
    row = sum(table.metadata.row_group(group).num_rows for group in range(span.start))
    for batch in _batches(table, span, columns, batch_bytes):
        documents = documents_of(batch, Places.of_rows(row, batch.num_rows), span, settings, faults)
        row += batch.num_rows
        if len(documents):
            yield documents


def _batches(table: pq.ParquetFile, span: Span, columns: list[str], batch_bytes: int) -> Iterator[pa.RecordBatch]:
    groups = range(span.start, table.metadata.num_row_groups if span.stop is None else span.stop)
    rows = sum(table.metadata.row_group(group).num_rows for group in groups)
    if not rows:
        return
    size_bytes = sum(column_bytes(table, group, columns, stored=False) for group in groups)
    batch_rows = max(1, min(MOST_ROWS, batch_bytes * rows // max(1, size_bytes)))
    with told_as_problem():
        batches = table.iter_batches(batch_size=batch_rows, row_groups=list(groups), columns=columns, use_threads=False)
    while True:
        with told_as_problem():
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
