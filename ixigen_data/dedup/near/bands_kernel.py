"""Bands of signatures: hashed, and sorted."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.dedup.near.units_kernel import mixed

FIRST_BITS, SECOND_BITS = 8, 11  # of a hash: with 4 M records, buckets of 200 KB, and then of two records


@kernel
def hash_bands(
    signatures: npt.NDArray[np.uint16], factors: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]
) -> None:
    """Fill `hashes`, (documents, bands).

    Multilinear hashing (Lemire & Kaser 2014): the sum of a band's values, each times a random factor of its own, and
    of a random number for the band, modulo 2^64, mixed.

    Args:
        signatures: (documents, bands * rows).
        factors: (bands, rows + 1); the last of a row is the band's own number.
        hashes: output.
    """
    bands, rows = factors.shape[0], factors.shape[1] - 1
    for document in range(len(signatures)):
        for band in range(bands):
            total = factors[band, rows]
            for i in range(rows):
                total += np.uint64(signatures[document, band * rows + i]) * factors[band, i]
            hashes[document, band] = mixed(total)


@kernel
def sort_bands(
    hashes: npt.NDArray[np.uint64],
    sizes: npt.NDArray[np.uint32],
    spare: npt.NDArray[np.uint32],
    records: npt.NDArray[np.uint32],
) -> None:
    """Fill `records` with the hashes of documents that have a shingle, by (hash, document).

    Hashes are spread evenly over their range, so two rounds of buckets leave about ten records to sort by insertion;
    equal ones come in order already, and cost nothing.

    Args:
        hashes: (documents, bands).
        sizes: (documents,); those of size 0 are left out.
        spare: (records, 3) scratch.
        records: (records, 3) output: a hash's low and high 32 bits, and the document.
    """
    shift, half = np.uint64(64 - FIRST_BITS), np.uint64(32)
    ends = np.zeros(1 << FIRST_BITS, np.int64)
    for document in range(len(hashes)):
        if sizes[document]:
            for band in range(hashes.shape[1]):
                ends[hashes[document, band] >> shift] += 1
    begin = 0
    for bucket in range(len(ends)):
        ends[bucket], begin = begin, begin + ends[bucket]  # where it begins; it will be filled to its end
    for document in range(len(hashes)):
        if sizes[document]:
            for band in range(hashes.shape[1]):
                hashed = hashes[document, band]
                place = ends[hashed >> shift]
                ends[hashed >> shift] += 1
                spare[place, 0], spare[place, 1] = np.uint32(hashed), np.uint32(hashed >> half)
                spare[place, 2] = document
    begin = 0
    for bucket in range(len(ends)):
        sort_bucket(spare[begin : ends[bucket]], records[begin : ends[bucket]])
        begin = ends[bucket]


@kernel
def sort_bucket(spare: npt.NDArray[np.uint32], records: npt.NDArray[np.uint32]) -> None:
    """Fill `records` with those of `spare`, whose hashes have their first FIRST_BITS bits in common, by hash."""
    shift, mask = np.uint32(32 - FIRST_BITS - SECOND_BITS), np.uint32((1 << SECOND_BITS) - 1)
    ends = np.zeros(1 << SECOND_BITS, np.int64)
    for i in range(len(spare)):
        ends[(spare[i, 1] >> shift) & mask] += 1
    begin = 0
    for bucket in range(len(ends)):
        ends[bucket], begin = begin, begin + ends[bucket]
    for i in range(len(spare)):
        bucket = (spare[i, 1] >> shift) & mask
        place = ends[bucket]
        ends[bucket] += 1
        records[place, 0], records[place, 1], records[place, 2] = spare[i, 0], spare[i, 1], spare[i, 2]
    begin = 0
    for bucket in range(len(ends)):
        for i in range(begin + 1, ends[bucket]):
            low, high, document = records[i, 0], records[i, 1], records[i, 2]
            place = i
            while place > begin and (
                records[place - 1, 1] > high or (records[place - 1, 1] == high and records[place - 1, 0] > low)
            ):
                for column in range(3):
                    records[place, column] = records[place - 1, column]
                place -= 1
            records[place, 0], records[place, 1], records[place, 2] = low, high, document
        begin = ends[bucket]
