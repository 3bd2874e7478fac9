"""Raw shards on the local disk: fetched once, verified by digest, within a limit."""

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import xxhash
import zstandard

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import is_local, join, local_path, read_bytes, without_secrets, write_bytes
from ixigen_data.shards.manifest import ShardRecord

Bytes = npt.NDArray[np.uint8]
Sleep = Callable[[float], None]
_WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before another try: half a minute in all


class ShardCache:
    """The shards of a dataset. Those on the local disk are mapped where they lie, others are fetched."""

    def __init__(
        self, url: str, folder: Path | None = None, limit_bytes: int = 1 << 40, sleep: Sleep = time.sleep
    ) -> None:
        """`folder`: where fetched shards are kept, up to `limit_bytes` of them, the oldest going first."""
        self._url = url
        self._folder = folder
        self._limit = limit_bytes
        self._sleep = sleep
        self._kept: OrderedDict[str, int] = OrderedDict()  # bytes of the files in the folder, by name
        self._verified: set[str] = set()

    def data(self, shard: ShardRecord) -> Bytes:
        """Return the raw bytes of a shard, mapped where they are on the disk.

        Raises:
            ShardError: the shard is missing, cannot be reached, or is not the one that the manifest names, even when it
                is fetched again.
        """
        if is_local(self._url) and shard.stored is None:
            return self._verify_once(shard, _mapped(self._at_home(shard), shard.bytes))
        if self._folder is None:
            return self._fetched(shard)
        path = self._folder / shard.file.replace("/", "-")
        if path.exists() and path.stat().st_size == shard.bytes and self._is_right(shard, _mapped(path, shard.bytes)):
            self._kept.move_to_end(path.name) if path.name in self._kept else self._make_room(path.name, shard.bytes)
            return _mapped(path, shard.bytes)
        self._make_room(path.name, shard.bytes)
        write_bytes(str(path), self._fetched(shard).data)
        self._verified.add(shard.file)
        return _mapped(path, shard.bytes)

    def _at_home(self, shard: ShardRecord) -> Path:
        path = local_path(join(self._url, shard.file))
        if not path.exists() or path.stat().st_size != shard.bytes:
            found = f"{path.stat().st_size:,} bytes" if path.exists() else "no such file"
            raise ShardError(
                f"{path}: expected {shard.bytes:,} bytes, {found}; `ixigen-data verify` says what is wrong"
            )
        return path

    def _verify_once(self, shard: ShardRecord, data: Bytes) -> Bytes:
        if not self._is_right(shard, data):
            raise ShardError(_other_bytes(without_secrets(join(self._url, shard.file)), shard, data))
        return data

    def _is_right(self, shard: ShardRecord, data: Bytes) -> bool:
        if shard.file not in self._verified and _digest(data) == shard.digests["xxh3_128"]:
            self._verified.add(shard.file)
        return shard.file in self._verified

    def _fetched(self, shard: ShardRecord) -> Bytes:
        """Return a shard from where it is stored; damage on the way, and a store that is down, get more tries."""
        file = shard.file if shard.stored is None else shard.stored.file
        place = without_secrets(join(self._url, file))
        told = ""
        for wait in (*_WAITS, None):
            try:
                data = self._raw(shard, read_bytes(join(self._url, file)))
            except FileNotFoundError:
                raise ShardError(f"{place}: no such shard, but the manifest names it") from None
            except (OSError, zstandard.ZstdError) as error:
                told = f"{place}: {error}"
            else:
                if _digest(data) == shard.digests["xxh3_128"]:
                    return data
                told = _other_bytes(place, shard, data)
            if wait is not None:
                self._sleep(wait)
        raise ShardError(f"{told}; tried {len(_WAITS) + 1} times")

    def _raw(self, shard: ShardRecord, stored: bytes) -> Bytes:
        if shard.stored is not None:
            stored = zstandard.ZstdDecompressor().decompress(stored, max_output_size=shard.bytes)
        return np.frombuffer(stored, np.uint8)

    def _make_room(self, name: str, size_bytes: int) -> None:
        """Count a file in, and remove the oldest beyond the limit; what is mapped stays readable until it is let go."""
        assert self._folder is not None
        self._kept[name] = size_bytes
        self._kept.move_to_end(name)
        while sum(self._kept.values()) > self._limit and len(self._kept) > 1:
            oldest, _ = self._kept.popitem(last=False)
            (self._folder / oldest).unlink(missing_ok=True)


def _digest(data: Bytes) -> str:
    return xxhash.xxh3_128_hexdigest(data.data)


def _mapped(path: Path, size_bytes: int) -> Bytes:
    return np.memmap(path, np.uint8, "r", shape=(size_bytes,))


def _other_bytes(place: str, shard: ShardRecord, data: Bytes) -> str:
    expected = shard.digests["xxh3_128"]
    return f"{place}: expected {shard.bytes:,} bytes of digest {expected}, got {len(data):,} of {_digest(data)}"
