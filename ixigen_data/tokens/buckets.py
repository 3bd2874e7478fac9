"""The 4,096 buckets of a token store: the first 12 bits of a document's key."""

import numpy as np
import numpy.typing as npt

BUCKETS = 4096
_SHIFT = np.uint64(52)

UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]


def bucket_borders(hi: UInt64s) -> Int64s:
    """Return where each bucket begins in keys sorted by their first half, and last their number: (4097,)."""
    return np.searchsorted(hi >> _SHIFT, np.arange(BUCKETS + 1, dtype=np.uint64)).astype(np.int64)


def split_keys(keys: bytes | memoryview) -> tuple[UInt64s, UInt64s]:
    """Return the two halves of 16-byte keys that lie one after another; they sort as the keys do.

    >>> [int(half[0]) for half in split_keys(bytes(7) + b"\\x01" + bytes(7) + b"\\x02")]
    [1, 2]
    """
    halves = np.frombuffer(keys, ">u8").astype(np.uint64).reshape(-1, 2)
    return halves[:, 0].copy(), halves[:, 1].copy()
