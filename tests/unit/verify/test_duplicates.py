"""Lists of copies and of contaminated documents that are not what the manifest says."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.dedup.decontaminate.found import schema
from ixigen_data.shards.contamination import suite_records, write_contamination
from ixigen_data.shards.duplicates import SCHEMA
from ixigen_data.shards.manifest import DuplicatesRecord, StageRecord, SuiteRecord
from ixigen_data.verify.dataset import verify
from tests.unit.verify.conftest import Copy

FILE = "duplicates/00000.parquet"
REASONS = ["exact_duplicate", "near_duplicate", "near_duplicate"]


def write_copies(copy: Copy, source: str, similarity: float = 0.9, **update: object) -> DuplicatesRecord:
    """Write a list of three copies of a source below a dataset, and return its record."""
    columns = [
        ["a", "b", "c"],
        [source] * 3,
        ["x", "y", "z"],
        [source] * 3,
        REASONS,
        np.full(3, similarity, np.float32),
    ]
    table = pa.table([pa.array(column).cast(kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], SCHEMA)
    sink = io.BytesIO()
    pq.write_table(table, sink)
    copy.path(FILE).parent.mkdir(exist_ok=True)
    copy.path(FILE).write_bytes(sink.getvalue())
    record = DuplicatesRecord(
        file=FILE,
        bytes=len(sink.getvalue()),
        digests={"xxh3_128": digest_bytes(sink.getvalue())},
        source=source,
        rows=3,
        dropped={"exact_duplicate": 1, "near_duplicate": 2},
    )
    return record.model_copy(update=update)


def with_copies(copy: Copy, record: DuplicatesRecord, **update: object) -> list[str]:
    """Return what verify finds once the manifest tells of a list, and its ledger of as many copies."""
    manifest = copy.manifest
    source = next(iter(manifest.documents))
    stages = manifest.documents[source]
    kept = next(iter(stages.values())).documents_in
    first = {
        "clean": StageRecord(documents_in=kept + 3, documents_out=kept + 3),
        "dedup": StageRecord(documents_in=kept + 3, documents_out=kept + 2, dropped={"exact_duplicate": 1}),
        "near": StageRecord(documents_in=kept + 2, documents_out=kept, dropped={"near_duplicate": 2}),
    }
    documents = manifest.documents | {source: first | stages}
    near = {"clusters": 2, "documents": 4, "pairs": 2, "near_duplicate": 2}
    copy.forge_manifest(**{"documents": documents, "duplicates": (record,), "near_duplicates": near, **update})
    return [str(problem) for problem in verify(str(copy.folder)).problems]


@pytest.fixture
def source(copy: Copy) -> str:
    return next(iter(copy.manifest.documents))


def test_a_list_that_agrees(copy: Copy, source: str) -> None:
    assert with_copies(copy, write_copies(copy, source)) == []


def test_a_ledger_that_disagrees(copy: Copy, source: str) -> None:
    other = write_copies(copy, source, dropped={"exact_duplicate": 2, "near_duplicate": 1})
    problems = with_copies(copy, other)
    assert problems[0].startswith(
        f"manifest.json: documents.{source}: copies dropped, as duplicates lists them: expected"
    )
    assert "duplicates/00000.parquet: rows by reason: expected {'exact_duplicate': 2" in "\n".join(problems)


def test_counts_of_near_duplicates_that_disagree(copy: Copy, source: str) -> None:
    problems = with_copies(copy, write_copies(copy, source), near_duplicates={"clusters": 2, "near_duplicate": 1})
    assert problems == [
        "manifest.json: near_duplicates: dropped, by reason: expected {'near_duplicate': 2}, got {'near_duplicate': 1}"
    ]


def test_a_list_of_a_source_that_dropped_nothing(copy: Copy, source: str) -> None:
    record = write_copies(copy, source)
    problems = with_copies(copy, record, duplicates=(record, record.model_copy(update={"source": "other"})))
    assert "manifest.json: duplicates: expected a source that dropped copies, got 'other'" in problems
    assert f"{FILE}: sources: expected ['other'], got ['{source}']" in problems


def test_a_similarity_out_of_range(copy: Copy, source: str) -> None:
    problems = with_copies(copy, write_copies(copy, source, 1.5))
    assert problems == [f"{FILE}: similarity: expected 0 to 1, got 1.5 to 1.5"]


def test_rows_and_bytes_that_are_not_a_list(copy: Copy, source: str) -> None:
    record = write_copies(copy, source, rows=3)
    copy.path(FILE).write_bytes(b"PAR1" + bytes(60))
    problems = with_copies(copy, record)
    assert problems[0].startswith(f"{FILE}: bytes: expected ")
    assert problems[-1].startswith(f"{FILE}: not such a list: ")


def test_suites_that_disagree_with_their_list(copy: Copy) -> None:
    row = {"source": "s", "document": "d", "file": "f", "offset": 0, "suite": "law", "item": "l1", "field": "q"}
    found = pa.Table.from_pylist([{**row, "chars": 20, "ratio": 1.0, "action": "edited"}], schema())
    record = write_contamination(str(copy.folder), "contamination.parquet", found)
    copy.forge_manifest(contaminated=record, contamination=suite_records(found, ["law"]))
    assert verify(str(copy.folder)).ok
    copy.forge_manifest(contamination={"law": SuiteRecord(items=2, edited=1)})
    assert [str(each) for each in verify(str(copy.folder)).problems] == [
        "contamination.parquet: law: items: expected 2, got 1"
    ]
    copy.forge_manifest(contamination={"law": SuiteRecord(items=1, dropped=1)})
    problems = [str(each) for each in verify(str(copy.folder)).problems]
    assert "manifest.json: documents dropped as contaminated: expected 1 to 1, as suites dropped, got 0" in problems
