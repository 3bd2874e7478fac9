"""UTF-8 bytes to the hashes of some shingles: those below a limit, so the same ones of every text."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.dedup.near.shingles_kernel import BLOCK_UNITS, begin, keep_last, roll
from ixigen_data.dedup.near.units_kernel import fill_characters, fill_runs, mixed

_RECENT = 1 << 10  # a power of two
_RECENT_MASK = _RECENT - 1


@kernel
def sample_characters(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    size: int,
    seed: np.uint64,
    limit: np.uint64,
    samples: npt.NDArray[np.uint64],
    borders: npt.NDArray[np.int64],
    met: npt.NDArray[np.uint32],
) -> None:
    """Fill `samples` with the hashes of shingles that are below a limit, from runs of `size` code points.

    Arguments before `limit` are those of `sign_characters`, and so are the hashes.

    Args:
        limit: of the hashes taken.
        samples: (bytes of the texts,) output, in any order within a document, and seldom one of a document twice.
        borders: (documents + 1,) output: where each document's samples begin.
        met: (documents,) output: see `sign_characters`.
    """
    units, fresh, recent = (
        np.empty(BLOCK_UNITS, np.uint64),
        np.empty(BLOCK_UNITS, np.uint64),
        np.zeros(_RECENT, np.int64),
    )
    found = 0
    borders[0] = 0
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        first, filled, flags = found, np.uint64(0), np.uint32(0)
        while place < stop:
            place, filled, seen = fill_characters(data, place, stop, classes, units, filled)
            flags |= seen
            filled, taken = take(units, filled, size, seed, limit, fresh)
            found = keep_new(fresh, taken, recent, samples, first, found)
        borders[row + 1], met[row] = found, flags


@kernel
def sample_runs(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    size: int,
    seed: np.uint64,
    limit: np.uint64,
    samples: npt.NDArray[np.uint64],
    borders: npt.NDArray[np.int64],
    met: npt.NDArray[np.uint32],
) -> None:
    """Do as `sample_characters`, from runs of `size` words or tokens."""
    units, fresh, recent = (
        np.empty(BLOCK_UNITS, np.uint64),
        np.empty(BLOCK_UNITS, np.uint64),
        np.zeros(_RECENT, np.int64),
    )
    found = 0
    borders[0] = 0
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        first, filled, flags, word = found, np.uint64(0), np.uint32(0), np.uint64(0)
        while place < stop:
            place, filled, seen, word = fill_runs(data, place, stop, classes, units, filled, word)
            flags |= seen
            if place == stop and word != np.uint64(0):
                units[filled] = mixed(word)
                filled += np.uint64(1)
            filled, taken = take(units, filled, size, seed, limit, fresh)
            found = keep_new(fresh, taken, recent, samples, first, found)
        borders[row + 1], met[row] = found, flags


@kernel
def take(
    units: npt.NDArray[np.uint64],
    filled: np.uint64,
    size: int,
    seed: np.uint64,
    limit: np.uint64,
    fresh: npt.NDArray[np.uint64],
) -> tuple[np.uint64, int]:
    """Put the hashes of a block's shingles that are below the limit into `fresh`.

    Returns:
        the units kept for the next block, and the number of hashes.
    """
    count, last = np.int64(filled), size - 1
    if count < size:
        return filled, 0
    taken = np.uint64(0)
    rolled, top = begin(units, last)
    behind = units[last:count]
    for i in range(len(behind)):
        rolled, hashed = roll(rolled, units[i], behind[i], top, seed)
        fresh[taken] = hashed
        taken += np.uint64(hashed < limit)
    return keep_last(units, count, last), int(taken)


@kernel
def keep_new(
    fresh: npt.NDArray[np.uint64],
    taken: int,
    recent: npt.NDArray[np.int64],
    samples: npt.NDArray[np.uint64],
    first: int,
    found: int,
) -> int:
    """Append hashes but for those that the document lately had, so that a text of repeats does not fill the memory.

    Args:
        recent: (_RECENT,) where in `samples` a hash of the same lowest bits was put last.
        first: where the document's samples begin.
        found: where they end.

    Returns:
        where they end now.
    """
    for number in range(taken):
        hashed = fresh[number]
        slot = hashed & np.uint64(_RECENT_MASK)
        known = recent[slot]
        if known < first or known >= found or samples[known] != hashed:
            samples[found], recent[slot] = hashed, found
            found += 1
    return found


@kernel
def first_at(records: npt.NDArray[np.void], low: int, hashed: np.uint64, row: int) -> int:
    """Return the place of the first record from `low` on that is not before (hashed, row).

    It looks at a few records only: numpy's search would copy a field of a packed record, and so read the whole file.

    Args:
        records: `SAMPLE` records by (hash, row).
    """
    high = len(records)
    while low < high:
        middle = (low + high) >> 1
        if records[middle].hash < hashed or (records[middle].hash == hashed and records[middle].row < row):
            low = middle + 1
        else:
            high = middle
    return low
