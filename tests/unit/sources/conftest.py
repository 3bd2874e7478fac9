"""How the tests of this room write sources and read them back."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from ixigen_data.core.documents import Documents
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans

Row = tuple[str, str, int, int]  # id, text, file, offset
Reading = Callable[..., tuple[list[Row], Faults]]
Writing = Callable[..., Path]


def lines_of(records: Iterable[object]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def rows_of(batches: Iterable[Documents]) -> list[Row]:
    rows: list[Row] = []
    for batch in batches:
        batch.text.validate(full=True)
        columns = (batch.id.to_pylist(), batch.text.to_pylist(), batch.file.tolist(), batch.offset.tolist())
        rows += zip(*columns, strict=True)
    return rows


@pytest.fixture
def source(tmp_path: Path) -> Writing:
    """Write a file below the test's folder."""

    def write(name: str, data: bytes | Sequence[object]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else lines_of(data))
        return path

    return write


@pytest.fixture
def reading() -> Reading:
    """List, plan and read a source; return its rows and faults."""

    def read(
        settings: SourceSettings, *, task_bytes: int = 2**26, batch_bytes: int = 2**23, strict: bool = False
    ) -> tuple[list[Row], Faults]:
        faults = Faults(strict=strict)
        tasks = plan_spans(list_files("calls", settings), settings, task_bytes)
        rows = [row for spans in tasks for row in rows_of(read_documents(settings, spans, faults, batch_bytes))]
        return rows, faults

    return read
