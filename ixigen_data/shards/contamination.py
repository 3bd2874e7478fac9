"""The documents that hold items of evaluation suites, as they stand beside the shards: `contamination.parquet`."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join, write_bytes
from ixigen_data.core.samples import MAX_ID_CHARS, shorten
from ixigen_data.dedup.decontaminate.found import FILE
from ixigen_data.shards.dedup_statistics import ContaminationStatistics, MetDocument, MetItem
from ixigen_data.shards.manifest import ContaminatedRecord, SuiteRecord

SHOWN = 100  # items, and documents, that statistics name
_DOCUMENT = ("source", "file", "offset")


def contamination_file(first_window: int) -> str:
    """Return the name of a generation's file.

    >>> contamination_file(0), contamination_file(950)
    ('contamination.parquet', 'contamination.950.parquet')
    """
    return FILE if not first_window else f"{FILE.removesuffix('.parquet')}.{first_window}.parquet"


def write_contamination(url: str, file: str, found: pa.Table) -> ContaminatedRecord:
    """Write what `found_in` found below a dataset's URL, and return its record."""
    sink = pa.BufferOutputStream()
    pq.write_table(found, sink, compression="zstd")
    data = memoryview(sink.getvalue())
    write_bytes(join(url, file), data)
    digests = {"xxh3_128": digest_bytes(data)}
    return ContaminatedRecord(file=file, bytes=len(data), digests=digests, rows=len(found))


def suite_records(found: pa.Table, suites: Iterable[str]) -> dict[str, SuiteRecord]:
    """Return what each suite found; zeros where that is nothing."""
    items = _counted(_distinct(found, ["suite", "item"]), ["suite"])
    documents = _counted(_distinct(found, ["suite", "action", *_DOCUMENT]), ["suite", "action"])
    return {
        suite: SuiteRecord(
            items=items.get((suite,), 0),
            dropped=documents.get((suite, "dropped"), 0),
            edited=documents.get((suite, "edited"), 0),
        )
        for suite in suites
    }


def contamination_statistics(found: pa.Table) -> ContaminationStatistics:
    """Return what the report shows: the items in the most documents, and the first documents, in source order."""
    by_source: dict[str, dict[str, int]] = {}
    for (source, suite), documents in _counted(_distinct(found, ["suite", *_DOCUMENT]), ["source", "suite"]).items():
        by_source.setdefault(source, {})[suite] = documents
    items = _counted(_distinct(found, ["suite", "item", *_DOCUMENT]), ["suite", "item"])
    ranked = sorted(items.items(), key=lambda entry: (-entry[1], entry[0]))
    documents = _distinct(found, ["suite", "item", *_DOCUMENT, "document", "action"])
    return ContaminationStatistics(
        by_source={source: dict(sorted(suites.items())) for source, suites in by_source.items()},
        items=tuple(
            MetItem(suite=suite, item=shorten(item, MAX_ID_CHARS), documents=count)
            for (suite, item), count in ranked[:SHOWN]
        ),
        hidden_items=max(0, len(ranked) - SHOWN),
        documents=tuple(_told(documents.slice(0, SHOWN))),
        hidden_documents=max(0, len(documents) - SHOWN),
    )


def _told(found: pa.Table) -> Iterable[MetDocument]:
    columns = ["source", "document", "suite", "item", "action"]
    for row in found.select(columns).to_pylist():
        yield MetDocument(
            source=row["source"],
            id=shorten(row["document"], MAX_ID_CHARS),
            suite=row["suite"],
            item=shorten(row["item"], MAX_ID_CHARS),
            action=row["action"],
        )


def _distinct(found: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return the different values of some columns, in the order in which they come first."""
    return found.group_by(list(columns), use_threads=False).aggregate([])


def _counted(found: pa.Table, columns: Sequence[str]) -> Mapping[tuple[str, ...], int]:
    """Return how many rows have each value of some columns, in the order in which they come first."""
    counted = found.group_by(list(columns), use_threads=False).aggregate([([], "count_all")])
    return {tuple(row[name] for name in columns): row["count_all"] for row in counted.to_pylist()}
