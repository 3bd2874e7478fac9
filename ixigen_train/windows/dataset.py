"""A dataset as a training job sees it: its manifest, and windows by number."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import SETTLEMENT, Manifest, ShardRecord
from ixigen_train.windows.rows import Rows, row_type, rows_in
from ixigen_train.windows.shard_cache import ShardCache


@dataclass(frozen=True)
class WindowStream:
    """Windows of a dataset in the order in which they were written: for training, or of one hold-out."""

    shards: tuple[ShardRecord, ...]
    seq_len: int
    cache: ShardCache
    parts: int  # of the manifest: windows of any other are refused

    def __len__(self) -> int:
        return self._ends[-1] if self.shards else 0

    @cached_property
    def _ends(self) -> list[int]:
        """The first window behind each shard."""
        return list(accumulate(shard.windows for shard in self.shards))

    def read(self, windows: range) -> Rows:
        """Return consecutive windows, mapped where one shard holds them: (windows,) records of `row_type`, to be read.

        Raises:
            ShardError: there is no such window, or a shard is missing or damaged.
        """
        if windows.step != 1 or not 0 <= windows.start <= windows.stop <= len(self):
            raise ShardError(f"windows {windows.start:,} to {windows.stop - 1:,}: there are 0 to {len(self) - 1:,}")
        rows = list(self._rows(windows))
        if len(rows) == 1:
            return rows[0]
        return np.concatenate(rows) if rows else np.zeros(0, row_type(self.seq_len))

    def shards_of(self, windows: range) -> range:
        """Return the shards, by place, that hold consecutive windows."""
        places = [place for place, _ in self._pieces(windows)]
        return range(places[0], places[-1] + 1) if places else range(0)

    def _rows(self, windows: range) -> Iterator[Rows]:
        for place, rows in self._pieces(windows):
            shard = self.shards[place]
            found = rows_in(self.cache.data(shard), shard.windows, self.seq_len, shard.file)[rows]
            _check(found["part"], self.parts, shard.file)
            yield found

    def _pieces(self, windows: range) -> Iterator[tuple[int, slice]]:
        """Yield the place of each shard that holds some of the windows, and which of its own they are."""
        place = bisect_right(self._ends, windows.start)
        first = windows.start
        while first < windows.stop:
            begin = self._ends[place - 1] if place else 0
            stop = min(windows.stop, self._ends[place])
            yield place, slice(first - begin, stop - begin)
            first, place = stop, place + 1


def _check(parts: npt.NDArray[np.uint16], known: int, name: str) -> None:
    wrong = parts[(parts >= known) & (parts != SETTLEMENT)]
    if len(wrong):
        raise ShardError(f"{name}: has a window of part {int(wrong[0])}, but the manifest knows {known} parts")


def training_windows(manifest: Manifest, cache: ShardCache) -> WindowStream:
    """Return the training windows of a dataset."""
    return WindowStream(manifest.shards, manifest.seq_len, cache, len(manifest.parts))


def held_out_windows(manifest: Manifest, cache: ShardCache) -> dict[str, WindowStream]:
    """Return the hold-out windows of each part that has any, by path."""
    return {
        path: WindowStream(held.shards, manifest.seq_len, cache, len(manifest.parts))
        for path, held in manifest.eval.items()
        if held.shards
    }
