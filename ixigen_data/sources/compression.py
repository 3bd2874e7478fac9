"""Streams of decompressed bytes, with a check that the last frame is whole.

zstandard's own stream reader ends quietly where a file is cut, so frames are read one by one here.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import compression_of

WINDOW_BYTES = 128 * 2**20  # the largest zstd window that is read: what `zstd --long=27` writes
_PIECE = 2**20
_INPUT = 2**18
# One zstd block of 4 bytes can stand for 128 KiB, so 4 KiB of hostile input make at most 128 MiB in one call.
_ZSTD_INPUT = 4096
_UNKNOWN_SIZE = 2**64 - 1
_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
_HEADER_BYTES = 18  # the longest frame header


@dataclass(frozen=True)
class Frame:
    """One zstd frame: where it begins in the file, its size there, and how many bytes it holds."""

    start: int
    size_bytes: int
    content_bytes: int


def read_blocks(stream: BinaryIO, url: str, block_bytes: int) -> Iterator[bytes]:
    """Yield the decompressed bytes of a stream from where it stands, in blocks of about `block_bytes`.

    All bytes before a cut or a broken place are yielded before the exception.

    Raises:
        Problem: the compressed file is cut ("file_truncated") or is not what its name says ("file_broken").
    """
    compression = compression_of(url)
    if compression is None:
        while block := stream.read(block_bytes):
            yield block
        return
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _gunzip(stream) if compression == "gz" else _unzstd(stream):
            pieces.append(piece)
            size += len(piece)
            if size >= block_bytes:
                yield b"".join(pieces)
                pieces, size = [], 0
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        if size:
            yield b"".join(pieces)
        raise _problem(error) from error
    if size:
        yield b"".join(pieces)


def _problem(error: Exception) -> Problem:
    if isinstance(error, EOFError):
        return Problem("file_truncated", "the compressed stream ends before its end mark")
    if "requires too much memory" in str(error):
        return Problem("file_broken", "its zstd window is larger than 128 MiB; compress it with --long=27 or less")
    return Problem("file_broken", f"the compressed stream is damaged: {error}")


def _gunzip(stream: BinaryIO) -> Iterator[bytes]:
    data = stream.read(_INPUT)
    if not data:
        raise EOFError
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            data = data or stream.read(_INPUT)
            if not data:
                raise EOFError
            yield member.decompress(data, _PIECE)
            data = member.unconsumed_tail
        # Zeros may pad the end of a member (tapes did so); more members may follow.
        data = member.unused_data.lstrip(b"\0")
        while not data and (data := stream.read(_INPUT)):
            data = data.lstrip(b"\0")


def _unzstd(stream: BinaryIO) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
    data = stream.read(_ZSTD_INPUT)
    if not data:
        raise EOFError
    while data:
        frame = decompressor.decompressobj()
        while not frame.eof:
            data = data or stream.read(_ZSTD_INPUT)
            if not data:
                raise EOFError
            yield frame.decompress(data)
            data = b""
        data = frame.unused_data or stream.read(_ZSTD_INPUT)


def zstd_frames(stream: BinaryIO) -> list[Frame]:
    """Return the frames of a zstd file, found by walking block headers without decompressing.

    Empty where the file is damaged or a frame does not tell its size: such a file is read whole. Skippable frames are
    passed over. Source of the layout: RFC 8878, section 3.
    """
    frames: list[Frame] = []
    while True:
        start = stream.tell()
        header = stream.read(_HEADER_BYTES)
        if not header:
            return frames
        if header[1:4] == b"\x2a\x4d\x18" and header[0] >> 4 == 5:
            stream.seek(start + 8 + int.from_bytes(header[4:8], "little"))
            continue
        frame = _frame_at(stream, start, header)
        if frame is None:
            return []
        frames.append(frame)


def _frame_at(stream: BinaryIO, start: int, header: bytes) -> Frame | None:
    if header[:4] != _FRAME_MAGIC:
        return None
    try:
        parameters = zstandard.get_frame_parameters(header)
        stream.seek(start + zstandard.frame_header_size(header))
    except zstandard.ZstdError:
        return None
    last = False
    while not last:
        block = stream.read(3)
        if len(block) < 3:
            return None
        word = int.from_bytes(block, "little")
        last = bool(word & 1)
        repeated = (word >> 1) & 3 == 1  # one byte stands for the whole block
        stream.seek(1 if repeated else word >> 3, 1)
    if parameters.has_checksum:
        stream.seek(4, 1)
    if parameters.content_size == _UNKNOWN_SIZE:
        return None
    return Frame(start, stream.tell() - start, parameters.content_size)
