"""Whether two backends give the same ids."""

import numpy as np
import pyarrow as pa

from ixigen_data.tokens.backend import Backend


def differing_rows(text: pa.LargeStringArray, first: Backend, second: Backend) -> list[int]:
    """Return the documents to which two backends give different ids, in order."""
    one, one_counts = first.encode(text)
    two, two_counts = second.encode(text)
    if np.array_equal(one_counts, two_counts) and np.array_equal(one, two):
        return []
    one_rows, two_rows = np.split(one, np.cumsum(one_counts)[:-1]), np.split(two, np.cumsum(two_counts)[:-1])
    return [row for row, (a, b) in enumerate(zip(one_rows, two_rows, strict=True)) if not np.array_equal(a, b)]
