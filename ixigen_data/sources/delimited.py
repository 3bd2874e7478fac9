"""Delimited text (csv, tsv) to documents: the first record names the columns."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents, Int64s
from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.columns import Places, documents_of, texts_of
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.delimited_kernel import (
    AT_FIELD,
    BEHIND_QUOTE,
    BLANK,
    FIELDS,
    FIXED,
    IN_QUOTES,
    LINES,
    OPEN_QUOTE,
    PER_FIELD,
    START,
    STATUS,
    WHOLE,
    copy_fields,
    pass_over,
    scan_records,
)
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.lines import LINE_LIMIT_BYTES, line_blocks, lines_before
from ixigen_data.sources.row_groups import columns_for
from ixigen_data.sources.settings import SourceSettings, format_of
from ixigen_data.sources.spans import Span

_BOM = b"\xef\xbb\xbf"
_HEADER_BYTES = 2**20
_NO_COLUMNS = np.zeros(0, np.int64)
_TOLD = {
    BEHIND_QUOTE: (
        "csv_broken",
        "text follows a closing quote; double the quotes inside a field, or set quotes: false",
    ),
    OPEN_QUOTE: ("csv_broken", "a quote is never closed; close it, or set quotes: false"),
}


@dataclass(frozen=True)
class Header:
    """The record that names the columns, and how much of the file it and what stands before it take."""

    names: tuple[str, ...]
    size_bytes: int
    lines: int


def read_delimited(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the documents of the records that a span owns, in order.

    A record with a stray quote, with more or fewer fields than the header, or longer than a line may be, is a fault.

    Raises:
        Problem: the header cannot be read, or the compressed stream's own.
        SourceError: a key names no column.
    """
    header = read_header(stream, span, settings)
    if header is None:
        return
    reader = _Reader(header, span, settings, faults)
    stream.seek(0)
    if settings.quotes:
        yield from reader.quoted(read_blocks(stream, span.url, batch_bytes))
    else:
        yield from reader.plain(stream, batch_bytes)


def read_header(stream: BinaryIO, span: Span, settings: SourceSettings) -> Header | None:
    """Return the first record that is not blank; None where there is none.

    Raises:
        Problem: it is broken, too long, or in no encoding that is allowed.
    """
    stream.seek(0)
    data, last = b"", False
    blocks = read_blocks(stream, span.url, _HEADER_BYTES)
    rows = np.zeros((1, FIXED), np.int64)
    at = lines = 0
    while True:
        view = np.frombuffer(data, np.uint8)[at:]
        count, size = scan_records(view, _grammar(span, settings, last), _NO_COLUMNS, rows)
        if count and rows[0, STATUS] == BLANK:
            at, lines = at + size, lines + 1
        elif count:
            break
        elif last:
            return None
        elif len(data) > _HEADER_BYTES:
            raise Problem(
                "line_too_long", f"the header has more than {format_size(_HEADER_BYTES)}; is this a csv file?"
            )
        else:
            block = next(blocks, b"")
            at = len(_BOM) if not data and block.startswith(_BOM) else at
            data, last = data + block, not block
    if rows[0, STATUS] != WHOLE:
        raise Problem(*_TOLD[int(rows[0, STATUS])])
    text = decode(data[at : at + size], settings.encoding)
    if text is None:
        raise Problem("encoding_unknown", f"its header is {told_encodings(settings.encoding)}")
    if "\0" in text:
        raise Problem("file_broken", "its header holds zero bytes; is this a csv file?")
    delimiter = chr(_delimiter(span, settings))
    (names,) = csv.reader([text], delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if settings.quotes else csv.QUOTE_NONE)
    return Header(tuple(names), at + size, lines + int(rows[0, LINES]))


def _delimiter(span: Span, settings: SourceSettings) -> int:
    return ord("\t" if format_of(span.url, settings) == "tsv" else ",")


def _grammar(span: Span, settings: SourceSettings, last: bool) -> tuple[int, bool, bool]:
    return _delimiter(span, settings), settings.quotes, last


