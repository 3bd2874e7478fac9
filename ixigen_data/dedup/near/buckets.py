"""Buckets: documents that have the hash of a band in common, of one range of hashes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.core.arrays import between
from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.near.match_kernel import find_repeated, mark_repeated
from ixigen_data.dedup.near.number_set import NumberSet
from ixigen_data.dedup.near.sidecar import read_bands
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus

_MAX_WIDTH = 30  # of 2 x 128 MB of marks; less where there are few hashes


class HashRange(BaseModel):
    """A task: the hashes whose first bits are `number`, of 2^bits ranges."""

    number: int
    bits: int


@dataclass(frozen=True)
class Buckets:
    """Of two documents or more each, one of them not of an index.

    Attributes:
        documents: ascending numbers.
        ranks: (documents,) their order of priority, ids left out: by source, longest first, then by number.
        members: (2, members) bucket, rank of the document; sorted.
        records: how many hashes there were.
    """

    documents: Numbers
    ranks: Numbers
    members: Numbers
    records: int


def find_buckets(corpus: SignedCorpus, hashes: HashRange, dropped: NumberSet) -> Buckets:
    """Return the buckets of a range of hashes.

    Args:
        dropped: documents that are left out.
    """
    found, numbers, records = _repeated(corpus, hashes)
    keep = ~dropped.holds(numbers)
    found, numbers = found[keep], numbers[keep]
    order = np.argsort(found)
    bucket = np.cumsum(np.diff(found[order], prepend=found[order[:1]]) != 0)
    shared = np.bincount(bucket) > 1
    chosen = order[shared[bucket]]
    bucket = bucket[shared[bucket]]
    documents, places = np.unique(numbers[chosen], return_inverse=True)
    ranks = np.empty(len(documents), np.int64)
    ranks[np.argsort(corpus.priorities(documents), kind="stable")] = np.arange(len(documents))
    members = np.sort((bucket << 32) | ranks[places])
    members = np.stack([members >> 32, members & 0xFFFFFFFF])
    num_indexed = int(np.searchsorted(documents, corpus.num_indexed))
    ours = np.bincount(members[0], members[1] >= num_indexed) > 0
    return Buckets(documents, ranks, members[:, ours[members[0]]], records)


def _repeated(corpus: SignedCorpus, hashes: HashRange) -> tuple[npt.NDArray[np.uint64], Numbers, int]:
    """Return the hashes that occur more than once, a few others among them, whose they are, and how many there were."""
    slices = [(chunk, records["hash"].copy(), records["row"].copy()) for chunk, records in _slices(corpus, hashes)]
    total = sum(len(found) for _, found, _ in slices)
    # Of a set of marks 16 times as large as what falls on it, a sixteenth is met by chance.
    width = min((16 * total + 64).bit_length(), _MAX_WIDTH, 64 - hashes.bits)
    once = np.zeros((1 << width) // 64 + 1, np.uint64)
    twice = np.zeros_like(once)
    for _, found, _ in slices:
        mark_repeated(found, hashes.bits, width, once, twice)
    kept, numbers = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for chunk, found, rows in slices:
        again = np.empty(len(found), np.bool_)
        find_repeated(found, hashes.bits, width, twice, again)
        kept.append(found[again])
        numbers.append(corpus.starts[chunk] + rows[again])
    return np.concatenate(kept), np.concatenate(numbers), total


def _slices(corpus: SignedCorpus, hashes: HashRange) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
    """Yield of each chunk its number and the records of a range, copied: what was mapped is let go."""
    borders = [number << (64 - hashes.bits) for number in (hashes.number, hashes.number + 1)]
    for chunk, place in enumerate(corpus.places):
        records = read_bands(place.folder, place.stem)
        found = np.array(between(records, "hash", *borders))
        if len(found):
            if int(found["row"].max()) >= place.documents:
                raise DedupError(f"{place.folder}: bands of {place.stem} are damaged; remove the folder and run again")
            yield chunk, found
