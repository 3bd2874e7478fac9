"""What a worker is busy with, in memory that it shares with its supervisor: legible when the worker has died.

Ranges count the documents of a task in the order in which the task meets them.
"""

import ctypes
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Protocol, cast

_STEP_BYTES = 128
_ORIGIN_BYTES = 16 << 10


@dataclass(frozen=True)
class Range:
    """Documents `first` to `stop` - 1 of a task."""

    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first

    def __str__(self) -> str:
        return f"document {self.first:,}" if len(self) == 1 else f"documents {self.first:,} to {self.stop - 1:,}"


class _Fields(ctypes.Structure):
    _fields_ = [
        ("search_first", ctypes.c_int64),
        ("search_stop", ctypes.c_int64),
        ("first", ctypes.c_int64),
        ("stop", ctypes.c_int64),
        ("step", ctypes.c_char * _STEP_BYTES),
        ("origin", ctypes.c_char * _ORIGIN_BYTES),
    ]


class _Shared(Protocol):
    """The fields, as they are read and written."""

    search_first: int
    search_stop: int
    first: int
    stop: int
    step: bytes
    origin: bytes


class Slate:
    """Written by the supervisor before a task (what to search), by the worker within it (where it is).

    A death leaves what was written last. It holds numbers and short words, so writing it costs no time, and it lies in
    shared memory, so it needs no file.
    """

    def __init__(self, shared: object) -> None:
        self._fields = cast(_Shared, shared)

    @staticmethod
    def allocate(context: BaseContext) -> object:
        """Return the memory of a slate, to be given to the process that writes it."""
        return cast(object, context.RawValue(_Fields))

    @property
    def search(self) -> Range | None:
        """Which documents the task is to work on, piece by piece, instead of its work."""
        fields = self._fields
        return Range(fields.search_first, fields.search_stop) if fields.search_stop else None

    @property
    def at(self) -> Range | None:
        """Which documents are being worked on; None while the task reads, writes or plans."""
        return Range(self._fields.first, self._fields.stop) if self._fields.stop else None

    @property
    def step(self) -> str:
        """The step that they are in, such as a rule's name."""
        return self._fields.step.decode("utf-8", "replace")

    @property
    def origin(self) -> bytes:
        """Where a single document comes from, as JSON; empty for more than one."""
        return self._fields.origin

    def begin(self, search: Range | None) -> None:
        """Wipe the slate for a task."""
        fields = self._fields
        fields.search_first, fields.search_stop = (search.first, search.stop) if search else (0, 0)
        self.leave()

    def meet(self, documents: Range, origin: bytes = b"") -> None:
        """Note that work begins on some documents."""
        fields = self._fields
        fields.step = b""
        fields.origin = origin[: _ORIGIN_BYTES - 1]
        fields.first = documents.first
        fields.stop = documents.stop  # last: it says that the others hold

    def enter(self, step: str) -> None:
        """Note the step that the documents are in."""
        self._fields.step = step.encode()[: _STEP_BYTES - 1]

    def leave(self) -> None:
        """Note that the documents are done."""
        self._fields.stop = 0
