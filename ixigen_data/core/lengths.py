"""Lengths of documents as a histogram of half octaves, which any number of documents fits into."""

import math
from bisect import bisect_right
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

# 1, 2, 3, 4, 6, 8, 12, 16, 23, 32, 46, 64 … 2^40: 2^(k/2), rounded up exactly.
EDGES: tuple[int, ...] = tuple(sorted({math.isqrt((1 << k) - 1) + 1 if k else 1 for k in range(81)}))


def histogram(lengths: npt.NDArray[np.int64]) -> dict[int, int]:
    """Return documents by the lower edge of their bin, in tokens; bins without documents are left out.

    >>> histogram(np.array([1, 3, 5, 5]))
    {1: 1, 3: 1, 4: 2}
    """
    places = np.searchsorted(np.array(EDGES), lengths, "right") - 1
    counts = np.bincount(places, minlength=len(EDGES)).tolist()
    return {edge: count for edge, count in zip(EDGES, counts, strict=True) if count}


def upper_edge(edge: int) -> int:
    """Return where the bin that begins at `edge` ends: its lengths are less."""
    return EDGES[min(bisect_right(EDGES, edge), len(EDGES) - 1)]


def quantile(documents: Mapping[int, int], ratio: float) -> int:
    """Return about the length below which `ratio` of the documents are, on a log scale within its bin; 0 for none."""
    wanted = ratio * sum(documents.values())
    for edge, count in sorted(documents.items()):
        if wanted <= count:
            return round(edge * math.pow(upper_edge(edge) / edge, wanted / count))
        wanted -= count
    return 0
