"""Members read by their place: the same bytes as by the index, and nothing where anything is unusual."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import BinaryIO, cast

import pytest

from ixigen_data.sources.small_members import read_small

TEXT = "몬 소리야 70% 확률이라니".encode("cp949")


class _Pipe(io.RawIOBase):
    """A file that cannot be gone back in: sizes and sums then stand behind the member."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += memoryview(cast(bytes, data))
        return len(memoryview(cast(bytes, data)))


def archive_of(*names: str, method: int = zipfile.ZIP_DEFLATED, piped: bool = False) -> bytes:
    plain, pipe = io.BytesIO(), _Pipe()
    with zipfile.ZipFile(cast(BinaryIO, pipe if piped else plain), "w", method) as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return bytes(pipe.data) if piped else plain.getvalue()


def read(data: bytes, name: str, limit: int = 1000) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.infolist()[-1]
    return read_small(io.BytesIO(data), name, info.header_offset, info.compress_size, limit)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("name", ["a/b.txt", "한글/파일.txt"])
def test_a_member_by_its_place(method: int, piped: bool, name: str) -> None:
    data = archive_of("first.txt", name, method=method, piped=piped)
    assert read(data, name) == TEXT
    assert read(data, name, limit=len(TEXT) - 1) is None


def test_names_in_cp949() -> None:
    assert read(archive_of("XXXX.txt").replace(b"XXXX", "한글".encode("cp949")), "한글.txt") == TEXT


def damaged(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: damaged(data, 0, 0),  # no header
        lambda data: damaged(data, 6, 1),  # encrypted
        lambda data: damaged(data, 8, 12),  # another method
        lambda data: damaged(data, 14, data[14] ^ 1),  # another sum
        lambda data: damaged(data, 35, 0xFF),  # no stream
        lambda data: data[:33],
        lambda data: data[:5],
    ],
)
def test_what_is_unusual_is_left_to_the_index(damage: Damage) -> None:
    data = archive_of("a.txt")
    size = struct.unpack_from("<L", data, 18)[0]
    assert read_small(io.BytesIO(data), "a.txt", 0, size, 1000) == TEXT
    assert read_small(io.BytesIO(data), "b.txt", 0, size, 1000) is None
    assert read_small(io.BytesIO(damage(data)), "a.txt", 0, size, 1000) is None


def test_a_bomb_is_not_unpacked() -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", bytes(20 * 2**20))
    assert read(plain.getvalue(), "bomb.txt", limit=2**20) is None
