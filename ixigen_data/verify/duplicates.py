"""The lists of dropped copies and of contaminated documents against what the manifest says of them."""

from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join, read_bytes
from ixigen_data.shards.manifest import ContaminatedRecord, DuplicatesRecord, Manifest
from ixigen_data.verify.findings import Problem, unequal

_List = DuplicatesRecord | ContaminatedRecord


def wrong_duplicates(url: str, manifest: Manifest) -> Iterator[Problem]:
    """Yield which lists are not what the manifest says, and which of its counts they do not bear out."""
    for record in manifest.duplicates or ():
        for message in _wrong_file(url, record, partial(_wrong_copies, record)):
            yield Problem(file=record.file, message=message)
    if manifest.contaminated is not None:
        for message in _wrong_file(url, manifest.contaminated, partial(_wrong_documents, manifest)):
            yield Problem(file=manifest.contaminated.file, message=message)


def _wrong_file(url: str, record: _List, wrong_table: Callable[[pa.Table], Iterator[str]]) -> Iterator[str]:
    try:
        data = read_bytes(join(url, record.file))
    except FileNotFoundError:
        yield "missing"
        return
    yield from unequal("bytes", record.bytes, len(data))
    yield from unequal("xxh3_128", record.digests["xxh3_128"], digest_bytes(data))
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        yield from unequal("rows", record.rows, table.num_rows)
        yield from wrong_table(table)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        yield f"not such a list: {str(error).splitlines()[0]}"


def _wrong_copies(record: DuplicatesRecord, table: pa.Table) -> Iterator[str]:
    yield from unequal("rows by reason", dict(sorted(record.dropped.items())), _counts(table, "reason"))
    yield from unequal("sources", [record.source] if record.rows else [], list(_counts(table, "source")))
    low, high = pc.min_max(table["similarity"]).as_py().values()
    if low is not None and not 0 <= low <= high <= 1:
        yield f"similarity: expected 0 to 1, got {low:g} to {high:g}"


def _wrong_documents(manifest: Manifest, table: pa.Table) -> Iterator[str]:
    for suite, told in (manifest.contamination or {}).items():
        mine = table.filter(pc.equal(table["suite"].cast(pa.string()), suite))
        for action, expected in (("dropped", told.dropped), ("edited", told.edited)):
            acted = mine.filter(pc.equal(mine["action"].cast(pa.string()), action))
            documents = acted.group_by(["source", "file", "offset"]).aggregate([]).num_rows
            yield from unequal(f"{suite}: documents {action}", expected, documents)
        yield from unequal(f"{suite}: items", told.items, len(pc.unique(mine["item"])))


def _counts(table: pa.Table, column: str) -> dict[str, int]:
    found = pc.value_counts(table[column].cast(pa.string())).to_pylist()
    return dict(sorted((each["values"], each["counts"]) for each in found))
