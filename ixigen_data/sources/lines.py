"""Whole lines of a span, block by block, whatever a line's length."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ixigen_data.core.files import is_local
from ixigen_data.core.units import format_size
from ixigen_data.sources.archives import open_source
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import compression_of
from ixigen_data.sources.spans import Span

# A longer line is a fault: it has some twelve million tokens, and a worker must hold a line several times over.
LINE_LIMIT_BYTES = 64 * 2**20
# A line's number costs reading the file up to it; beyond this the offset must do, or faults cost more than data.
COUNTED_BYTES = 2**30
_BLOCK_BYTES = 2**22
_REST_BYTES = 2**16


@dataclass(frozen=True)
class Block:
    """Whole lines that begin at `offset`, each with its newline (the file's last too); or the problem found there."""

    offset: int
    data: bytes = b""
    problem: Problem | None = None


def line_blocks(stream: BinaryIO, span: Span, block_bytes: int, limit_bytes: int = LINE_LIMIT_BYTES) -> Iterator[Block]:
    """Yield the lines that a span owns, in order, in blocks of about `block_bytes`.

    A line longer than `limit_bytes` gives a block with a problem in its place, without being held whole. Where a
    compressed stream is cut or broken, the lines before are yielded, then one block with the problem at the first line
    that is not whole.
    """
    cutter = _Cutter(span.start, limit_bytes)
    try:
        for offset, data in _owned(_blocks(stream, span, block_bytes), span):
            yield from cutter.feed(offset, data)
    except Problem as problem:
        yield Block(cutter.offset, problem=problem)
        return
    yield from cutter.end()


def lines_before(url: str, offset: int, limit_bytes: int | None = COUNTED_BYTES) -> int | None:
    """Return how many lines end before `offset` of the decompressed stream; None where that costs too much to know."""
    if offset == 0:
        return 0
    if not is_local(url) or (limit_bytes is not None and offset > limit_bytes):
        return None
    count, left = 0, offset
    try:
        with open_source(url) as stream:
            for data in read_blocks(stream, url, _BLOCK_BYTES):
                count += data.count(b"\n", 0, left)
                left -= len(data)
                if left <= 0:
                    break
    except (Problem, OSError):
        return None  # the file is damaged before the span, or gone by now: no reason to lose the span
    return count


def _blocks(stream: BinaryIO, span: Span, block_bytes: int) -> Iterator[bytes]:
    if compression_of(span.url) is not None:
        stream.seek(span.seek)
        yield from read_blocks(stream, span.url, block_bytes)
        return
    stream.seek(span.start)
    left = None if span.stop is None else span.stop - span.start
    # Past the stop only the end of one line is wanted.
    while data := stream.read(block_bytes if left is None else min(block_bytes, left) if left > 0 else _REST_BYTES):
        yield data
        left = None if left is None else left - len(data)


def _owned(blocks: Iterator[bytes], span: Span) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, bytes) of the span's lines: from behind the first newline at or after `start`, or from the file's
    start, to the first newline at or after `stop`, or to the file's end."""
    position = span.start
    inside = span.start == 0
    for block in blocks:
        data = block
        offset = position
        position += len(data)
        end = -1 if span.stop is None else data.find(b"\n", max(0, span.stop - offset))
        if end >= 0:
            data = data[: end + 1]
        if not inside:
            begin = data.find(b"\n") + 1
            inside = begin > 0
            data = data[begin:] if inside else b""
            offset += begin
        if data:
            yield offset, data
        if end >= 0:
            return


class _Cutter:
    """Joins what a block's end cut; gives up lines that grow too long."""

    def __init__(self, offset: int, limit_bytes: int) -> None:
        self.offset = offset  # where the first line begins that is not yielded yet
        self._limit_bytes = limit_bytes
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._dropping = False  # inside a line that was given up

    def feed(self, offset: int, data: bytes) -> Iterator[Block]:
        """Take the bytes that follow and yield the lines they complete."""
        if not self._pending_bytes:
            self.offset = offset
        cut = data.rfind(b"\n") + 1
        if cut:
            yield from self._complete(data[:cut])
        self._hold(data[cut:])
        if self._pending_bytes > self._limit_bytes:
            if not self._dropping:
                yield Block(self.offset, problem=self._too_long())
            self._dropping = True
            self._pending.clear()

    def end(self) -> Iterator[Block]:
        """Yield the last line, where no newline ends it."""
        if self._pending_bytes and not self._dropping:
            yield Block(self.offset, b"".join(self._pending) + b"\n")

    def _hold(self, data: bytes) -> None:
        if data:
            self._pending_bytes += len(data)
            if not self._dropping:
                self._pending.append(data)

    def _complete(self, data: bytes) -> Iterator[Block]:
        if self._dropping:
            begin = data.find(b"\n") + 1
            self.offset += self._pending_bytes + begin
            data = data[begin:]
        elif self._pending:
            data = b"".join([*self._pending, data])
        self._pending, self._pending_bytes, self._dropping = [], 0, False
        yield from self._within_limit(data)
        self.offset += len(data)

    def _within_limit(self, data: bytes) -> Iterator[Block]:
        if not data:
            return
        if len(data) <= self._limit_bytes:
            yield Block(self.offset, data)
            return
        done = at = 0
        while at < len(data):
            end = data.find(b"\n", at) + 1
            if end - 1 - at > self._limit_bytes:
                if done < at:
                    yield Block(self.offset + done, data[done:at])
                yield Block(self.offset + at, problem=self._too_long())
                done = end
            at = end
        if done < len(data):
            yield Block(self.offset + done, data[done:])

    def _too_long(self) -> Problem:
        return Problem("line_too_long", f"more than {format_size(self._limit_bytes)}; split the record")
