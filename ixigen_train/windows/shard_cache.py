"""Raw shards on the local disk: fetched once, verified by digest, within a limit."""

import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np
import zstandard

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import is_local, join, local_path, without_secrets
from ixigen_data.shards.manifest import ShardRecord
from ixigen_train.windows.fetching import Sleep, fetched, other_bytes
from ixigen_train.windows.shared_folder import Bytes, SharedFolder, mapped

NO_LIMIT: Final = 1 << 62
_SPARE: Final = 4  # shards that a folder must have room for: below that, those ahead would drive out the one in use
_OPEN: Final = 3  # shards that stay open: a step ends in one and begins in the next, beside it a hold-out is read


class ShardCache:
    """The shards of a dataset. Those on the local disk are mapped where they lie, others are fetched.

    Every shard is verified each time it is opened: a file damaged in the folder is fetched again. Threads may share it.
    """

    def __init__(
        self, url: str, folder: Path | None = None, limit_bytes: int = NO_LIMIT, sleep: Sleep = time.sleep
    ) -> None:
        """Open a dataset.

        Args:
            url: of the dataset.
            folder: where fetched shards are kept, for all datasets and ranks of the machine; None: in memory, the last
                few alone.
            limit_bytes: of all shards in the folder; those used longest ago go first.
            sleep: waits before another try.
        """
        self._url = url
        self._folder = None if folder is None else SharedFolder(folder, limit_bytes)
        self._sleep = sleep
        self._open: OrderedDict[str, Bytes] = OrderedDict()  # by digest, the last used behind
        self._guard = threading.Lock()

    def data(self, shard: ShardRecord) -> Bytes:
        """Return the raw bytes of a shard, mapped where they are on the disk.

        Raises:
            ShardError: the shard is missing, cannot be reached, or is not the one that the manifest names, even when it
                is fetched again.
        """
        digest = shard.digests["xxh3_128"]
        with self._guard:
            if digest in self._open:
                self._open.move_to_end(digest)
                return self._open[digest]
        data = self._opened(shard)
        with self._guard:
            self._open[digest] = data
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return data

    def fetch(self, shard: ShardRecord) -> None:
        """Bring a shard into the folder, ahead of its use. Raises as `data`.

        Nothing happens where the shard lies ready, or the folder has no room to spare.
        """
        if self._folder is None or self._lies_ready(shard):
            return
        if _SPARE * shard.bytes <= self._folder.limit_bytes:
            self._from_folder(shard, self._folder)

    def _opened(self, shard: ShardRecord) -> Bytes:
        if self._lies_ready(shard):
            return self._at_home(shard)
        return self._fetched(shard) if self._folder is None else self._from_folder(shard, self._folder)

    def _lies_ready(self, shard: ShardRecord) -> bool:
        return is_local(self._url) and shard.stored is None

    def _at_home(self, shard: ShardRecord) -> Bytes:
        path = local_path(join(self._url, shard.file))
        try:
            data = mapped(path)
        except FileNotFoundError:
            raise ShardError(f"{path}: no such shard, but the manifest names it") from None
        return self._verified(shard, data)

    def _from_folder(self, shard: ShardRecord, folder: SharedFolder) -> Bytes:
        digest = shard.digests["xxh3_128"]
        with folder.one_at_a_time(digest):
            data = folder.mapped(digest)
            if data is not None and digest_bytes(data.data) == digest:
                return data
            return folder.keep(digest, self._fetched(shard))

    def _fetched(self, shard: ShardRecord) -> Bytes:
        """Return a shard from where it is stored."""
        data = fetched(self._url, shard.stored or shard, self._sleep)
        if shard.stored is None:
            return np.frombuffer(data, np.uint8)
        try:
            data = zstandard.ZstdDecompressor().decompress(data, max_output_size=shard.bytes)
        except zstandard.ZstdError as error:
            raise ShardError(f"{without_secrets(join(self._url, shard.stored.file))}: {error}") from None
        return self._verified(shard, np.frombuffer(data, np.uint8))

    def _verified(self, shard: ShardRecord, data: Bytes) -> Bytes:
        if digest_bytes(data.data) != shard.digests["xxh3_128"]:
            told = other_bytes(without_secrets(join(self._url, shard.file)), shard, data.data)
            raise ShardError(f"{told}; `ixigen-data verify` says what is wrong")
        return data
