"""Arrow IPC, as files and as streams."""

from pathlib import Path

import pyarrow as pa
import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.files import list_files
from ixigen_data.sources.ipc_index import batch_index
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading

TEXTS = [f"글 {number}" for number in range(1000)]
TABLE = pa.table({"n": range(1000), "wide": [b"x" * 50] * 1000, "text": TEXTS})


def written(path: Path, table: pa.Table = TABLE, *, stream: bool = False, compression: str | None = None) -> Path:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with path.open("wb") as out, new(out, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=64)
    return path


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
@pytest.mark.parametrize("stream", [False, True])
def test_rows_keep_order_over_batches_and_spans(
    tmp_path: Path, reading: Reading, stream: bool, compression: str | None
) -> None:
    path = written(tmp_path / "a.arrow", stream=stream, compression=compression)
    for task_bytes in (100, 20_000, 2**26):
        rows, faults = reading(SourceSettings(path=str(path)), task_bytes=task_bytes, batch_bytes=300)
        assert rows == [(f"a.arrow@{number}", text, 0, number) for number, text in enumerate(TEXTS)]
        assert faults.count == 0
    rows, _ = reading(SourceSettings(path=str(path), id="n"))
    assert [row[0] for row in rows] == [str(number) for number in range(1000)]


def test_a_file_is_cut_between_batches_a_stream_is_not(tmp_path: Path) -> None:
    file, stream = written(tmp_path / "a.feather"), written(tmp_path / "b.arrows", stream=True)
    with file.open("rb") as opened:
        index = batch_index(opened)
    assert [batch.rows for batch in index] == [64] * 15 + [40]
    assert 0.9 < sum(batch.size_bytes for batch in index) / file.stat().st_size < 1
    for path, count in ((file, 8), (stream, 1)):
        settings = SourceSettings(path=str(path))
        spans = [span for task in plan_spans(list_files("calls", settings), settings, 10_000) for span in task]
        assert len(spans) == count
        assert [span.seek for span in spans[1:]] == [64 * span.start for span in spans[1:]]


def test_dictionaries_structs_nulls_and_bytes(tmp_path: Path, reading: Reading) -> None:
    columns = {
        "text": pa.array(["가", None, "나"]).dictionary_encode(),
        "meta": [{"id": "x"}, {"id": "y"}, None],
        "raw": ["한글".encode("cp949"), b"\xff", "글".encode()],
    }
    path = written(tmp_path / "a.ipc", pa.table(columns))
    rows, faults = reading(SourceSettings(path=str(path), id="meta.id"))
    assert [row[:2] for row in rows] == [("x", "가"), ("a.ipc@2", "나")]
    assert [(fault.offset, fault.reason) for fault in faults.kept] == [(1, "text_missing")]
    rows, faults = reading(SourceSettings(path=str(path), text="raw"))
    assert [row[1] for row in rows] == ["한글", "글"]
    assert faults.reasons == {"encoding_unknown": 1}


def test_keys_that_fit_no_column_are_a_mistake(tmp_path: Path, reading: Reading) -> None:
    path = written(tmp_path / "a.arrow")
    with pytest.raises(SourceError, match=r"a\.arrow: no column 'body'; the columns are: n, wide, text"):
        reading(SourceSettings(path=str(path), text="body"))
    with pytest.raises(SourceError, match=r"a\.arrow: column 'n' holds int64, not text"):
        reading(SourceSettings(path=str(path), text="n"))


@pytest.mark.parametrize("stream", [False, True])
def test_a_damaged_file_is_one_fault(tmp_path: Path, reading: Reading, stream: bool) -> None:
    path, good = written(tmp_path / "a.arrow", stream=stream), written(tmp_path / "b.arrow", TABLE.slice(0, 1))
    data = path.read_bytes()
    damages = [data[:-9], data[: len(data) // 2], data[:100], b"", b"FEA1" + bytes(100), b"ARROW1" + bytes(9)]
    for damage in damages:
        path.write_bytes(damage)
        rows, faults = reading(SourceSettings(path=(str(path), str(good))), task_bytes=1000)
        kept = [row[1] for row in rows]
        assert kept == [*TEXTS[: len(kept) - 1], TEXTS[0]]
        assert faults.reasons in ({"file_broken": 1}, {"file_truncated": 1})


def test_offsets_that_lie_are_a_fault_and_no_crash(tmp_path: Path, reading: Reading) -> None:
    path = written(tmp_path / "a.arrow", pa.table({"text": ["x" * 7, "y"]}))
    data = path.read_bytes()
    offsets = pa.array([0, 7, 8], pa.int32()).buffers()[1].to_pybytes()[:12]
    assert data.count(offsets) == 1
    path.write_bytes(data.replace(offsets, pa.array([0, 2**30, 8], pa.int32()).buffers()[1].to_pybytes()[:12]))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert (rows, faults.reasons) == ([], {"file_broken": 1})
