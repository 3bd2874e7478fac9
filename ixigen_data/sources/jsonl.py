"""JSON lines to documents: a kernel for the records it is certain of, a JSON parser for the rest."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.core.documents import Documents, Int64s
from ixigen_data.core.files import without_secrets
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.jsonl_kernel import (
    ACCEPTED,
    BLANK,
    ID,
    REFUSED,
    START,
    STATUS,
    TEXT,
    continues_utf8,
    copy_strings,
    find_marks,
    scan_lines,
)
from ixigen_data.sources.lines import COUNTED_BYTES, line_blocks, lines_before
from ixigen_data.sources.records import Keys, parse_line
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span

_Strings = list[str | None]
_FEW = 64  # up to here Python is quicker than three calls of Arrow: files of one record are many


def read_lines(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the documents of the lines that a span owns, in order; a line that is none is a fault, unless blank."""
    reader = _LineReader(span, settings, faults)
    for block in line_blocks(stream, span, batch_bytes):
        if block.problem is not None:
            reader.reject(block.offset, 0, block.problem)
            reader.lines_done += 1
            continue
        documents = reader.documents(block.offset, block.data)
        if len(documents):
            yield documents


class _LineReader:
    def __init__(self, span: Span, settings: SourceSettings, faults: Faults) -> None:
        self.lines_done = 0  # whole lines of the span so far
        self._span = span
        self._faults = faults
        self._encoding = settings.encoding
        self._keys = Keys.of(settings)
        self._first_offset: int | None = None
        self._lines_before: int | None = None
        # The kernel wants two keys of the record itself, in UTF-8.
        self._fast = (
            self._keys.flat and not settings.metadata and settings.encoding != "cp949" and settings.text != settings.id
        )

    def documents(self, offset: int, data: bytes) -> Documents:
        """Return the documents in whole lines that begin at `offset` of the file."""
        if self._first_offset is None:
            self._first_offset = offset
        lines, marks = _scanned(data, self._keys, self._fast)
        slow_rows, texts, ids, metadata = self._parsed(offset, data, lines)
        fast_rows = np.flatnonzero(lines[:, STATUS] == ACCEPTED)
        rows = np.concatenate([fast_rows, slow_rows])
        order = np.argsort(rows, kind="stable")
        offsets = offset + lines[rows, START]
        documents = Documents(
            text=_column(_copied(data, marks, lines[fast_rows, TEXT]), texts),
            id=self._ids(offsets, _copied(data, marks, lines[fast_rows, ID]) if self._keys.id else None, ids),
            file=np.full(len(rows), self._span.file, np.int32),
            offset=offsets,
            metadata=_column(None, metadata) if self._keys.metadata else None,
        )
        self.lines_done += len(lines)
        return documents.take(order) if len(slow_rows) and len(fast_rows) else documents

    def reject(self, offset: int, row: int, problem: Problem) -> None:
        """Count what is wrong with the line that begins at `offset`, `row` lines behind those done."""
        if self._first_offset is None:
            self._first_offset = offset
        line = self._line_number(row) if self._faults.keeps_more else None
        url = without_secrets(self._span.url)
        self._faults.add(Fault(source_file=url, line=line, offset=offset, reason=problem.reason, detail=problem.detail))

    def _line_number(self, row: int) -> int | None:
        if self._lines_before is None:
            limit_bytes = None if self._faults.strict else COUNTED_BYTES
            self._lines_before = lines_before(self._span.url, self._first_offset or 0, limit_bytes)
        return None if self._lines_before is None else self._lines_before + self.lines_done + row + 1

    def _parsed(self, offset: int, data: bytes, lines: Int64s) -> tuple[Int64s, list[str], _Strings, _Strings]:
        """Return the rows that only the JSON parser made documents of, and their texts, ids and metadata."""
        # Columns, not records: 30,000 tuples a block would keep the garbage collector busy for a third of the time.
        rows: list[int] = []
        texts: list[str] = []
        ids: _Strings = []
        metadata: _Strings = []
        ends = np.append(lines[1:, START], len(data))
        for row in np.flatnonzero(lines[:, STATUS] == REFUSED).tolist():
            start = int(lines[row, START])
            try:
                record = parse_line(data[start : int(ends[row]) - 1], self._keys, self._encoding)
            except Problem as problem:
                self.reject(offset + start, row, problem)
                continue
            if record is not None:
                rows.append(row)
                texts.append(record.text)
                ids.append(record.id)
                metadata.append(record.metadata)
        return np.array(rows, np.int64), texts, ids, metadata

    def _ids(self, offsets: Int64s, copied: pa.LargeStringArray | None, parsed: _Strings) -> pa.LargeStringArray:
        if copied is None:
            return default_ids(self._span.url, offsets)
        given = _column(copied, parsed)
        return pc.coalesce(given, default_ids(self._span.url, offsets)) if given.null_count else given


