"""Texts to signatures: shingles hashed, the least hash of each slot, empty slots filled, two bytes of each kept."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.dedup.near.shingles_kernel import BLOCK_UNITS, begin, keep_last, roll
from ixigen_data.dedup.near.units_kernel import fill_characters, fill_runs, mixed

EMPTY = 0xFFFFFFFFFFFFFFFF  # what a slot without a shingle holds


@kernel
def sign_characters(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    size: int,
    seed: np.uint64,
    ranks: npt.NDArray[np.uint16],
    lenders: npt.NDArray[np.uint16],
    signatures: npt.NDArray[np.uint16],
    sizes: npt.NDArray[np.uint32],
    met: npt.NDArray[np.uint32],
) -> None:
    """Fill `signatures`, `sizes` and `met`, one row a document, from runs of `size` code points.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        classes: (CLASSES,), see classes.py.
        size: units of a shingle.
        seed: what is mixed into its hash.
        ranks: (slots, slots), see `finish`.
        lenders: (slots, slots), see `finish`.
        signatures: (documents, slots) output; zeros for a document without a shingle.
        sizes: (documents,) output: shingles, those that occur twice counted twice.
        met: (documents,) output: the classes of its code points, joined by "or"; those below 0x80 may be left out.
    """
    units = np.empty(BLOCK_UNITS, np.uint64)
    least = np.full(signatures.shape[1], np.uint64(EMPTY))
    best = np.empty(signatures.shape[1], np.uint16)
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        filled, shingles, flags = np.uint64(0), 0, np.uint32(0)
        while place < stop:
            place, filled, seen = fill_characters(data, place, stop, classes, units, filled)
            flags |= seen
            filled, hashed = gather(units, filled, size, seed, least)
            shingles += hashed
        sizes[row], met[row] = shingles, flags
        finish(least, shingles, ranks, lenders, best, signatures[row])


@kernel
def sign_runs(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint32],
    size: int,
    seed: np.uint64,
    ranks: npt.NDArray[np.uint16],
    lenders: npt.NDArray[np.uint16],
    signatures: npt.NDArray[np.uint16],
    sizes: npt.NDArray[np.uint32],
    met: npt.NDArray[np.uint32],
) -> None:
    """Do as `sign_characters`, from runs of `size` words or tokens."""
    units = np.empty(BLOCK_UNITS, np.uint64)
    least = np.full(signatures.shape[1], np.uint64(EMPTY))
    best = np.empty(signatures.shape[1], np.uint16)
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        filled, shingles, flags, word = np.uint64(0), 0, np.uint32(0), np.uint64(0)
        while place < stop:
            place, filled, seen, word = fill_runs(data, place, stop, classes, units, filled, word)
            flags |= seen
            if place == stop and word != np.uint64(0):
                units[filled] = mixed(word)
                filled += np.uint64(1)
            filled, hashed = gather(units, filled, size, seed, least)
            shingles += hashed
        sizes[row], met[row] = shingles, flags
        finish(least, shingles, ranks, lenders, best, signatures[row])


@kernel
def gather(
    units: npt.NDArray[np.uint64], filled: np.uint64, size: int, seed: np.uint64, least: npt.NDArray[np.uint64]
) -> tuple[np.uint64, int]:
    """Take the shingles of a block into the least hash of each slot; return the units kept for the next, and shingles.

    A shingle's slot is the high 32 bits of its hash times the number of slots. Within a slot the order of hashes is
    that of their other bits.
    """
    count, last = np.int64(filled), size - 1
    if count < size:
        return filled, 0
    half, slots = np.uint64(32), np.uint64(len(least))
    rolled, top = begin(units, last)
    behind = units[last:count]
    for i in range(len(behind)):
        rolled, hashed = roll(rolled, units[i], behind[i], top, seed)
        slot = ((hashed >> half) * slots) >> half
        least[slot] = min(least[slot], hashed)
    return keep_last(units, count, last), len(behind)


@kernel
def finish(
    least: npt.NDArray[np.uint64],
    shingles: int,
    ranks: npt.NDArray[np.uint16],
    lenders: npt.NDArray[np.uint16],
    best: npt.NDArray[np.uint16],
    signature: npt.NDArray[np.uint16],
) -> None:
    """Keep 16 bits of the least hash of each slot, fill empty slots, and empty `least` for the next document.

    The bits kept decide neither the slot nor, up to 2^30 shingles, which hash is the least.

    Args:
        least: (slots,) EMPTY where no shingle fell.
        shingles: their number.
        ranks: (slots, slots); row j: the place of slot j in the order in which each slot asks all.
        lenders: (slots, slots); row i: the slots in the order in which slot i asks them, itself first.
        best: (slots,) scratch.
        signature: (slots,) output.
    """
    slots = len(least)
    if shingles == 0:
        signature[:] = 0
        return
    taken = 0
    for slot in range(slots):
        taken += least[slot] != np.uint64(EMPTY)
        signature[slot] = np.uint16(least[slot] >> np.uint64(16))
    if 2 * taken < slots:
        offer(least, ranks, lenders, best, signature)
    elif taken < slots:
        ask(least, lenders, signature)
    least[:] = np.uint64(EMPTY)


@kernel
def ask(least: npt.NDArray[np.uint64], lenders: npt.NDArray[np.uint16], signature: npt.NDArray[np.uint16]) -> None:
    """Give each empty slot the value of the first that has one, in an order of its own (Shrivastava 2017)."""
    for slot in range(len(least)):
        if least[slot] == np.uint64(EMPTY):
            place = 1
            while least[lenders[slot, place]] == np.uint64(EMPTY):
                place += 1
            signature[slot] = signature[lenders[slot, place]]  # of one that is not empty: not changed here


@kernel
def offer(
    least: npt.NDArray[np.uint64],
    ranks: npt.NDArray[np.uint16],
    lenders: npt.NDArray[np.uint16],
    best: npt.NDArray[np.uint16],
    signature: npt.NDArray[np.uint16],
) -> None:
    """Do as `ask`, where few slots have a value: each of these offers its place to all, in vector instructions."""
    taken = 0
    for slot in range(len(least)):
        best[taken] = slot  # they are gathered first, without a branch: among the offers it would cost half of the time
        taken += least[slot] != np.uint64(EMPTY)
    givers = best[:taken].copy()
    best[:] = 0xFFFF
    for i in range(taken):
        offered = ranks[givers[i]]
        for slot in range(len(best)):
            best[slot] = min(best[slot], offered[slot])
    for slot in range(len(best)):
        signature[slot] = signature[lenders[slot, best[slot]]]  # of one that has a value: it lends to itself