class _Reader:
    def __init__(self, header: Header, span: Span, settings: SourceSettings, faults: Faults) -> None:
        self._header = header
        self._span = span
        self._settings = settings
        self._faults = faults
        self._delimiter = _delimiter(span, settings)
        self._keys = columns_for(pa.schema(dict.fromkeys(header.names, pa.string())), settings, span.url)
        for key in self._keys:
            if header.names.count(key) > 1:
                raise SourceError(f"{without_secrets(span.url)}: column {key!r} stands twice in the header; rename one")
        places = {header.names.index(key): place for place, key in enumerate(self._keys)}
        self._wanted = np.array([places.get(column, -1) for column in range(len(header.names))], np.int64)
        self._offset = 0  # of what is read next
        self._lines: int | None = 0  # before it

    def quoted(self, blocks: Iterator[bytes]) -> Iterator[Documents]:
        """Yield the documents of a stream whose records may span lines."""
        data, skipped = b"", self._header.size_bytes
        self._offset, self._lines = skipped, self._header.lines
        for block in blocks:
            data += block
            if skipped:
                skip = min(skipped, len(data))
                data, skipped = data[skip:], skipped - skip
            documents, done = self._documents(data, last=False)
            data = data[done:]
            if len(documents):
                yield documents
            if len(data) > LINE_LIMIT_BYTES:
                data = self._passed_over(data, blocks)
        documents, _ = self._documents(data, last=True)
        if len(documents):
            yield documents

    def plain(self, stream: BinaryIO, batch_bytes: int) -> Iterator[Documents]:
        """Yield the documents of a span's lines, each of which is a record."""
        begun = False
        for block in line_blocks(stream, self._span, batch_bytes):
            if not begun:
                self._lines = lines_before(self._span.url, block.offset)
                begun = True
            self._offset = block.offset
            if block.problem is not None:
                self._reject(0, 0, block.problem)
                self._lines = None if self._lines is None else self._lines + 1
                continue
            data = block.data
            if block.offset < self._header.size_bytes:
                skip = min(len(data), self._header.size_bytes - block.offset)
                self._lines = None if self._lines is None else self._lines + data.count(b"\n", 0, skip)
                data, self._offset = data[skip:], block.offset + skip
            documents, _ = self._documents(data, last=True)
            if len(documents):
                yield documents

    def _documents(self, data: bytes, *, last: bool) -> tuple[Documents, int]:
        """Return the documents of the whole records at the beginning of `data`, and how many bytes those are."""
        view = np.frombuffer(data, np.uint8)
        rows = np.empty((np.count_nonzero(view == ord("\n")) + 1, FIXED + PER_FIELD * len(self._keys)), np.int64)
        grammar = self._delimiter, self._settings.quotes, last
        count, done = scan_records(view, grammar, self._wanted, rows)
        rows = rows[:count]
        behind = np.cumsum(rows[:, LINES])
        self._reject_broken(rows, behind - rows[:, LINES])
        whole = (rows[:, STATUS] == WHOLE) & (rows[:, FIELDS] == len(self._header.names))
        chosen = rows[whole]
        lines = None if self._lines is None else self._lines + (behind - rows[:, LINES])[whole] + 1
        documents = documents_of(
            self._batch(view, chosen),
            Places(self._offset + chosen[:, START], lines),
            self._span,
            self._settings,
            self._faults,
        )
        self._offset += done
        if self._lines is not None and count:
            self._lines += int(behind[-1])
        return documents, done

    def _batch(self, view: np.typing.NDArray[np.uint8], rows: Int64s) -> pa.RecordBatch:
        columns = []
        for place, key in enumerate(self._keys):
            fields = np.ascontiguousarray(rows[:, FIXED + PER_FIELD * place : FIXED + PER_FIELD * (place + 1)])
            offsets = np.empty(len(rows) + 1, np.int64)
            out = np.empty(int((fields[:, 1] - fields[:, 0]).sum()), np.uint8)
            copy_fields(view, fields, out, offsets)
            column = pa.LargeBinaryArray.from_buffers(
                pa.large_binary(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(out)]
            )
            # The text stays bytes: one that cannot be decoded is a fault of its row, an id or a metadatum is not.
            columns.append(column if key == self._settings.text else texts_of(column, self._settings.encoding))
        return pa.RecordBatch.from_arrays(columns, names=self._keys)

    def _reject_broken(self, rows: Int64s, lines: Int64s) -> None:
        expected = len(self._header.names)
        broken = (rows[:, STATUS] != BLANK) & ((rows[:, STATUS] != WHOLE) | (rows[:, FIELDS] != expected))
        for row in np.flatnonzero(broken).tolist():
            status, fields = int(rows[row, STATUS]), int(rows[row, FIELDS])
            told = _TOLD.get(status, ("row_ragged", f"fields: {fields}; the header has {expected}"))
            self._reject(int(rows[row, START]), int(lines[row]), Problem(*told))

    def _reject(self, start: int, lines: int, problem: Problem) -> None:
        line = None if self._lines is None else self._lines + lines + 1
        url, offset = without_secrets(self._span.url), self._offset + start
        self._faults.add(Fault(source_file=url, line=line, offset=offset, reason=problem.reason, detail=problem.detail))

    def _passed_over(self, data: bytes, blocks: Iterator[bytes]) -> bytes:
        """Count a record that is too long as a fault, without holding it; return what follows it of the last block."""
        state, size, newlines = AT_FIELD, 0, 0
        problem = Problem("line_too_long", f"more than {format_size(LINE_LIMIT_BYTES)}; split the record")
        rest = b""
        while data:
            end, state = pass_over(np.frombuffer(data, np.uint8), self._delimiter, self._settings.quotes, state)
            used = len(data) if end < 0 else end
            size, newlines, rest = size + used, newlines + data.count(b"\n", 0, used), data[used:]
            data = next(blocks, b"") if end < 0 else b""
        if state == IN_QUOTES:
            problem = Problem(
                _TOLD[OPEN_QUOTE][0], f"a quote is never closed: {format_size(size)} behind it are not read"
            )
        self._reject(0, 0, problem)
        self._offset += size
        self._lines = None if self._lines is None else self._lines + newlines
        return rest
