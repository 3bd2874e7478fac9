"""Work on documents that may end the worker: watched, limited, and traced to one document where it does.

A stage passes its batches through a `Guard`. The guard notes which documents it gives out, allows the work on them so
much processor time and memory as no document of their size needs, and keeps back those that a decision names. Under a
supervisor that searches, it gives out pieces of the one batch in question instead, and the work on them comes to
nothing but their survival.
"""

import math
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from ixigen_data.core.documents import Int64s
from ixigen_data.core.files import join, size_of
from ixigen_data.engine.decisions import Decision, Origin, decisions_file, read_decisions
from ixigen_data.engine.slate import Range, Slate

# The slowest step that may ever see all text, a morphological analyser, takes 9 CPU-seconds for a MiB; the floor is
# for what a first call loads and compiles.
CPU_SECONDS = 120
CPU_SECONDS_PER_MIB = 60
MEMORY_BYTES = 4 << 30  # beyond what the worker has when the work begins; a batch of 8 MiB takes some 100 MB
WAYS = 32  # a search divides by this: one document of 32,768 is found in three deaths
_STATM = Path("/proc/self/statm")
_slate: Slate | None = None


class Searched(Exception):
    """A search has seen all that it was to look at: the task is neither done nor failed."""


def attend(slate: Slate) -> None:
    """Let this process's guards write on a slate, and limit their work; without one they do neither."""
    global _slate  # noqa: PLW0603 - one a process, as its limits are
    _slate = slate


class Rows(Protocol):
    """A batch of documents."""

    def __len__(self) -> int:
        """Return how many there are."""

    def take(self, rows: Int64s) -> Self:
        """Return some of them."""


_Batch = TypeVar("_Batch", bound=Rows)


@dataclass(frozen=True)
class Piece(Generic[_Batch]):
    """What a task works on next, and what of it was set aside before."""

    documents: _Batch
    aside: _Batch
    decisions: tuple[Decision, ...]  # one a document of `aside`


class Guard(Generic[_Batch]):
    """Guards the work of one task.

    Args:
        folder: the stage's.
        task: its number.
        origin_of: from a batch and a row to where the document comes from.
    """

    def __init__(self, folder: str, task: int, origin_of: Callable[[_Batch, int], Origin]) -> None:
        self.decisions = read_decisions(folder, task)
        self._folder = folder
        self._task = task
        self._origin_of = origin_of

    @property
    def files(self) -> dict[str, int]:
        """The size in bytes of the task's decisions by their file's name: they are among what the task depends on."""
        name = decisions_file(self._task)
        return {name: size_of(join(self._folder, name))} if self.decisions else {}

    def pieces(self, batches: Iterable[_Batch], bytes_of: Callable[[_Batch], int]) -> Iterator[Piece[_Batch]]:
        """Yield batches in order, without the documents that were set aside. Work on a piece is what the caller does
        before it asks for the next.

        Args:
            bytes_of: from a batch to the size of its text.

        Raises:
            Searched: the supervisor asked for a search, and it is over.
        """
        search = None if _slate is None else _slate.search
        first = 0
        for batch in batches:
            met = Range(first, first + len(batch))
            first = met.stop
            if search is None:
                yield from self._guarded(batch, met, met, bytes_of)
            else:
                for part in _parts(search, met):
                    yield from self._guarded(batch, met, part, bytes_of)
                if met.stop >= search.stop:
                    break
        if search is not None:
            raise Searched

    def documents(self, batches: Iterable[_Batch], bytes_of: Callable[[_Batch], int], step: str) -> Iterator[_Batch]:
        """Yield what `pieces` does for a task of one step, which counts by `decisions` what was set aside."""
        for piece in self.pieces(batches, bytes_of):
            self.enter(step)
            yield piece.documents

    def enter(self, step: str) -> None:
        """Note the step that the documents given out are in."""
        if _slate is not None:
            _slate.enter(step)

    def _guarded(
        self, batch: _Batch, met: Range, part: Range, bytes_of: Callable[[_Batch], int]
    ) -> Iterator[Piece[_Batch]]:
        named = tuple(each for each in self.decisions if part.first <= each.row < part.stop)
        if part == met and not named:
            piece = Piece(batch, batch.take(np.zeros(0, np.int64)), ())
        else:
            rows = np.array([each.row for each in named], np.int64)
            left = np.setdiff1d(np.arange(part.first, part.stop), rows)
            piece = Piece(batch.take(left - met.first), batch.take(rows - met.first), named)
        if _slate is None or not len(piece.documents):
            yield piece
            return
        origin = self._origin_of(batch, part.first - met.first).model_dump_json().encode() if len(part) == 1 else b""
        _slate.meet(part, origin)
        with _limited(bytes_of(piece.documents)):
            yield piece
        _slate.leave()


def _parts(search: Range, met: Range) -> Iterator[Range]:
    """Yield what of a batch is searched, in up to WAYS pieces."""
    first, stop = max(search.first, met.first), min(search.stop, met.stop)
    step = max(1, -(-len(search) // WAYS))
    for begin in range(first, stop, step):
        yield Range(begin, min(begin + step, stop))


@contextmanager
def _limited(size_bytes: int) -> Iterator[None]:
    """Let the kernel end this process when it works too long, and refuse it memory beyond what work may take.

    Both count work, not time: a slow, crowded or stopped machine changes neither.
    """
    seconds = CPU_SECONDS + math.ceil(size_bytes / 2**20 * CPU_SECONDS_PER_MIB)
    limits = {resource.RLIMIT_CPU: math.ceil(time.process_time()) + seconds}
    if _STATM.exists():
        limits[resource.RLIMIT_DATA] = int(_STATM.read_text().split()[5]) * resource.getpagesize() + MEMORY_BYTES
    before = {kind: resource.getrlimit(kind) for kind in limits}
    for kind, limit in limits.items():
        most = before[kind][1]
        resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
    try:
        yield
    finally:
        for kind, earlier in before.items():
            resource.setrlimit(kind, earlier)
