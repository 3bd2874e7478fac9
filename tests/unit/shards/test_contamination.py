"""What suites met, counted by document."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.dedup.decontaminate.found import schema
from ixigen_data.shards import contamination
from ixigen_data.shards.contamination import contamination_statistics, suite_records, write_contamination

# Source, place in its file, suite, item, field, action; a document is a source and a place.
ROWS = [
    ("news", 0, "history", "h1", "question", "dropped"),
    ("news", 0, "history", "h1", "choices", "dropped"),
    ("news", 0, "law", "l1", "question", "dropped"),
    ("news", 9, "history", "h2", "question", "edited"),
    ("web", 0, "history", "h1", "question", "dropped"),
]


@pytest.fixture
def found() -> pa.Table:
    """Five passages in three documents."""
    rows = [
        {
            "source": source,
            "document": f"{source}-{offset}",
            "file": f"{source}.jsonl",
            "offset": offset,
            "suite": suite,
            "item": item,
            "field": field,
            "chars": 30,
            "ratio": 0.9,
            "action": action,
        }
        for source, offset, suite, item, field, action in ROWS
    ]
    return pa.Table.from_pylist(rows, schema())


def test_documents_and_items_are_counted_once(found: pa.Table) -> None:
    records = suite_records(found, ["law", "history", "empty"])
    assert list(records) == ["law", "history", "empty"]
    assert {name: tuple(record.model_dump().values()) for name, record in records.items()} == {
        "law": (1, 1, 0),
        "history": (2, 2, 1),
        "empty": (0, 0, 0),
    }


def test_statistics_name_items_and_documents(found: pa.Table) -> None:
    told = contamination_statistics(found)
    assert told.by_source == {"news": {"history": 2, "law": 1}, "web": {"history": 1}}
    assert [(item.suite, item.item, item.documents) for item in told.items] == [
        ("history", "h1", 2),
        ("history", "h2", 1),
        ("law", "l1", 1),
    ]
    assert [(each.id, each.item, each.action) for each in told.documents] == [
        ("news-0", "h1", "dropped"),
        ("news-0", "l1", "dropped"),
        ("news-9", "h2", "edited"),
        ("web-0", "h1", "dropped"),
    ]
    assert (told.hidden_items, told.hidden_documents) == (0, 0)


def test_what_statistics_have_no_room_for_is_counted(found: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contamination, "SHOWN", 1)
    told = contamination_statistics(found)
    assert (len(told.items), told.hidden_items) == (1, 2)
    assert (len(told.documents), told.hidden_documents) == (1, 3)


def test_nothing_found(found: pa.Table) -> None:
    nothing = found.slice(0, 0)
    assert suite_records(nothing, ["law"])["law"].items == 0
    assert contamination_statistics(nothing).items == ()


def test_the_file_holds_every_passage(found: pa.Table, tmp_path: Path) -> None:
    record = write_contamination(str(tmp_path), "contamination.parquet", found)
    assert (record.rows, record.bytes) == (5, (tmp_path / record.file).stat().st_size)
    assert pq.read_table(tmp_path / record.file).equals(found)