def default_ids(url: str, places: Int64s) -> pa.LargeStringArray:
    """Return ids made of a file's name and each record's place in it: "part-0.jsonl@1024"."""
    name = without_secrets(url).rstrip("/").rpartition("/")[2]
    if len(places) < _FEW:
        return pa.array([f"{name}@{place}" for place in places.tolist()], pa.large_string())
    return pc.binary_join_element_wise(
        pa.scalar(name, pa.large_string()), pa.array(places).cast(pa.large_string()), pa.scalar("@", pa.large_string())
    )


def _scanned(data: bytes, keys: Keys, fast: bool) -> tuple[Int64s, npt.NDArray[np.uint32]]:
    """Return one row of kernel columns for each line, and the marks they point to."""
    view = np.frombuffer(data, np.uint8)
    marks = np.empty(len(data), np.uint32)
    count, newlines = find_marks(view, marks)
    lines = np.empty((newlines, 4), np.int64)
    if fast:
        wanted = np.frombuffer(keys.text.encode(), np.uint8), np.frombuffer((keys.id or "").encode(), np.uint8)
        scan_lines(view, marks[:count], wanted, lines)
        _refuse_what_is_no_utf8(data, lines)
        return lines, marks
    newline_positions = np.flatnonzero(view == ord("\n"))
    lines[:, STATUS] = REFUSED
    lines[0, START], lines[1:, START] = 0, newline_positions[:-1] + 1
    return lines, marks


def _refuse_what_is_no_utf8(data: bytes, lines: Int64s) -> None:
    if continues_utf8(np.frombuffer(data, np.uint8)) and continues_utf8(np.frombuffer(b"\n\n\n" + data[:3], np.uint8)):
        return
    ends = np.append(lines[1:, START], len(data))
    for row in np.flatnonzero(lines[:, STATUS] != BLANK).tolist():
        try:
            data[int(lines[row, START]) : int(ends[row])].decode()
        except UnicodeDecodeError:
            lines[row, STATUS] = REFUSED


def _copied(data: bytes, marks: npt.NDArray[np.uint32], opened: Int64s) -> pa.LargeStringArray:
    """Return the strings whose opening quotes are at these marks."""
    offsets = np.empty(len(opened) + 1, np.int64)
    out = np.empty(len(data), np.uint8)
    copy_strings(np.frombuffer(data, np.uint8), marks, np.ascontiguousarray(opened), out, offsets)
    size = int(offsets[-1])
    # A copy of a small part frees the rest of the buffer.
    kept = out if 2 * size > len(data) else out[:size].copy()
    return pa.LargeStringArray.from_buffers(len(opened), pa.py_buffer(offsets), pa.py_buffer(kept))


def _column(copied: pa.LargeStringArray | None, parsed: Sequence[str | None]) -> pa.LargeStringArray:
    if not parsed and copied is not None:
        return copied
    more = pa.array(parsed, pa.large_string())
    return more if copied is None else pa.concat_arrays([copied, more])
