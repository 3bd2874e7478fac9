"""Where the record batches of an Arrow IPC file lie, from its footer, without reading what they hold.

pyarrow tells how many there are, not how large; so the few numbers are read from the flatbuffers themselves. Source of
the layout: the Arrow columnar format, "IPC File Format", and its File.fbs and Message.fbs.
"""

import struct
from typing import BinaryIO, NamedTuple

_MAGIC = b"ARROW1"
_TAIL = struct.Struct("<i6s")
_BLOCK = struct.Struct("<qi4xq")  # offset, length of the metadata, length of the body
_RECORD_BATCHES, _HEADER, _LENGTH = 3, 2, 0  # fields of Footer, Message, RecordBatch
_CONTINUES = b"\xff\xff\xff\xff"


class Batch(NamedTuple):
    """One record batch: its rows, and its bytes in the file."""

    rows: int
    size_bytes: int


def batch_index(stream: BinaryIO) -> list[Batch]:
    """Return the record batches of a file in order; empty for a stream, and where the file is damaged."""
    try:
        return _batches(stream)
    except (struct.error, ValueError, IndexError, OverflowError):
        return []  # whoever reads it tells


def _batches(stream: BinaryIO) -> list[Batch]:
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _TAIL.size))
    size, magic = _TAIL.unpack(stream.read())
    if magic != _MAGIC or not 0 < size < end:
        return []
    stream.seek(end - _TAIL.size - size)
    footer = stream.read(size)
    (root,) = struct.unpack_from("<I", footer)
    place = _field(footer, root, _RECORD_BATCHES)
    if place is None:
        return []
    vector = place + struct.unpack_from("<I", footer, place)[0]
    (count,) = struct.unpack_from("<I", footer, vector)
    blocks = [_BLOCK.unpack_from(footer, vector + 4 + _BLOCK.size * number) for number in range(count)]
    return [Batch(_rows(stream, offset, meta), meta + body) for offset, meta, body in blocks]


def _rows(stream: BinaryIO, offset: int, size: int) -> int:
    stream.seek(offset)
    message = stream.read(size)
    message = message[8 if message.startswith(_CONTINUES) else 4 :]
    (root,) = struct.unpack_from("<I", message)
    header = _field(message, root, _HEADER)
    if header is None:
        raise ValueError("a message without header")
    length = _field(message, header + struct.unpack_from("<I", message, header)[0], _LENGTH)
    return 0 if length is None else int(struct.unpack_from("<q", message, length)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Return where a field of a flatbuffer's table stands; None where the table leaves it out."""
    vtable = table - int(struct.unpack_from("<i", data, table)[0])
    (size,) = struct.unpack_from("<H", data, vtable)
    entry = 4 + 2 * number
    if entry >= size:
        return None
    (offset,) = struct.unpack_from("<H", data, vtable + entry)
    return table + int(offset) if offset else None
