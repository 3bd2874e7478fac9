"""Files that change, vanish or cannot be opened while a run is going on; sources behind a URL."""

import os
from pathlib import Path

import fsspec
import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources import archives
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span, plan_spans
from tests.unit.sources.conftest import Reading, Writing

Planned = tuple[SourceSettings, list[Span]]


@pytest.fixture
def planned(source: Writing) -> Planned:
    paths = source("a.jsonl", [{"text": "a"}] * 100), source("b.jsonl", [{"text": "b"}])
    settings = SourceSettings(path=tuple(map(str, paths)))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    return settings, spans


def texts(settings: SourceSettings, spans: list[Span], faults: Faults) -> list[str]:
    return [text for batch in read_documents(settings, spans, faults, 500) for text in batch.text.to_pylist()]


def test_a_file_that_changed_since_the_plan_ends_the_task(planned: Planned) -> None:
    settings, spans = planned
    os.utime(spans[0].url, ns=(1, 1))
    with pytest.raises(SourceError, match=r"a\.jsonl: the file changed before it was read; start again"):
        texts(settings, spans, Faults())


def test_a_file_that_changes_under_the_reader_ends_the_task(planned: Planned) -> None:
    settings, spans = planned
    batches = read_documents(settings, spans, Faults(), 500)
    next(batches)
    os.utime(spans[0].url, ns=(1, 1))
    with pytest.raises(SourceError, match=r"a\.jsonl: the file changed while it was read; start again"):
        list(batches)


def test_a_file_that_vanished_ends_the_task(planned: Planned) -> None:
    settings, spans = planned
    Path(spans[0].url).unlink()
    with pytest.raises(SourceError, match=r"a\.jsonl: reading failed: .*No such file or directory.*; start again"):
        texts(settings, spans, Faults())


def test_a_disk_that_fails_is_no_fault_of_the_data(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, spans = planned

    def failing(url: str) -> object:
        raise OSError(5, "Input/output error", url)

    monkeypatch.setattr(archives, "open_read", failing)
    message = r"a\.jsonl: reading failed: .*Input/output error.*; start again when the disk or the store answers"
    with pytest.raises(SourceError, match=message):
        texts(settings, spans, Faults())


def test_a_source_behind_a_url_reads_as_a_local_one(source: Writing, reading: Reading, tmp_path: Path) -> None:
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq
    import zstandard

    lines = source("a.jsonl", [{"text": f"글 {number}"} for number in range(500)]).read_bytes()
    pq.write_table(pa.table({"text": ["표"]}), tmp_path / "d.parquet")
    memory = fsspec.filesystem("memory")
    contents = {
        "a.jsonl": lines,
        "b.jsonl.gz": gzip.compress(lines),
        "c.jsonl.zst": zstandard.compress(lines),
        "d.parquet": (tmp_path / "d.parquet").read_bytes(),
        "e/f.md": "글".encode(),
    }
    for name, data in contents.items():
        memory.pipe_file(f"/read/{name}", data)
    rows, faults = reading(SourceSettings(path="memory://read/**"), task_bytes=1000, batch_bytes=700)
    assert [row[1] for row in rows] == [f"글 {number}" for number in range(500)] * 3 + ["표", "글"]
    assert (rows[0][0], rows[-1][0]) == ("a.jsonl@0", "e/f.md")
    assert faults.count == 0


def test_a_remote_file_that_changed_or_vanished_ends_the_task() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/changed/a.jsonl", b'{"text": "a"}\n')
    settings = SourceSettings(path="memory://changed/a.jsonl")
    (spans,) = plan_spans(list_files("calls", settings), settings)
    memory.pipe_file("/changed/a.jsonl", b'{"text": "other"}\n')
    with pytest.raises(SourceError, match=r"a\.jsonl: the file changed before it was read"):
        texts(settings, spans, Faults())
    memory.rm("/changed/a.jsonl")
    with pytest.raises(SourceError, match=r"a\.jsonl: reading failed"):
        texts(settings, spans, Faults())
