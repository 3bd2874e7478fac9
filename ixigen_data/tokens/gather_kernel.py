"""Copies runs of tokens into a new order."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

Tokens = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]


@kernel
def gather_runs(source: Tokens, starts: Int64s, counts: Int64s, caps: tuple[int, int], out: Tokens) -> int:
    """Write runs one after another into `out`, each between a head and a tail (`caps`); a negative one is left away.

    Run i is `source[starts[i] : starts[i] + counts[i]]`. Returns the number of tokens written.
    """
    head, tail = caps
    place = 0
    for run in range(len(starts)):
        if head >= 0:
            out[place] = head
            place += 1
        start = starts[run]
        for step in range(counts[run]):
            out[place + step] = source[start + step]
        place += counts[run]
        if tail >= 0:
            out[place] = tail
            place += 1
    return place
