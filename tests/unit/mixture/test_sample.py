"""Samples: what was read of a source is known, whatever the format."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.mixture import sample
from ixigen_data.mixture.sample import Piece, sample_source
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings

RECORDS = [{"text": f"{number} " * (1 + number * 7 % 60), "id": str(number)} for number in range(20_000)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


def pieces(pattern: Path) -> list[Piece]:
    settings = SourceSettings(path=str(pattern), id=None)
    return list(sample_source(list_files("raw", settings), settings))


def documents(found: list[Piece]) -> int:
    return sum(len(piece.documents) for piece in found)


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a megabyte a large source."""
    monkeypatch.setattr(sample, "WHOLE_BYTES", 1 << 16)
    monkeypatch.setattr(sample, "_PIECE_BYTES", 1 << 13)
    monkeypatch.setattr(sample, "PLACES", 6)


def test_a_small_source_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "_PIECE_BYTES", 1 << 14)
    monkeypatch.setattr(sample, "CHOSEN_BYTES", 1 << 18)
    (tmp_path / "a.jsonl").write_bytes(LINES)
    found = pieces(tmp_path / "a.jsonl")
    assert documents(found) == len(RECORDS)
    assert sum(piece.ratio for piece in found) == 1
    chosen = [number for number, piece in enumerate(found) if piece.chosen]
    assert chosen == list(range(0, len(found), chosen[1]))
    assert 0.5 < sum(found[number].documents.text.nbytes for number in chosen) / (1 << 18) < 2


def write_lines(path: Path) -> Path:
    path.write_bytes(LINES)
    return path


def write_table(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(RECORDS), path, row_group_size=500)
    return path


def write_batches(path: Path) -> Path:
    table = pa.Table.from_pylist(RECORDS)
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=500)
    return path


def write_gzip(path: Path) -> Path:
    path.write_bytes(gzip.compress(LINES, 1))
    return path


WRITERS = {"a.jsonl": write_lines, "a.parquet": write_table, "a.arrow": write_batches, "a.jsonl.gz": write_gzip}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.usefixtures("small_limits")
def test_of_a_large_one_the_ratio_tells_the_whole(name: str, tmp_path: Path) -> None:
    found = pieces(WRITERS[name](tmp_path / name))
    ratio = sum(piece.ratio for piece in found)
    assert 0 < ratio < (1 if name.endswith(".gz") else 0.2)
    assert documents(found) / ratio == pytest.approx(len(RECORDS), rel=0.15)
    assert any(piece.chosen for piece in found)


def test_of_many_files_some_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "CHOSEN_BYTES", 1 << 12)
    monkeypatch.setattr(sample, "_FILES", 50)
    for number in range(400):
        (tmp_path / f"{number:03d}.txt").write_text("word " * (number % 37 + 1))
    found = pieces(tmp_path / "*.txt")
    assert documents(found) == 50
    assert documents(found) / sum(piece.ratio for piece in found) == pytest.approx(400, rel=0.1)


def test_of_pages_fewer_are_read(tmp_path: Path) -> None:
    page = "<html><body><article><p>" + "A page of some length, and one sentence more. " * 20
    for number in range(100):
        (tmp_path / f"{number:03d}.html").write_text(f"{page} {number}</p></article></body></html>")
    assert documents(pieces(tmp_path / "*.html")) == 64
