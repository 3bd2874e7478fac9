"""Tables: rows to documents, with only the needed columns read."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.parquet import read_rows
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span, plan_spans
from tests.unit.sources.conftest import Reading


def written(path: Path, table: pa.Table, **options: object) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_rows_keep_order_over_row_groups_and_spans(tmp_path: Path, reading: Reading) -> None:
    texts = [f"글 {number}" for number in range(1000)]
    path = written(tmp_path / "a.parquet", pa.table({"text": texts, "n": range(1000)}), row_group_size=64)
    for task_bytes in (100, 5000, 2**26):
        rows, faults = reading(SourceSettings(path=str(path)), task_bytes=task_bytes, batch_bytes=300)
        assert rows == [(f"a.parquet@{number}", text, 0, number) for number, text in enumerate(texts)]
        assert faults.count == 0
    rows, _ = reading(SourceSettings(path=str(path), id="n"))
    assert [row[0] for row in rows] == [str(number) for number in range(1000)]


KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()]


@pytest.mark.parametrize("kind", [*KINDS, pa.dictionary(pa.int32(), pa.string())])
def test_every_kind_of_text_column_is_read(tmp_path: Path, reading: Reading, kind: pa.DataType) -> None:
    column = pa.array(["가", "나", "가"])
    column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column.cast(kind)
    path = written(tmp_path / "a.parquet", pa.table({"text": column}))
    rows, _ = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["가", "나", "가"]


def test_null_and_undecodable_rows_are_faults(tmp_path: Path, reading: Reading) -> None:
    column = pa.array(["가".encode(), None, "한글".encode("cp949"), b"\xff\xff", b""], pa.binary())
    path = written(tmp_path / "a.parquet", pa.table({"text": column}))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [(row[0], row[1]) for row in rows] == [("a.parquet@0", "가"), ("a.parquet@2", "한글"), ("a.parquet@4", "")]
    found = [(fault.offset, fault.line, fault.reason) for fault in faults.kept]
    assert found == [(1, None, "text_missing"), (3, None, "encoding_unknown")]


def test_a_column_of_nulls_alone_is_all_faults(tmp_path: Path, reading: Reading) -> None:
    path = written(tmp_path / "a.parquet", pa.table({"text": pa.nulls(3)}))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert (rows, faults.reasons) == ([], {"text_missing": 3})


def test_fields_of_structs_and_metadata(tmp_path: Path) -> None:
    meta = [{"title": "하나", "n": 1}, None]
    table = pa.table({"meta": meta, "text": ["a", "b"], "tags": [["x"], []], "b": [b"\x01", None]})
    path = written(tmp_path / "a.parquet", table)
    settings = SourceSettings(path=str(path), id="meta.title", metadata=("tags", "meta.n", "b"))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    (batch,) = read_documents(settings, spans, Faults())
    assert batch.id.to_pylist() == ["하나", "a.parquet@1"]
    assert batch.metadata is not None
    assert batch.metadata.to_pylist() == ['{"tags":["x"],"meta.n":1,"b":"b\'\\\\x01\'"}', '{"tags":[]}']


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"text": "body"}, r"a\.parquet: no column 'body'; the columns are: text, n"),
        ({"text": "n"}, r"a\.parquet: column 'n' holds int64, not text; name a column of strings with text:"),
        ({"id": "key"}, r"no column 'key'"),
        ({"metadata": ("text.inner",)}, r"no column 'text\.inner'"),
    ],
)
def test_keys_that_fit_no_column_are_a_mistake(
    tmp_path: Path, reading: Reading, keys: dict[str, object], message: str
) -> None:
    path = written(tmp_path / "a.parquet", pa.table({"text": ["a"], "n": [1]}))
    with pytest.raises(SourceError, match=message):
        reading(SourceSettings.model_validate({"path": str(path), **keys}))


def test_a_damaged_table_is_one_fault(tmp_path: Path, reading: Reading) -> None:
    texts = [f"{number:0200d}" for number in range(5000)]
    path = written(tmp_path / "a.parquet", pa.table({"text": texts}), row_group_size=500, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    good = written(tmp_path / "b.parquet", pa.table({"text": ["b"]}))
    for damage in (data[:-1], data[:100], data[len(data) // 2 :], b"", data[:50_000] + bytes(20_000) + data[70_000:]):
        path.write_bytes(damage)
        rows, faults = reading(SourceSettings(path=(str(path), str(good))))
        kept = [row[1] for row in rows]
        assert kept == [*texts[: len(kept) - 1], "b"]
        assert faults.reasons == {"file_broken": 1}


class Counted(io.BytesIO):
    """A file that counts the bytes read from it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_of_a_wide_table_only_the_needed_columns_are_read(tmp_path: Path) -> None:
    rows = 2000
    table = pa.table({"text": ["글"] * rows, **{f"c{number}": [bytes([number]) * 200] * rows for number in range(20)}})
    path = written(tmp_path / "a.parquet", table, compression=None, use_dictionary=False)
    stream = Counted(path.read_bytes())
    span = Span(file=0, url=str(path), size_bytes=1)
    assert sum(len(batch) for batch in read_rows(stream, span, SourceSettings(path="x"), Faults(), 2**20)) == rows
    assert stream.count < len(stream.getvalue()) / 10
