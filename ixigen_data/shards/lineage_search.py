"""Lineage over all shards of a dataset, read column by column: files are small, but there may be 10^5 of them."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import is_local, join, local_path, open_read, without_secrets
from ixigen_data.shards.manifest import LineageRecord, Manifest, ShardRecord

_AHEAD = 4  # files a worker may be ahead of whoever takes the results: memory must not grow with the dataset

Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)  # a key of mappings, which its records cannot be
class LineageFile:
    """The lineage of one shard, and whose windows it speaks of."""

    record: LineageRecord
    place: str  # "" for the training windows, "eval/<path>" for a part's hold-out
    shard: ShardRecord
    first_window: int  # of the shard


def lineage_files(manifest: Manifest) -> list[LineageFile]:
    """Return the lineage of every shard, that of the hold-outs last."""
    files = list(_placed("", manifest.lineage, manifest.shards))
    for path, entry in manifest.eval.items():
        files += _placed(posixpath.join("eval", path), entry.lineage, entry.shards)
    return files


def _placed(place: str, lineage: Sequence[LineageRecord], shards: Sequence[ShardRecord]) -> Iterator[LineageFile]:
    first = 0
    for record, shard in zip(lineage, shards, strict=False):
        yield LineageFile(record, place, shard, first)
        first += shard.windows


@contextmanager
def open_lineage(url: str, file: LineageFile) -> Iterator[pq.ParquetFile]:
    """Open a lineage file, of which only the columns that are asked for are read.

    Raises:
        ShardError: it is missing, or no lineage file.
    """
    target = join(url, file.record.file)
    try:
        if is_local(target):
            with pq.ParquetFile(str(local_path(target))) as lineage:
                yield lineage
        else:
            with open_read(target) as stream, pq.ParquetFile(stream) as lineage:
                yield lineage
    except (OSError, pa.ArrowException, KeyError) as error:
        told = "missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {str(error).splitlines()[0]}"
        place = without_secrets(target)
        raise ShardError(f"{place}: {told}; `ixigen-data verify` names everything that is wrong") from None


def rows_of_documents(url: str, file: LineageFile, documents: pa.Array) -> pa.Table:
    """Return the rows that speak of some documents, in their order.

    Row groups whose statistics rule them out are passed over; other columns are read only where there is a row.

    Args:
        documents: ids; rows of every document of such an id are returned, whatever its source.
    """
    with open_lineage(url, file) as lineage:
        groups = _groups_with(lineage, documents)
        if not groups:
            return lineage.schema_arrow.empty_table()
        ids = lineage.read_row_groups(groups, ["document"], use_threads=False)["document"]
        rows = pc.indices_nonzero(pc.is_in(ids, documents.cast(ids.type)))
        if len(rows) == 0:
            return lineage.schema_arrow.empty_table()
        return lineage.read_row_groups(groups, use_threads=False).take(rows)


def _groups_with(lineage: pq.ParquetFile, documents: pa.Array) -> list[int]:
    """Return the row groups that may hold one of some documents, by the least and the greatest id of each."""
    wanted = pc.min_max(documents).as_py()
    column = lineage.schema_arrow.get_field_index("document")
    found = []
    for number in range(lineage.metadata.num_row_groups):
        held = lineage.metadata.row_group(number).column(column).statistics
        if held is None or not held.has_min_max or (wanted["min"] <= held.max and wanted["max"] >= held.min):
            found.append(number)
    return found


def in_parallel(
    function: Callable[[Given], Found], items: Iterable[Given], workers: int
) -> Iterator[tuple[Given, Found]]:
    """Yield every item with what a function makes of it, in order, computed by threads a few items ahead."""
    waiting = iter(items)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running = [(item, pool.submit(function, item)) for item in islice(waiting, max(1, workers) * _AHEAD)]
        while running:
            item, future = running.pop(0)
            found = future.result()
            running += [(item, pool.submit(function, item)) for item in islice(waiting, 1)]
            yield item, found
