"""Which longer documents hold a sampled shingle, of all documents that hold it."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

MEMBER = np.dtype(
    [
        ("hash", "<u8"),  # of the sampled shingle
        ("document", "<i8"),  # its number, see `SignedCorpus`
        ("size", "<u4"),  # its shingles, all of them
        ("group", "<u4"),  # its source's number in order of priority
        ("at", "<u4"),  # where the record stands among those of the partition by (chunk, hash, row)
        ("asks", "u1"),  # whether the document wants to know who else holds the shingle
    ]
)
MOST = 8  # holders named of a shingle; with more of them it is common, and only the longest FEW are named
FEW = 2
# How much longer, in quarters: with 5/4 as many shingles and 9/10 of the short one's, the Jaccard similarity is 0.67.
# More alike ones are near-duplicates already.
LONGER = 5

Members = npt.NDArray[np.void]
UInt8s = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


@kernel
def name_holders(members: Members, counts: UInt8s, starts: Int64s, holders: Int64s) -> None:
    """Tell of every record that asks which documents of the same shingle hold it: longer ones, of no later source.

    One pass over the shingles; of each, the longest MOST + 1 documents of the sources so far are at hand, so a record
    costs at most as many steps, however many documents share its shingle.

    Args:
        members: `MEMBER` records by (hash, document), so those of one group stand together.
        counts: (records of the partition,) out: holders, MOST + 1 for more than MOST.
        starts: (records of the partition,) where a record's holders begin in `holders`.
        holders: out: documents, longest first, ties by number: all of them, or FEW of more than MOST. Left as it is
            where it is empty: a first call counts, a second one fills.
    """
    longest = np.empty(MOST + 1, np.int64)
    sizes = np.empty(MOST + 1, np.int64)
    first = 0
    while first < len(members):
        stop = first + 1
        while stop < len(members) and members[stop].hash == members[first].hash:
            stop += 1
        known, begin = 0, first if stop - first > 1 else stop
        while begin < stop:
            end = begin
            while end < stop and members[end].group == members[begin].group:
                known = _enter(longest, sizes, known, members[end].document, np.int64(members[end].size))
                end += 1
            for number in range(begin, end):
                member = members[number]
                if member.asks:
                    count = 0
                    while count < known and 4 * sizes[count] >= LONGER * np.int64(member.size):
                        count += 1
                    counts[member.at] = count
                    if len(holders):
                        for place in range(count if count <= MOST else FEW):
                            holders[starts[member.at] + place] = longest[place]
            begin = end
        first = stop


@inlined
def _enter(longest: Int64s, sizes: Int64s, known: int, document: np.int64, size: np.int64) -> int:
    """Put a document among the longest, which are sorted; one that comes later stands behind those of its size."""
    if known <= MOST:
        at = known
        known += 1
    elif sizes[MOST] < size:
        at = MOST
    else:
        at = -1
    if at >= 0:
        while at > 0 and sizes[at - 1] < size:
            longest[at], sizes[at] = longest[at - 1], sizes[at - 1]
            at -= 1
        longest[at], sizes[at] = document, size
    return known
