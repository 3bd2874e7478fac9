"""Exact deduplication: which of several equal keys stays, decided partition by partition.

Keys are xxh3_128 of the cleaned text. A document's place is (chunk, row), chunks counted over all sources in recipe
order, so the first place is the one of the highest source priority, and within a source the earliest: the keeper does
not depend on how
work was split.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.drops import DROP, Drops


@dataclass(frozen=True)
class KeyedRows:
    """Documents of one partition: their keys' two halves and their places; all of one length."""

    hi: npt.NDArray[np.uint64]
    lo: npt.NDArray[np.uint64]
    chunk: npt.NDArray[np.uint32]
    row: npt.NDArray[np.uint32]


def find_copies(rows: KeyedRows) -> Drops:
    """Return every document that is a copy of an earlier one, with its keeper: `DROP` records by (chunk, row)."""
    # Chunks come sorted by key: a stable sort of sorted runs is a merge.
    order = np.argsort(rows.hi, kind="stable")
    same = np.flatnonzero(rows.hi[order][1:] == rows.hi[order][:-1])
    if len(same) == 0:
        return np.zeros(0, DROP)
    suspects = order[np.union1d(same, same + 1)]
    suspects = suspects[np.lexsort((rows.row[suspects], rows.chunk[suspects], rows.lo[suspects], rows.hi[suspects]))]
    hi, lo = rows.hi[suspects], rows.lo[suspects]
    first = np.ones(len(suspects), np.bool_)
    first[1:] = (hi[1:] != hi[:-1]) | (lo[1:] != lo[:-1])
    keepers = suspects[np.maximum.accumulate(np.where(first, np.arange(len(suspects)), 0))]
    copies = np.zeros(int((~first).sum()), DROP)
    copies["chunk"], copies["row"] = rows.chunk[suspects[~first]], rows.row[suspects[~first]]
    copies["keeper_chunk"], copies["keeper_row"] = rows.chunk[keepers[~first]], rows.row[keepers[~first]]
    copies["similarity"] = 1
    return copies[np.lexsort((copies["row"], copies["chunk"]))]
