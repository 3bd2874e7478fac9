"""The documents of a chunk that may be held, with the samples that they ask for."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.containment.sketch import LEAST, asks

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ShortDocuments:
    """Documents with samples enough, by row; their samples one behind another, by hash.

    Attributes:
        rows: (documents,).
        borders: (documents + 1,) where the samples of each begin.
        spare: (documents,) how many of them a holder may lack.
        hashes: (samples,).
        records: (samples,) where each stands in the chunk's sketch.
    """

    rows: npt.NDArray[np.uint32]
    borders: Numbers
    spare: Numbers
    hashes: npt.NDArray[np.uint64]
    records: Numbers

    @classmethod
    def of(cls, sketch: npt.NDArray[np.void], sizes: npt.NDArray[np.uint32], ratio: float) -> Self:
        """Return those of a chunk.

        Args:
            sketch: `SAMPLE` records by (hash, row).
            sizes: (documents of the chunk,) in shingles; 0 for those that were dropped.
            ratio: of its samples that a holder has at least.
        """
        asking = np.flatnonzero(asks(sketch["hash"], sizes[sketch["row"]]) & (sizes[sketch["row"]] > 0))
        counts = np.bincount(sketch["row"][asking], minlength=len(sizes))
        asking = asking[counts[sketch["row"][asking]] >= LEAST]
        asking = asking[np.argsort(sketch["row"][asking], kind="stable")]
        rows = np.flatnonzero(counts >= LEAST).astype(np.uint32)
        samples = counts[rows]
        # 0.9 * 10 is 9.000000000000000…, and must not ask for 10.
        needed = np.ceil(samples * ratio - 1e-9).astype(np.int64)
        borders = np.concatenate([[0], np.cumsum(samples)])
        return cls(rows, borders, samples - needed, sketch["hash"][asking], asking)

    def __len__(self) -> int:
        return len(self.rows)
