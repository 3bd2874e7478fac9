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


def digest_of_keys(hi: UInt64s, lo: UInt64s) -> str:
    """Return the digest of a multiset of keys: their sum modulo 2^128, as `core.digests.digest_set` has it.

    >>> digest_of_keys(np.array([1, 2], np.uint64), np.array([2**64 - 1, 3], np.uint64))
    '00000000000000040000000000000002'
    """
    return f"{((_sum(hi) << 64) + _sum(lo)) % (1 << 128):032x}"


def _sum(values: UInt64s) -> int:
    """Return the exact sum; each half of 32 bits stays within 64 for 2^32 values."""
    half = np.uint64(32)
    return (int((values >> half).sum()) << 32) + int((values & np.uint64(2**32 - 1)).sum())


def split_keys(keys: bytes | memoryview) -> tuple[UInt64s, UInt64s]:
    """Return the two halves of 16-byte keys that lie one after another; they sort as the keys do.

    >>> [int(half[0]) for half in split_keys(bytes(7) + b"\\x01" + bytes(7) + b"\\x02")]
    [1, 2]
    """
    halves = np.frombuffer(keys, ">u8").astype(np.uint64).reshape(-1, 2)
    return halves[:, 0].copy(), halves[:, 1].copy()
