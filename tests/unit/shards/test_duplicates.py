"""Drop lists and chunks to the lists of copies."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.dedup.drops import CONTAINED, DROP, EXACT, NEAR, write_drops
from ixigen_data.dedup.places import ChunkPlace
from ixigen_data.engine.completion import StagePlan
from ixigen_data.engine.stage import Task
from ixigen_data.shards import duplicates
from ixigen_data.shards.dedup_statistics import NearStatistics
from ixigen_data.shards.duplicates import Dropped, near_duplicates, next_file, write_duplicates
from ixigen_data.shards.manifest import DuplicatesRecord, StageRecord
from tests.unit.report.conftest import sample_manifest

SOURCES = ("wiki", "news", "news", "web")  # of the chunks


@pytest.fixture
def dropped(tmp_path: Path) -> Dropped:
    """Four chunks of four documents each, and the drops of two stages, of which the first had two tasks."""
    places = []
    for task, source in enumerate(SOURCES):
        folder = str(tmp_path / f"clean{task}")
        with ChunkWriter(folder, task) as writer:
            ids = pa.array([f"{source}-{task}-{row}" for row in range(4)], pa.large_string())
            writer.add(Documents(ids, ids, np.zeros(4, np.int32), np.arange(4)))
        (chunk,) = writer.chunks
        places.append(ChunkPlace(source, folder, chunk.stem, chunk.documents, chunk.text_bytes))
    lists = {
        "dedup": [[(3, 0, 1, 1, EXACT, 1)], [(2, 3, 1, 0, EXACT, 1), (3, 3, 2, 2, EXACT, 1)]],
        "near": [[(1, 1, 0, 2, NEAR, 0.75), (2, 0, 1, 3, NEAR, 0.9), (3, 1, 2, 1, CONTAINED, 0.8)]],
    }
    for name, tasks in lists.items():
        planned = tuple(Task(index=number, name=name, work=1) for number in range(len(tasks)))
        plan = StagePlan(stage=name, fingerprint="0" * 32, tasks=planned)
        (tmp_path / name).mkdir()
        (tmp_path / name / "tasks.json").write_text(plan.model_dump_json())
        for number, rows in enumerate(tasks):
            write_drops(str(tmp_path / name), number, np.array(rows, DROP))
    return Dropped(places, [str(tmp_path / name) for name in lists])


def test_a_row_for_every_copy_in_source_order(dropped: Dropped, tmp_path: Path) -> None:
    records = write_duplicates(str(tmp_path / "out"), dropped, first_file=7)
    assert [(record.file, record.source, record.rows, record.dropped) for record in records] == [
        ("duplicates/00007.parquet", "news", 3, {"exact_duplicate": 1, "near_duplicate": 2}),
        ("duplicates/00008.parquet", "web", 3, {"contained": 1, "exact_duplicate": 2}),
    ]
    table = pq.read_table(tmp_path / "out" / records[0].file)
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("news-1-1", "news", "wiki-0-2", "wiki", "near_duplicate", 0.75),
        ("news-2-0", "news", "news-1-3", "news", "near_duplicate", pytest.approx(0.9)),
        ("news-2-3", "news", "news-1-0", "news", "exact_duplicate", 1.0),
    ]


def test_large_sources_get_several_files(dropped: Dropped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "ROWS", 1)
    records = write_duplicates(str(tmp_path / "out"), dropped)
    assert [(record.source, record.rows) for record in records] == [("news", 1), ("news", 2), ("web", 3)]


def test_nothing_dropped_writes_nothing(dropped: Dropped, tmp_path: Path) -> None:
    assert write_duplicates(str(tmp_path / "out"), Dropped(dropped.places, ())) == ()
    assert not (tmp_path / "out").exists()


def test_a_generation_numbers_its_files_on() -> None:
    record = DuplicatesRecord(
        file="duplicates/00011.parquet", bytes=1, digests={"xxh3_128": "1" * 32}, source="web", rows=0, dropped={}
    )
    assert next_file(None) == next_file(sample_manifest()) == 0
    assert next_file(sample_manifest().model_copy(update={"duplicates": (record,)})) == 12


def test_near_duplicates_are_counted_by_reason() -> None:
    near = NearStatistics(clusters=2, documents=9, pairs=8, threshold=0.7, sizes=(), pairs_by_similarity=(), overlap={})
    documents = {
        "news": {"near": StageRecord(documents_in=9, documents_out=6, dropped={"near_duplicate": 3})},
        "web": {
            "dedup": StageRecord(documents_in=9, documents_out=8, dropped={"exact_duplicate": 1}),
            "near": StageRecord(documents_in=8, documents_out=6, dropped={"near_duplicate_of_index": 2}),
        },
    }
    counts = {"clusters": 2, "documents": 9, "pairs": 8, "near_duplicate": 3, "near_duplicate_of_index": 2}
    assert near_duplicates(documents, near) == counts
    assert near_duplicates(documents, None) == {}
    assert near_duplicates({}, near)["near_duplicate"] == 0
