"""A folder of fetched files that all ranks of a machine share, within a limit of bytes."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import remove_partial, write_bytes

Bytes = npt.NDArray[np.uint8]
_KEPT: Final = re.compile(r"[0-9a-f]{32}\.mds")  # nothing else in the folder is ever counted or removed
_LOCKS: Final = 64  # lock files: fetches that may go on side by side


class SharedFolder:
    """Files by digest. Any number of processes read, write and make room in it at the same time.

    What one process has mapped stays readable when another removes it; its space on the disk is free when it is let go.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self.limit_bytes = limit_bytes

    def mapped(self, digest: str) -> Bytes | None:
        """Return a file that lies here, which is then the one used last; None where it does not."""
        path = self._path(digest)
        try:
            data = mapped(path)
            _touch(path)
        except FileNotFoundError:  # perhaps removed by another process just now
            return None
        return data

    def keep(self, digest: str, data: Bytes) -> Bytes:
        """Write a file, the ones used longest ago making room for it, and return it as mapped.

        A file beyond the limit by itself, and one that the disk has no room for, stays in memory.
        """
        if len(data) > self.limit_bytes:
            return data
        try:
            with self._lock("room"):
                self._make_room(len(data), digest)
                write_bytes(str(self._path(digest)), data.data)
                _touch(self._path(digest))
                return mapped(self._path(digest))
        except OSError:
            return data

    @contextmanager
    def one_at_a_time(self, digest: str) -> Iterator[None]:
        """Let one thread of all processes fetch a file while the others wait for it."""
        with self._lock(f"{int(digest, 16) % _LOCKS:02}"):
            yield

    def _make_room(self, size_bytes: int, digest: str) -> None:
        # Files are written under this lock alone: unfinished ones are those of a process that was killed.
        remove_partial(str(self._folder))
        found = []
        for entry in os.scandir(self._folder):
            if _KEPT.fullmatch(entry.name) and entry.name != self._path(digest).name:
                status = entry.stat()
                found.append((status.st_mtime_ns, status.st_size, entry.path))
        excess = sum(size for _, size, _ in found) + size_bytes - self.limit_bytes
        for _, size, path in sorted(found):
            if excess <= 0:
                return
            os.unlink(path)
            excess -= size

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """Hold a lock that the kernel lets go of when its process dies."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = (self._folder / f".lock-{name}").open("wb")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise ShardError(
                f"{self._folder}: {error.strerror}; data.cache needs a local folder that every rank can write to"
            ) from None
        with file:
            yield

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.mds"


def _touch(path: Path) -> None:
    """Make a file the one used last; to the nanosecond, as file systems round their own times to a few milliseconds."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def mapped(path: Path) -> Bytes:
    """Return a file's bytes, mapped.

    Raises:
        FileNotFoundError: there is no such file.
    """
    # An empty file cannot be mapped.
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(0, np.uint8)
