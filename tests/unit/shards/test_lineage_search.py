"""Lineage looked up over many files."""

import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.lineage_search import in_parallel, lineage_files, open_lineage, rows_of_documents
from ixigen_data.shards.reader import find_document, read_pieces
from tests.dataset import rows_of, write_dataset


def test_every_row_of_a_document_is_found(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))
    ids = ["telco#3", "replay/ko#0", "nobody"]
    for url in (str(tmp_path), "memory://search"):
        if url.startswith("memory"):
            write_dataset(url)
        for file in lineage_files(manifest):
            rows = pq.read_table(tmp_path / file.record.file).to_pylist()
            found = rows_of_documents(url, file, pa.array(ids)).to_pylist()
            assert found == [row for row in rows if row["document"] in ids]


def test_files_stand_in_order_with_their_first_window(tmp_path: Path) -> None:
    files = lineage_files(write_dataset(str(tmp_path)))
    assert [(file.place, file.first_window) for file in files] == [
        ("", 0),
        ("", 5),
        ("", 10),
        ("", 15),
        ("eval/replay/ko", 0),
    ]


def test_the_tokens_of_a_document_are_read_from_its_windows(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))
    rows, _ = rows_of(32)
    for document in ("telco#1", "replay/en#1"):
        expected = [token.id for row in rows for token in row.tokens if token.document == document]
        found = [one for one in find_document(str(tmp_path), manifest, document) if not one.file.place]
        read = [token for tokens in read_pieces(str(tmp_path), manifest, found) for token in tokens.tolist()]
        assert read == expected


def test_a_missing_file_and_a_broken_one_are_told(tmp_path: Path) -> None:
    first, second, *_ = lineage_files(write_dataset(str(tmp_path)))
    (tmp_path / first.record.file).unlink()
    (tmp_path / second.record.file).write_bytes(b"PAR1 and no more")
    with pytest.raises(ShardError, match=r"lineage/00000.parquet: missing; `ixigen-data verify` names"):
        open_lineage(str(tmp_path), first).__enter__()
    with pytest.raises(ShardError, match=r"lineage/00001.parquet: cannot be read: "):
        open_lineage(str(tmp_path), second).__enter__()


def test_threads_run_only_a_little_ahead() -> None:
    begun: list[int] = []
    lock = threading.Lock()

    def square(number: int) -> int:
        with lock:
            begun.append(number)
        return number * number

    results = in_parallel(square, range(1000), 2)
    assert [next(results) for _ in range(3)] == [(0, 0), (1, 1), (2, 4)]
    assert len(begun) < 20
    assert [value for _, value in results] == [number * number for number in range(3, 1000)]
