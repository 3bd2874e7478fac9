"""Which documents may hold a short one, and how much of its sample each does hold."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel
from ixigen_data.dedup.containment.holders_kernel import FEW, MOST
from ixigen_data.dedup.containment.sketch_kernel import first_at

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
UInt8s = npt.NDArray[np.uint8]
Records = npt.NDArray[np.void]


@kernel
def name_suspects(borders: Int64s, spare: Int64s, counts: UInt8s, begins: Int64s, suspects: Int64s) -> int:
    """Find for every short document the shingles of which one at least is in each document that holds the ratio.

    Of n samples of which `spare` may be missing, any spare + 1 have one that is held; the rarest have the fewest
    holders. So a document with more unheld samples than it can spare has no holder, and all holders of the others are
    among those named for the rarest; only where these are common shingles (counts above MOST), of which not all
    holders are named, those of all samples are taken.

    Args:
        borders: (short documents + 1,) where a document's samples begin.
        spare: (short documents,) samples that may be missing; negative for a document with too few of them.
        counts: (samples,) holders of each, fewest first within a document; see `name_holders`.
        begins: (samples,) where the holders of a sample begin among those named.
        suspects: (2, suspects) out: number of the short document, number of the holder named. Filled where it is not
            empty.

    Returns:
        how many there are.
    """
    found = 0
    for document in range(len(spare)):
        start, stop = borders[document], borders[document + 1]
        last = start + spare[document]
        if last < start or counts[last] == 0:
            continue
        if counts[last] <= MOST:
            stop = last + 1
        for sample in range(start, stop):
            named = _named(counts[sample])
            if suspects.shape[1]:
                for holder in range(named):
                    suspects[0, found + holder], suspects[1, found + holder] = document, begins[sample] + holder
            found += named
    return found


@inlined
def _named(count: int) -> int:
    return count if count <= MOST else FEW


@kernel
def count_shared(records: Records, rows: Int64s, spans: Int64s, hashes: UInt64s, shared: Int64s) -> None:
    """Count the samples that documents of a chunk share with short ones.

    Args:
        records: `SAMPLE` records of the chunk, by (hash, row).
        rows: (pairs,) of the longer documents in the chunk.
        spans: (3, pairs) where the short one's samples begin and end in `hashes`, how many may be missing.
        hashes: samples, ascending within a document.
        shared: (pairs,) out: samples shared; -1 where more are missing than may be.
    """
    for pair in range(len(rows)):
        start, stop, spare = spans[0, pair], spans[1, pair], spans[2, pair]
        low, missing = 0, 0
        for sample in range(start, stop):
            low = first_at(records, low, hashes[sample], rows[pair])
            if low == len(records) or records[low].hash != hashes[sample] or records[low].row != rows[pair]:
                missing += 1
                if missing > spare:
                    break
        shared[pair] = stop - start - missing if missing <= spare else -1


@kernel
def choose_contained(short: Int64s, longer: Int64s, dropped: UInt8s, chosen: UInt8s) -> None:
    """Decide, longest short documents first, which pairs drop the short one.

    A short document goes with its first pair whose longer document stays. The longer one of a pair is decided before
    the pair is met, since it is longer.

    Args:
        short: (pairs,) numbers of the short documents, longest first, those of one together, its longest holder first.
        longer: (pairs,) number of the longer one among the short, or -1: it is held by none, so it stays.
        dropped: (short documents,) zeros.
        chosen: (pairs,) out: 1 for the pair with the keeper.
    """
    for pair in range(len(short)):
        stays = longer[pair] < 0 or dropped[longer[pair]] == 0
        if stays and dropped[short[pair]] == 0:
            dropped[short[pair]] = 1
            chosen[pair] = 1
