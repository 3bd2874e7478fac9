"""Units to the hashes of shingles, which roll from one to the next, block after block."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined
from ixigen_data.dedup.near.units_kernel import FIRST_FACTOR, SECOND_FACTOR

BLOCK_UNITS = 1024  # 8 KB: the units of a document never stand in memory all at once
SHINGLE_FACTOR = 0xD1342543DE82EF95


@inlined
def begin(units: npt.NDArray[np.uint64], last: int) -> tuple[np.uint64, np.uint64]:
    """Return what `roll` goes on from, the polynomial of a shingle's units but its last, and the factor of the first.

    Args:
        units: of a block; its first shingle lies at their front.
        last: units of a shingle, less one.
    """
    rolled, top = np.uint64(0), np.uint64(1)
    for i in range(last):
        rolled = rolled * np.uint64(SHINGLE_FACTOR) + units[i]
        top *= np.uint64(SHINGLE_FACTOR)
    return rolled, top


@inlined
def roll(
    rolled: np.uint64, first: np.uint64, last: np.uint64, top: np.uint64, seed: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Return what the next shingle goes on from, and this one's hash.

    A hash is a polynomial of a shingle's units modulo 2^64, which rolls (Karp & Rabin 1987), mixed.

    Args:
        rolled: from `begin` or the shingle before.
        first: unit of the shingle.
        last: unit of the shingle.
        top: from `begin`.
        seed: what is mixed into the hash.
    """
    whole = rolled * np.uint64(SHINGLE_FACTOR) + last
    hashed = whole ^ seed
    hashed = (hashed ^ (hashed >> np.uint64(32))) * np.uint64(FIRST_FACTOR)
    hashed = (hashed ^ (hashed >> np.uint64(29))) * np.uint64(SECOND_FACTOR)
    return whole - first * top, hashed


@inlined
def keep_last(units: npt.NDArray[np.uint64], count: np.int64, last: int) -> np.uint64:
    """Move the last units of a block of `count` to its front, where the next goes on, and return their number."""
    for i in range(last):
        units[i] = units[count - last + i]
    return np.uint64(last)
