"""The bytes of an MDS shard: header, offsets, configuration, then windows of one fixed size.

Byte for byte what `streaming.MDSWriter` (mosaicml-streaming 0.13) writes for the same columns, size limit, hashes and
compression; shards/README.md draws it. Everything is little-endian.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import JsonValue

from ixigen_data.core.errors import ShardError
from ixigen_data.core.units import format_count
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.settings import ShardSettings

_COUNT_BYTES = 4  # number of windows, uint32
_OFFSET_BYTES = 4  # one offset a window, uint32, and one for the end
_BLOCK_BYTES = 2**20  # arranged, hashed and written while it is in the processor's cache


@dataclass(frozen=True)
class Layout:
    """How windows of `seq_len` tokens lie in a shard."""

    seq_len: int
    settings: ShardSettings

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """One window; the fields stand in the order of their names, as MDS sorts columns, without padding."""
        return np.dtype(
            [
                ("ends", "u1", (self.seq_len // 8,)),
                ("length", "<u4"),
                ("part", "<u2"),
                ("tokens", "<i4", (self.seq_len,)),
            ]
        )

    @property
    def columns(self) -> dict[str, str]:
        """The MDS encoding of every column."""
        return {
            "ends": f"ndarray:uint8:{self.seq_len // 8}",
            "length": "uint32",
            "part": "uint16",
            "tokens": f"ndarray:int32:{self.seq_len}",
        }

    @property
    def config(self) -> dict[str, JsonValue]:
        """What a shard and its entry in the index say of their format."""
        return {
            "column_encodings": list(self.columns.values()),
            "column_names": list(self.columns),
            "column_sizes": [self.dtype[name].itemsize for name in self.columns],
            "compression": self.settings.compression,
            "format": "mds",
            "hashes": list(self.settings.hashes),
            "size_limit": self.settings.size_limit,
            "version": 2,
        }

    @cached_property
    def config_data(self) -> bytes:
        """The configuration as it stands in a shard."""
        return json.dumps(self.config, sort_keys=True).encode()

    @cached_property
    def windows_per_shard(self) -> int:
        """How many windows fill a shard; every shard but the last has as many.

        Raises:
            ShardError: not one window fits `size_limit`.
        """
        room = self.settings.size_limit - self.shard_bytes(0)
        if room < self._window_bytes:
            raise ShardError(
                f"shards.size_limit: {format_count(self.settings.size_limit)} bytes hold no window of "
                f"{format_count(self.seq_len)} tokens; use {format_count(self.smallest_size_limit)} or more"
            )
        return room // self._window_bytes

    @property
    def smallest_size_limit(self) -> int:
        """The least `size_limit` in bytes that holds a window; its own digits stand in the header and count too."""
        rest = self.shard_bytes(1) - len(str(self.settings.size_limit))
        return next(rest + digits for digits in range(1, 12) if len(str(rest + digits)) <= digits)

    @property
    def _window_bytes(self) -> int:
        return self.dtype.itemsize + _OFFSET_BYTES

    def shard_bytes(self, windows: int) -> int:
        """Return the size of a raw shard of so many windows."""
        return _COUNT_BYTES + _OFFSET_BYTES + len(self.config_data) + windows * self._window_bytes

    def head(self, windows: int) -> bytes:
        """Return what stands before the windows: their number, the offset of each and of the end, the configuration."""
        start = self.shard_bytes(windows) - windows * self.dtype.itemsize
        offsets = start + np.arange(windows + 1, dtype=np.uint64) * np.uint64(self.dtype.itemsize)
        return np.uint32(windows).tobytes() + offsets.astype("<u4").tobytes() + self.config_data

    def body(self, windows: Windows) -> Iterator[memoryview]:
        """Yield the body of a shard: structured arrays of windows, as bytes. Each is overwritten by the next."""
        block = np.empty(max(1, _BLOCK_BYTES // self.dtype.itemsize), self.dtype)
        for first in range(0, len(windows), len(block)):
            stop = min(first + len(block), len(windows))
            for name in self.columns:
                block[name][: stop - first] = getattr(windows, name)[first:stop]
            yield block[: stop - first].view(np.uint8).data
