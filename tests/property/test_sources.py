"""However a file is shared out, its documents and faults are the same."""

import csv
import gzip
import io
import json
import zipfile
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ixigen_data.core.documents import Documents
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span, plan_spans

GOOD = st.text(alphabet=st.sampled_from('가나 a\n"\\😀é'), max_size=30)
LINES = st.one_of(
    GOOD.map(lambda text: json.dumps({"text": text}, ensure_ascii=len(text) % 2 == 0).encode()),
    st.sampled_from([b"", b" ", b"{", b'{"text": 1}', b'{"body": ""}', b'{"text": "\xff"}', b'{"text": "\\ud800"}']),
    st.just(b'\xef\xbb\xbf{"text": "m"}'),
    st.just('{"text": "한글"}'.encode("cp949")),
)
FILES = st.tuples(st.lists(LINES, max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans()).map(
    lambda parts: parts[1].join(parts[0]) + (parts[1] if parts[2] else b"")
)


def read(spans: list[Span], source: SourceSettings, batch_bytes: int) -> tuple[list[tuple[object, ...]], list[object]]:
    faults = Faults()
    batches: list[Documents] = list(read_documents(source, spans, faults, batch_bytes))
    columns = ((batch.id.to_pylist(), batch.offset.tolist(), batch.text.to_pylist()) for batch in batches)
    rows = [row for column in columns for row in zip(*column, strict=True)]
    return rows, [(fault.line, fault.offset, fault.reason) for fault in faults.kept]


@given(FILES, st.lists(st.integers(0, 400), max_size=6), st.integers(1, 200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_split_into_spans_yields_the_documents_of_one_span(
    tmp_path: Path, data: bytes, cuts: list[int], batch_bytes: int
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    source = SourceSettings(path=str(path))
    bounds = sorted({0, *(cut for cut in cuts if cut < len(data))})
    stops = [*bounds[1:], None]
    spans = [
        Span(file=0, url=str(path), start=start, stop=stop, size_bytes=0)
        for start, stop in zip(bounds, stops, strict=True)
    ]
    whole = [Span(file=0, url=str(path), size_bytes=0)]
    expected = read(whole, source, 2**20)
    assert read(spans, source, batch_bytes) == expected
    lines = [line for line in data.split(b"\n") if line.removeprefix(b"\xef\xbb\xbf").strip()]
    assert len(expected[0]) + len(expected[1]) == len(lines)


@given(FILES, st.lists(st.integers(0, 400), max_size=6), st.integers(1, 400), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_compressed_in_any_frames_a_file_yields_the_same(
    tmp_path: Path, data: bytes, cuts: list[int], task_bytes: int, gz: bool
) -> None:
    plain = tmp_path / "a.jsonl"
    plain.write_bytes(data)
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:stop] for start, stop in pairwise(bounds)] or [b""]
    path = tmp_path / ("b.jsonl.gz" if gz else "b.jsonl.zst")
    path.write_bytes(b"".join(gzip.compress(piece, 1) if gz else zstandard.compress(piece) for piece in pieces))
    source = SourceSettings(path=str(path))
    tasks = plan_spans(list_files("calls", source), source, task_bytes)
    rows, faults = read([span for task in tasks for span in task], source, 50)
    expected_rows, expected_faults = read([Span(file=0, url=str(plain), size_bytes=0)], source, 2**20)
    assert [row[1:] for row in rows] == [row[1:] for row in expected_rows]
    assert faults == expected_faults


TABLES = st.lists(st.tuples(GOOD, GOOD), max_size=12)


@given(TABLES, st.integers(1, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_table_reads_the_same_in_every_format(tmp_path: Path, table: list[tuple[str, str]], batch_bytes: int) -> None:
    columns = pa.table({"id": [row[0] for row in table], "text": [row[1] for row in table]})
    out = io.StringIO()
    csv.writer(out).writerows([("id", "text"), *table])
    (tmp_path / "a.csv").write_text(out.getvalue(), "utf-8", newline="")
    pq.write_table(columns, tmp_path / "a.parquet", row_group_size=5)
    for name, new in (("a.arrow", pa.ipc.new_file), ("a.arrows", pa.ipc.new_stream)):
        with new(str(tmp_path / name), columns.schema) as writer:
            writer.write_table(columns, max_chunksize=3)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(tmp_path.glob("a.[acp]*[!p]")):
            archive.write(path, path.name)
    for path in sorted(tmp_path.glob("a.[acp]*[!p]")):
        for url in (str(path), f"{tmp_path}/a.zip!/{path.name}"):
            source = SourceSettings(path=url, id="id")
            span = Span(file=0, url=url, size_bytes=path.stat().st_size)
            rows, faults = read([span], source, batch_bytes)
            assert [(row[0], row[2]) for row in rows] == table, url
            assert faults == []


LINE = st.text(alphabet=st.sampled_from('가나 a,"'), min_size=1, max_size=8)


@given(st.lists(LINE, max_size=30), st.lists(st.integers(0, 300), max_size=6), st.integers(1, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lines_without_quotes_split_anywhere(
    tmp_path: Path, lines: list[str], cuts: list[int], batch_bytes: int
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{line}\n" for line in ["text", *lines]), "utf-8")
    source = SourceSettings(path=str(path), quotes=False)
    bounds = sorted({0, *(cut for cut in cuts if cut < path.stat().st_size)})
    spans = [
        Span(file=0, url=str(path), start=start, stop=stop, size_bytes=0)
        for start, stop in zip(bounds, [*bounds[1:], None], strict=True)
    ]
    rows, faults = read(spans, source, batch_bytes)
    assert [row[2] for row in rows] == lines
    assert faults == []


@pytest.mark.parametrize("task_bytes", [1000, 50_000])
def test_real_corpora_split_alike(corpora: Path, tmp_path: Path, task_bytes: int) -> None:
    with (corpora / "dialogue" / "chatbot_ko.jsonl.zst").open("rb") as stream:
        data = zstandard.ZstdDecompressor().stream_reader(stream).read(300_000)
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with path.open("rb") as stream:
        key = next(key for key, value in json.loads(stream.readline()).items() if isinstance(value, str))
    source = SourceSettings(path=str(path), text=key)
    tasks = plan_spans(list_files("calls", source), source, task_bytes)
    assert len(tasks) > 1
    expected = read([Span(file=0, url=str(path), size_bytes=0)], source, 2**20)
    assert read([span for task in tasks for span in task], source, 3000) == expected
