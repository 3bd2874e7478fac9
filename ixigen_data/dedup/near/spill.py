"""Records that are sorted into parts on the disk, so that only one part is in memory at a time."""

import os
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ixigen_data.core.files import is_local, local_path

_FILE_BACKED_BYTES = 256 * 2**20  # of an array that may leave memory when it is short


class Spill:
    """A temporary file without a name, so that nothing of it is left behind. A context."""

    def __init__(self, dtype: np.dtype[np.void], parts: int, folder: str) -> None:
        """`folder`: of the stage; where it is local, the file lies on its disk."""
        self.parts = parts
        self._dtype = dtype
        self._file = tempfile.TemporaryFile(dir=_disk_of(folder))  # noqa: SIM115 - closed by `__exit__`
        self._size_bytes = 0
        self._blocks: list[npt.NDArray[np.int64]] = []  # each (parts + 1,): where parts begin in the file, in bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        """Return how many records were added."""
        return self._size_bytes // self._dtype.itemsize

    def add(self, records: npt.NDArray[np.void], parts: npt.NDArray[np.integer]) -> None:
        """Append records, each to a part; within it they stay in order."""
        if len(parts) and (np.diff(parts) < 0).any():
            order = np.argsort(parts.astype(np.uint16 if self.parts <= 1 << 16 else np.int64), kind="stable")
            records, parts = records[order], parts[order]
        self._append(records, np.searchsorted(parts, np.arange(self.parts + 1)))

    def add_to(self, part: int, records: npt.NDArray[np.void]) -> None:
        """Append records to one part."""
        self._append(records, np.where(np.arange(self.parts + 1) <= part, 0, len(records)))

    def read(self, part: int) -> npt.NDArray[np.void]:
        """Return the records of a part, in the order in which they were added."""
        spans = [(int(block[part]), int(block[part + 1] - block[part])) for block in self._blocks]
        found = np.empty(sum(size for _, size in spans) // self._dtype.itemsize, self._dtype)
        buffer, filled = found.view(np.uint8).data, 0
        for first, size in spans:
            self._fill(buffer[filled : filled + size], first)
            filled += size
        return found

    def _append(self, records: npt.NDArray[np.void], borders: npt.NDArray[np.integer]) -> None:
        self._file.seek(self._size_bytes)
        self._file.write(np.ascontiguousarray(records).view(np.uint8).data)
        self._file.flush()
        self._blocks.append(self._size_bytes + borders.astype(np.int64) * self._dtype.itemsize)
        self._size_bytes += records.nbytes

    def _fill(self, buffer: memoryview, first: int) -> None:
        while len(buffer):
            count = os.preadv(self._file.fileno(), [buffer], first)
            buffer, first = buffer[count:], first + count


def scratch_array(shape: Sequence[int], dtype: npt.DTypeLike, folder: str) -> npt.NDArray[np.generic]:
    """Return an array of zeros; one that is large lies in a file, from where the system fetches what is used of it."""
    size_bytes = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size_bytes <= _FILE_BACKED_BYTES:
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile(dir=_disk_of(folder)) as file:
        file.truncate(size_bytes)
        return np.memmap(file, dtype, "r+", shape=tuple(shape))


def _disk_of(folder: str) -> str | None:
    return str(local_path(folder)) if is_local(folder) and local_path(folder).is_dir() else None
