"""Long lines are given up without being held; everything else comes whole."""

import io
import tracemalloc
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from ixigen_data.sources.lines import LINE_LIMIT_BYTES, Block, line_blocks, lines_before
from ixigen_data.sources.spans import Span


def blocks(data: bytes, block_bytes: int, limit_bytes: int, span: Span | None = None) -> list[Block]:
    span = span or Span(file=0, url="x.jsonl", size_bytes=len(data))
    return list(line_blocks(io.BytesIO(data), span, block_bytes, limit_bytes))


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 5, 8, 100])
def test_a_long_line_is_a_problem_and_its_neighbours_are_whole(block_bytes: int) -> None:
    data = b"one\n" + b"x" * 9 + b"\ntwo\n" + b"y" * 8 + b"\nthree"
    found = blocks(data, block_bytes, 8)
    lines = [(block.offset, block.data) for block in found if block.problem is None]
    assert b"".join(line for _, line in lines) == b"one\ntwo\n" + b"y" * 8 + b"\nthree\n"
    assert all((data + b"\n")[offset : offset + len(line)] == line for offset, line in lines)
    assert [(block.offset, str(block.problem)) for block in found if block.problem] == [
        (4, "line_too_long: more than 8 B; split the record")
    ]


def test_a_long_last_line_is_a_problem_too() -> None:
    assert [block.offset for block in blocks(b"a\n" + b"x" * 50, 4, 8) if block.problem] == [2]


class Repeated(io.RawIOBase):
    """A gibibyte of one letter, made as it is read."""

    def __init__(self, size_bytes: int) -> None:
        self.left = size_bytes

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def test_a_line_of_a_gibibyte_is_never_held() -> None:
    span = Span(file=0, url="x.jsonl", size_bytes=2**30)
    tracemalloc.start()
    try:
        found = list(line_blocks(cast(BinaryIO, Repeated(2**30)), span, 2**23))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [str(block.problem) for block in found] == ["line_too_long: more than 64.0 MiB; split the record"]
    assert peak_bytes < LINE_LIMIT_BYTES + 4 * 2**23


def test_lines_are_counted_from_the_files_start(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"a\nbb\n\nc")
    assert [lines_before(str(path), offset) for offset in (0, 1, 2, 5, 6, 7)] == [0, 0, 1, 2, 3, 3]
    assert lines_before(str(path), 6, limit_bytes=5) is None
    assert lines_before("s3://bucket/a.jsonl", 6) is None
