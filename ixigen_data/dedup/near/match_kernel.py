"""Which documents of a bucket are alike, with a bounded number of comparisons a document."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

EARLY = 8  # documents of a bucket that all are compared with each other
RECENT = 8  # later ones that are like none, of which the last stay in sight
CARRIED = 3  # numbers that are handed on from one part of a bucket to its next: its own, documents, later leaders

UInt64s = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Signatures = npt.NDArray[np.uint16]


@kernel
def mark_repeated(hashes: UInt64s, skipped: int, width: int, once: UInt64s, twice: UInt64s) -> None:
    """Mark where hashes fall, and where a second one falls: of each the `width` bits behind the `skipped` first."""
    for hashed in hashes:
        place = (hashed << np.uint64(skipped)) >> np.uint64(64 - width)
        word, bit = place >> np.uint64(6), np.uint64(1) << (place & np.uint64(63))
        twice[word] |= once[word] & bit
        once[word] |= bit


@kernel
def find_repeated(hashes: UInt64s, skipped: int, width: int, twice: UInt64s, found: npt.NDArray[np.bool_]) -> None:
    """Tell of each hash whether another one fell on its place; of all equal hashes it is true."""
    for number in range(len(hashes)):
        place = (hashes[number] << np.uint64(skipped)) >> np.uint64(64 - width)
        found[number] = (twice[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1) != 0


@inlined
def equal_slots(signatures: Signatures, one: int, others: Signatures, other: int) -> int:
    """Count the slots in which two signatures are equal."""
    first, second = signatures[one], others[other]
    equal = np.uint32(0)
    for slot in range(first.shape[0]):
        equal = np.uint32(equal + np.uint32(first[slot] == second[slot]))
    return int(equal)


@kernel
def match(
    members: Numbers,
    at_least: int,
    num_indexed: int,
    signatures: Signatures,
    leaders: Signatures,
    who: Numbers,
    carried: Numbers,
    found: Numbers,
) -> tuple[int, int]:
    """Find pairs of documents that are alike among those of the same bucket, bucket by bucket.

    The first documents of a bucket are leaders, and compared with each other; a later one is compared with leaders
    until it is like one, and becomes a leader itself if it is like none. Of these only the last stay. So a document
    costs at most as many comparisons as there are leaders, whoever shares its bucket.

    Args:
        members: (3, members) bucket, document, row in `signatures`; by bucket, then document.
        at_least: slots that are equal in documents that are alike.
        num_indexed: documents below this number are of indexes: pairs of two of them are not wanted.
        signatures: (rows, slots).
        leaders: (leaders, slots) of the bucket that came last, as the last call left them; EARLY come first.
        who: (leaders,) their documents.
        carried: (CARRIED,) what else the last call left.
        found: (3, up to EARLY for each member) out: document, the later document, equal slots.

    Returns:
        Pairs found, comparisons made.
    """
    early = min(EARLY, len(who))
    recent = len(who) - early
    pairs, compared = 0, 0
    for number in range(members.shape[1]):
        bucket, document, row = members[0, number], members[1, number], members[2, number]
        if bucket != carried[0]:
            carried[0], carried[1], carried[2] = bucket, 0, 0
        first = carried[1] < early
        alike = False
        for leader in range(min(carried[1], early) + min(carried[2], recent)):
            known = who[leader] < num_indexed and document < num_indexed
            if first and known:
                continue
            equal = equal_slots(signatures, row, leaders, leader)
            compared += 1
            if equal >= at_least:
                alike = True
                if not known:
                    found[0, pairs], found[1, pairs], found[2, pairs] = who[leader], document, equal
                    pairs += 1
                if not first:
                    break
        if first or not alike:
            place = carried[1] if first else early + carried[2] % recent
            carried[2] += 0 if first else 1
            leaders[place], who[place] = signatures[row], document
        carried[1] += 1
    return pairs, compared
