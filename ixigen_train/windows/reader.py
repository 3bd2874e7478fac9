"""Batches of one rank, made ready ahead of their steps by threads."""

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Self

from ixigen_data.core.errors import IxigenError
from ixigen_train.windows.batch import Batch
from ixigen_train.windows.course import Course

_SHARDS_AHEAD = 2  # fetched beyond those of the steps that are being made ready


@dataclass(frozen=True)
class Seat:
    """One of the ranks of a run."""

    rank: int
    ranks: int


class Reader:
    """The batches of a rank from a step to the end of the course, in order; an iterator.

    Two threads work ahead of it: one makes the next `ahead` batches, the other brings shards to the local disk. Both
    end with the reader, whether it is closed, dropped, or left at the end of the process.
    """

    def __init__(self, course: Course, seat: Seat, first_step: int = 0, ahead: int = 2) -> None:
        """`ahead`: batches kept ready at most; each takes 26 bytes a token.

        Raises:
            IxigenError: there is no such step, or the batch cannot be divided among the ranks.
        """
        if not 0 <= first_step <= course.steps:
            raise IxigenError(f"step {first_step:,}: the course has steps 0 to {course.steps:,}")
        if first_step < course.steps:
            course.share(first_step, seat.rank, seat.ranks)
        self.step = first_step  # of the next batch
        self.wait_seconds = 0.0  # that the caller has waited for batches, in all
        self._line = _Line(course, seat, first_step, ahead)
        # A reader that is dropped ends its threads, which therefore hold the line and not the reader.
        self._end = weakref.finalize(self, self._line.end)
        for work in (_make_batches, _fetch_shards):
            threading.Thread(target=work, args=(self._line,), name=f"ixigen{work.__name__}", daemon=True).start()

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads; one that waits for a store ends when it has its answer. There are no more batches."""
        self._end()

    def __next__(self) -> Batch:
        """Return the batch of `step`, and go on to the next.

        Raises:
            ShardError: a shard of this step is missing, damaged, or not the one that the manifest names.
            IxigenError: the reader was closed, or made in another process.
        """
        if os.getpid() != self._line.process:
            raise IxigenError("this reader belongs to another process, and its threads with it; make one here")
        if self.step == self._line.course.steps:
            self.close()
            raise StopIteration
        if not self._end.alive:
            raise IxigenError(f"this reader was closed before step {self.step:,}; make another from there")
        begun = time.perf_counter()
        made = self._line.made.get()
        self.wait_seconds += time.perf_counter() - begun
        if isinstance(made, BaseException):
            self.close()
            raise made
        self.step += 1
        self._line.taken()
        return made


@dataclass
class _Line:
    """What a reader and its threads share."""

    course: Course
    seat: Seat
    first_step: int
    ahead: int
    made: "SimpleQueue[Batch | BaseException]" = field(default_factory=SimpleQueue)
    process: int = field(default_factory=os.getpid)
    step: int = 0  # the next to be taken
    ended: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.step = self.first_step

    def taken(self) -> None:
        with self.changed:
            self.step += 1
            self.changed.notify_all()

    def end(self) -> None:
        if os.getpid() != self.process:
            return  # a fork has none of the threads, but perhaps a lock that one of them held
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        self.made.put(IxigenError("this reader was closed"))  # to whoever waits for a batch now

    def wait_for(self, step: int) -> bool:
        """Wait until a step is less than `ahead` steps away; return False where the reader has ended."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or step < self.step + self.ahead)
            return not self.ended


def _make_batches(line: _Line) -> None:
    """Make one batch after the other, until there is an error, which then takes the place of a batch."""
    for step in range(line.first_step, line.course.steps):
        if not line.wait_for(step):
            return
        try:
            line.made.put(line.course.batch(step, line.seat.rank, line.seat.ranks))
        except BaseException as error:  # the reader raises it where its step would be trained
            line.made.put(error)
            return


def _fetch_shards(line: _Line) -> None:
    """Fetch the shards of the steps that are being made ready, and a few more."""
    begun = deque([line.first_step], maxlen=_SHARDS_AHEAD + 1)  # first steps of the last shards
    for step, stretch, shard in _shards_in_order(line):
        begun.append(step)
        if not line.wait_for(begun[0]):
            return
        with suppress(Exception):  # who reads the shard will meet the same, at its step
            line.course.fetch(stretch, shard)


def _shards_in_order(line: _Line) -> Iterator[tuple[int, int, int]]:
    """Yield each shard that the rank needs: the first step of it, its stretch, its place."""
    last = (-1, -1)
    for step in range(line.first_step, line.course.steps):
        share = line.course.share(step, line.seat.rank, line.seat.ranks)
        for shard in line.course.shards_of(share):
            if (share.stretch, shard) > last:
                last = share.stretch, shard
                yield step, *last
