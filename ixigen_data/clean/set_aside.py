"""What a task of the clean stage sets aside: documents that were dropped, records and files that could not be used."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

from ixigen_data.clean.arrow_files import ArrowFile, write_arrow
from ixigen_data.clean.chain import Dropped
from ixigen_data.clean.chunks import text_bytes
from ixigen_data.core.documents import Documents
from ixigen_data.core.files import join, without_secrets, write_bytes
from ixigen_data.core.samples import MAX_ID_CHARS, shorten
from ixigen_data.engine.decisions import Decision, Origin
from ixigen_data.sources.faults import Fault
from ixigen_data.sources.spans import Span

_SCHEMA = pa.schema(
    [
        ("text", pa.large_string()),
        ("id", pa.large_string()),
        ("file", pa.int32()),
        ("offset", pa.int64()),
        ("rule", pa.large_string()),
        ("reason", pa.large_string()),
    ]
)


def faults_of(documents: Documents, dropped: Sequence[Dropped], spans: Sequence[Span]) -> Iterator[Fault]:
    """Yield a fault for each document that crashed a rule, or ended its worker.

    Args:
        documents: the batch that came in, as it was read.
        dropped: the batch's, of `Chain.run`.
        spans: the task's, for the names of files.
    """
    urls = _urls(spans)
    for gone in dropped:
        if gone.crashed:
            file, offset = int(documents.file[gone.row]), int(documents.offset[gone.row])
            detail = f"document {documents.id[gone.row].as_py()}"
            yield Fault(source_file=urls[file], offset=offset, reason=gone.reason, detail=detail)


def dropped_by(decisions: Sequence[Decision]) -> list[Dropped]:
    """Return the documents that ended their workers, a row each, as if a rule had crashed on them."""
    return [Dropped(row, each.step, each.told, crashed=True) for row, each in enumerate(decisions)]


def origin_of(spans: Sequence[Span]) -> Callable[[Documents, int], Origin]:
    """Return a function from a batch and a row to where the document comes from."""
    urls = _urls(spans)

    def origin(documents: Documents, row: int) -> Origin:
        one = documents.take(np.array([row]))
        name = shorten(one.id[0].as_py(), MAX_ID_CHARS)
        size_bytes = text_bytes(one.text)
        return Origin(file=urls[int(one.file[0])], offset=int(one.offset[0]), id=name, text_bytes=size_bytes)

    return origin


def _urls(spans: Sequence[Span]) -> dict[int, str]:
    return {span.file: without_secrets(span.url) for span in spans}


def write_quarantine(folder: str, task: int, faults: Sequence[Fault]) -> dict[str, int]:
    """Write faults as JSON lines, if there are any; return the file's size in bytes by its name."""
    if not faults:
        return {}
    name = f"{task:05d}.quarantine.jsonl"
    lines = "".join(f"{fault.model_dump_json(exclude_none=True)}\n" for fault in faults).encode()
    write_bytes(join(folder, name), lines)
    return {name: len(lines)}


class DroppedFile:
    """Dropped documents as they were read, with rule and reason; nothing, where they are not wanted."""

    def __init__(self, name: str, file: ArrowFile | None) -> None:
        self._name = name
        self._file = file

    @property
    def files(self) -> dict[str, int]:
        """The file's size in bytes by its name, once it is complete."""
        return {} if self._file is None else {self._name: self._file.size_bytes}

    def add(self, documents: Documents, dropped: Sequence[Dropped]) -> None:
        """Append what `Chain.run` dropped of a batch."""
        if self._file is None or not dropped:
            return
        gone = documents.take(np.array([each.row for each in dropped]))
        rules = pa.array([each.rule for each in dropped], pa.large_string())
        reasons = pa.array([each.reason for each in dropped], pa.large_string())
        columns = [gone.text, gone.id, pa.array(gone.file), pa.array(gone.offset), rules, reasons]
        self._file.write(pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))


@contextmanager
def open_dropped(folder: str, task: int, *, wanted: bool) -> Iterator[DroppedFile]:
    """Open a task's file of dropped documents, complete when the block ends; no file where it is not wanted."""
    name = f"{task:05d}.dropped.arrow"
    if not wanted:
        yield DroppedFile(name, None)
        return
    with write_arrow(join(folder, name), _SCHEMA) as file:
        yield DroppedFile(name, file)
