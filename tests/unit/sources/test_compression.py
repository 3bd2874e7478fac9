"""Compressed sources: cut, damaged, in several frames, with large windows."""

import gzip
import io

import pytest
import zstandard

from ixigen_data.sources.compression import read_blocks, zstd_frames
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, Writing

RECORDS = [{"text": f"문서 {number} " + "가나다라" * (number % 50)} for number in range(2000)]
SKIPPABLE = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"


def compressed(data: bytes, name: str) -> bytes:
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    return gzip.compress(data, mtime=0) if name.endswith("gz") else zstd.compress(data)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_documents_and_offsets_are_those_of_the_plain_file(source: Writing, reading: Reading, name: str) -> None:
    plain = source("a.jsonl", RECORDS)
    expected, _ = reading(SourceSettings(path=str(plain)))
    path = source(name, compressed(plain.read_bytes(), name))
    rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=10_000)
    assert [row[1:] for row in rows] == [row[1:] for row in expected]
    assert faults.count == 0


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
@pytest.mark.parametrize("kept", [0.0, 0.0002, 0.3, 0.9, 0.9999])
def test_a_cut_file_gives_the_lines_before_the_cut_and_one_fault(
    source: Writing, reading: Reading, name: str, kept: float
) -> None:
    whole = compressed(source("plain.jsonl", RECORDS).read_bytes(), name)
    source("whole.jsonl", RECORDS[:1])  # a file of size 0 alone would be an empty source
    cut = source(name, whole[: int(len(whole) * kept)])
    rows, faults = reading(SourceSettings(path=(str(cut), str(cut.parent / "whole.jsonl"))))
    texts = [row[1] for row in rows if row[2] == 0]
    assert texts == [record["text"] for record in RECORDS[: len(texts)]]
    assert faults.reasons == {"file_truncated": 1}
    assert faults.kept[0].line == len(texts) + 1


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_damaged_file_is_one_fault(source: Writing, reading: Reading, name: str) -> None:
    data = bytearray(compressed(source("plain.jsonl", RECORDS).read_bytes(), name))
    data[len(data) // 2] ^= 0xFF
    _, faults = reading(SourceSettings(path=str(source(name, bytes(data)))))
    assert "file_broken" in faults.reasons


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_file_that_is_not_what_its_name_says_is_one_fault(source: Writing, reading: Reading, name: str) -> None:
    rows, faults = reading(SourceSettings(path=str(source(name, RECORDS))))
    assert (rows, faults.reasons) == ([], {"file_broken": 1})


def test_members_of_gzip_and_frames_of_zstd_follow_one_another(source: Writing, reading: Reading) -> None:
    first, second = b'{"text": "a"}\n{"te', b'xt": "b"}\n'
    gz = source("a.jsonl.gz", gzip.compress(first) + b"\0" * 600_000 + gzip.compress(second) + b"\0\0")
    frames = zstandard.compress(first), SKIPPABLE, zstandard.compress(b""), zstandard.compress(second)
    zst = source("b.jsonl.zst", b"".join(frames))
    rows, faults = reading(SourceSettings(path=(str(gz), str(zst))))
    assert [row[1] for row in rows] == ["a", "b", "a", "b"]
    assert faults.count == 0


def window(window_log: int, data: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log, enable_ldm=True)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return stream.compress(data) + stream.flush()


def test_windows_of_128_mib_are_read_and_larger_ones_refused_with_advice() -> None:
    assert b"".join(read_blocks(io.BytesIO(window(27, b"abc" * 1000)), "a.zst", 100)) == b"abc" * 1000
    with pytest.raises(Problem, match="its zstd window is larger than 128 MiB; compress it with --long=27 or less"):
        list(read_blocks(io.BytesIO(window(28, b"abc")), "a.zst", 100))


def test_frames_are_found_without_decompressing() -> None:
    parts = [b"x" * 300_000, b"", bytes(range(256)) * 1000]
    packed = [zstandard.ZstdCompressor(write_checksum=bool(number)).compress(part) for number, part in enumerate(parts)]
    frames = zstd_frames(io.BytesIO(SKIPPABLE + packed[0] + packed[1] + SKIPPABLE + packed[2]))
    assert [frame.content_bytes for frame in frames] == [len(part) for part in parts]
    assert [frame.size_bytes for frame in frames] == [len(part) for part in packed]
    assert frames[0].start == len(SKIPPABLE)
    assert zstd_frames(io.BytesIO(packed[0][:-3])) == []
    assert zstd_frames(io.BytesIO(window(20, b"size unknown"))) == []
    assert zstd_frames(io.BytesIO(b"no zstd at all, not at all")) == []


def test_several_frames_are_several_tasks_with_the_documents_of_one(source: Writing, reading: Reading) -> None:
    data = source("plain.jsonl", RECORDS).read_bytes()
    # Frames end within lines and characters.
    pieces = [data[start : start + 7001] for start in range(0, len(data), 7001)]
    path = source("a.jsonl.zst", SKIPPABLE + SKIPPABLE.join(zstandard.compress(piece) for piece in pieces))
    settings = SourceSettings(path=str(path))
    size_bytes = path.stat().st_size
    tasks = plan_spans(list_files("calls", settings), settings, size_bytes // 5)
    assert len(tasks) >= 5
    expected, _ = reading(SourceSettings(path=str(path.parent / "plain.jsonl")))
    rows, faults = reading(settings, task_bytes=size_bytes // 5, batch_bytes=500)
    assert [row[1:] for row in rows] == [row[1:] for row in expected]
    assert faults.count == 0


def test_a_bomb_is_read_in_bounded_pieces() -> None:
    bomb = zstandard.compress(b"\0" * 2**27, 1)
    assert max(len(block) for block in read_blocks(io.BytesIO(bomb), "a.zst", 2**20)) <= 2**27 + 2**20
    assert max(len(block) for block in read_blocks(io.BytesIO(gzip.compress(b"\0" * 2**24)), "a.gz", 2**20)) <= 2**21


def test_damage_in_one_frame_leaves_the_spans_of_the_others_whole(source: Writing, reading: Reading) -> None:
    frames = [zstandard.ZstdCompressor(write_checksum=True).compress(b'{"text": "a"}\n' * 500) for _ in range(4)]
    frames[-1] = zstandard.ZstdCompressor(write_checksum=True).compress(b'{"text": "a"}\n' * 499 + b"{\n")
    frames[1] = frames[1][:-1] + bytes([frames[1][-1] ^ 1])
    path = source("a.jsonl.zst", b"".join(frames))
    rows, faults = reading(SourceSettings(path=str(path)), task_bytes=len(frames[0]))
    assert len(rows) >= 500 + 499 + 499
    # Told twice: the line that begins at the border belongs to the span before it.
    assert faults.reasons == {"file_broken": 2, "json_broken": 1}
    assert faults.kept[-1].line is None
