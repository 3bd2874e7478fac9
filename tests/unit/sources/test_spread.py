"""A few documents from all over a source."""

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spread import PLACES, spread_documents


def drawn(pattern: Path, count: int, faults: Faults | None = None) -> list[str]:
    settings = SourceSettings(path=str(pattern))
    found = spread_documents(list_files("s", settings), settings, count, faults or Faults())
    return [text for _, documents in found for text in documents.text.to_pylist()]


def lines(count: int, width: int = 0) -> bytes:
    return b"".join(orjson.dumps({"text": f"{number:06}{'x' * width}"}) + b"\n" for number in range(count))


def test_a_small_source_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(30))
    assert drawn(tmp_path / "*.jsonl", 100) == [f"{number:06}" for number in range(30)]
    assert drawn(tmp_path / "*.jsonl", 3) == ["000005", "000015", "000025"]


def test_of_a_large_file_places_all_over_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(12_000, 1_000))
    found = [int(text[:6]) for text in drawn(tmp_path / "a.jsonl", 100)]
    assert len(found) == 100
    assert found == sorted(found)
    assert len({number * PLACES // 12_000 for number in found}) == PLACES


def test_of_many_files_some_all_over_the_list_are_read(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.txt").write_text(f"{number:03}")
    found = [int(text) for text in drawn(tmp_path / "*.txt", 50)]
    assert found == list(range(0, 200, 4))


def test_tables_and_compressed_files_are_read_at_their_places(tmp_path: Path) -> None:
    text = pa.array([f"{number:06}{'x' * 500}" for number in range(10_000)])
    pq.write_table(pa.table({"text": text}), tmp_path / "a.parquet", row_group_size=250, compression="none")
    found = [int(text[:6]) for text in drawn(tmp_path / "a.parquet", 40)]
    assert len(found) == 40
    assert max(found) > 9_000
    # Of a compressed file the beginning is read: places would have to be looked for by reading through it.
    noise = zstandard.ZstdCompressor(level=-5).compress(lines(40_000, 200))
    (tmp_path / "b.jsonl.zst").write_bytes(noise)
    assert len(drawn(tmp_path / "b.jsonl.zst", 10)) == 10


def test_records_that_cannot_be_read_are_counted_and_empty_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    (tmp_path / "b.jsonl").write_bytes(b"broken\n" + lines(2))
    faults = Faults()
    assert drawn(tmp_path / "*.jsonl", 10, faults) == ["000000", "000001"]
    assert dict(faults.reasons) == {"json_broken": 1}


def test_of_a_large_json_file_the_beginning_is_read(tmp_path: Path) -> None:
    records = [{"text": f"{number:06}{'x' * 500}"} for number in range(10_000)]
    (tmp_path / "a.json").write_bytes(orjson.dumps(records))
    found = [int(text[:6]) for text in drawn(tmp_path / "a.json", 40)]
    assert len(found) == 40
    assert max(found) > 5_000


def test_of_utterances_one_a_file_is_read(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}.txt").write_text(f"{number:02}")
    settings = SourceSettings(path=f"{tmp_path}/*.txt", format="kspon")
    found = spread_documents(list_files("s", settings), settings, 30, Faults())
    assert [text for _, documents in found for text in documents.text.to_pylist()] == [
        f"{n:02}" for n in range(0, 60, 2)
    ]
