"""Windows to one stored MDS shard, written whole."""

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import xxhash
import zstandard

from ixigen_data.core.files import join, open_write
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import SETTLEMENT, SettlementWindow, ShardRecord, StoredFile

ZSTD_LEVEL = 3  # streaming's own default; one thread, so that the bytes depend on the library's version only


def shard_file(number: int, folder: str = "") -> str:
    """Return the path of a shard below its dataset's URL.

    >>> shard_file(7), shard_file(0, "eval/replay/ko")
    ('shard.00007.mds', 'eval/replay/ko/shard.00000.mds')
    """
    return posixpath.join(folder, f"shard.{number:05}.mds")


def write_shard(url: str, file: str, windows: Windows, layout: Layout, tokens: Mapping[str, int]) -> ShardRecord:
    """Write one shard below the dataset's URL and return its record.

    Args:
        url: the dataset.
        file: from `shard_file`.
        windows: at least one, and no more than `layout.windows_per_shard`.
        layout: of the dataset.
        tokens: of every part in these windows, from `tokens_by_part`.
    """
    assert 0 < len(windows) <= layout.windows_per_shard, f"{len(windows)} windows for {file}"
    raw, stored = _raw(windows, layout), None
    if layout.settings.compression is None:
        record = _write(url, file, raw, layout)
    else:
        data = bytearray()
        record = _hashed(file, raw, layout, data.extend)
        stored = _write(url, f"{file}.zstd", [zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)], layout)
    return ShardRecord(**dict(record), windows=len(windows), tokens=dict(tokens), stored=stored)


def tokens_by_part(
    windows: Windows, first_window: int, paths: Sequence[str], settlement: Sequence[SettlementWindow]
) -> dict[str, int]:
    """Return the tokens of each part in some windows, pad left out; parts without any are left out too.

    Args:
        windows: the windows of one shard.
        first_window: the position of the first of them in the dataset.
        paths: of the parts, by index.
        settlement: every settlement window of the dataset, or those in reach.
    """
    counts = np.zeros(len(paths), np.int64)
    alone = windows.part != SETTLEMENT
    np.add.at(counts, windows.part[alone], windows.length[alone].astype(np.int64))
    for window in settlement:
        if first_window <= window.window < first_window + len(windows):
            for piece in window.pieces:
                counts[piece.part] += piece.tokens
    return {path: int(count) for path, count in zip(paths, counts, strict=True) if count}


def _raw(windows: Windows, layout: Layout) -> Iterator[bytes | memoryview]:
    yield layout.head(len(windows))
    yield from layout.body(windows)


def _write(url: str, file: str, buffers: Iterable[bytes | memoryview], layout: Layout) -> StoredFile:
    """Write consecutive buffers as one file and return its record."""
    with open_write(join(url, file)) as stream:
        return _hashed(file, buffers, layout, stream.write)


def _hashed(
    file: str, buffers: Iterable[bytes | memoryview], layout: Layout, put: Callable[[bytes | memoryview], object]
) -> StoredFile:
    """Put consecutive buffers somewhere and return the record of the file that they are."""
    states = {name: xxhash.xxh3_128() if name == "xxh3_128" else hashlib.sha256() for name in layout.settings.hashes}
    size_bytes = 0
    for buffer in buffers:
        for state in states.values():
            state.update(buffer)
        put(buffer)
        size_bytes += len(buffer)
    return StoredFile(file=file, bytes=size_bytes, digests={name: state.hexdigest() for name, state in states.items()})
