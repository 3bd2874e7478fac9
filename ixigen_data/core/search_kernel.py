"""Binary search in a field of records, which NumPy would copy whole first."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel


@kernel
def lower_bound(values: npt.NDArray[np.unsignedinteger], border: np.uint64) -> int:
    """Return how many of `values`, which ascend, are less than `border`."""
    first, stop = 0, len(values)
    while first < stop:
        middle = (first + stop) >> 1
        if values[middle] < border:
            first = middle + 1
        else:
            stop = middle
    return first
