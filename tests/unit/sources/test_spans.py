"""Files to tasks: even, in order, and few where files are small."""

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span, pack_spans, plan_spans, unpack_spans

LINES = SourceSettings(path="x")


def test_a_plain_file_is_cut_into_even_spans_that_cover_it() -> None:
    tasks = plan_spans([SourceFile("a.jsonl", 5 * 2**30, "1")], LINES)
    spans = [span for task in tasks for span in task]
    assert len(tasks) == 80
    assert [span.start for span in spans[1:]] == [span.stop for span in spans[:-1]]
    assert (spans[0].start, spans[-1].stop) == (0, None)
    assert {span.size_bytes for span in spans} == {2**26}


def test_a_compressed_file_is_one_task_and_a_text_file_one_span() -> None:
    big = 2**31
    files = [SourceFile(name, big, "") for name in ("a.jsonl.gz", "s3://b/b.jsonl.zst", "c.txt")]
    tasks = plan_spans(files, LINES)
    places = [[(span.file, span.start, span.stop) for span in task] for task in tasks]
    assert places == [[(number, 0, None)] for number in range(3)]


def test_small_files_share_tasks_quickly_and_in_order() -> None:
    files = [SourceFile(f"s3://bucket/{number:06d}.jsonl", 1000, "etag") for number in range(100_000)]
    start = time.process_time()
    tasks = plan_spans(files, LINES)
    assert time.process_time() - start < 10  # about 0.6 s
    assert len(tasks) < 40
    assert [span.file for task in tasks for span in task] == list(range(100_000))


def test_empty_files_of_lines_need_no_span_but_an_empty_text_is_a_document() -> None:
    files = [SourceFile("a.jsonl", 0, ""), SourceFile("b.txt", 0, ""), SourceFile("c.parquet", 0, "")]
    assert [span.url for task in plan_spans(files, LINES) for span in task] == ["b.txt", "c.parquet"]


def test_tables_are_cut_at_row_groups_by_the_columns_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    wide = [bytes([number % 251]) * 5000 for number in range(1000)]
    table = pa.table({"text": [f"{number:0100d}" for number in range(1000)], "wide": wide})
    pq.write_table(table, path, row_group_size=100, compression=None, use_dictionary=False)
    settings = SourceSettings(path=str(path))
    tasks = plan_spans(list_files("calls", settings), settings, 32_000)
    assert [[(span.start, span.stop) for span in task] for task in tasks] == [[(0, 3)], [(3, 6)], [(6, 9)], [(9, None)]]
    assert sum(span.size_bytes for task in tasks for span in task) < 200_000


def test_a_table_that_is_damaged_is_one_span_whose_reader_tells(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"x" * 100)
    settings = SourceSettings(path=str(path))
    assert [len(task) for task in plan_spans(list_files("calls", settings), settings, 10)] == [1]


def test_spans_survive_a_plan_and_take_little_of_it() -> None:
    odd = Span(file=3, url="a.jsonl.zst", start=5, stop=9, seek=2, size_bytes=7, stamp="x")
    assert unpack_spans(pack_spans([odd])) == [odd]
    spans = [Span(number, f"/corp/{number:07d}.txt", 90, stamp=str(10**18 + number * 12345)) for number in range(4000)]
    packed = pack_spans(spans)
    assert unpack_spans(packed) == spans
    assert len(packed) < 25 * len(spans)
    assert unpack_spans(pack_spans([])) == []
