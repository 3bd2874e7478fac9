"""Position ids, labels and parts of windows, in one pass over their tokens."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

IGNORED = -100  # a label that no loss counts, as in torch
NO_PART = -1  # of pad

Int16s: TypeAlias = npt.NDArray[np.int16]
Int64s: TypeAlias = npt.NDArray[np.int64]


@kernel
def fill(
    ids: Int64s,
    ends: npt.NDArray[np.uint8],
    length: Int64s,
    owners: Int16s,
    positions: Int64s,
    labels: Int64s,
    part: Int16s,
) -> None:
    """Write `positions`, `labels` and `part`, all (windows, seq_len).

    Positions count from 0 where a document, a piece of one, or pad begins. The token there is no label, as it follows
    from nothing before it; nor is pad.

    Args:
        ids: (windows, seq_len).
        ends: (windows, seq_len / 8), bit i: a document or piece ends at token i.
        length: (windows,), tokens that are not pad.
        owners: (windows,), the part of all tokens that are not pad.
        positions: written.
        labels: written.
        part: written.
    """
    windows, seq_len = ids.shape
    for window in range(windows):
        start = 0
        for byte in range(seq_len // 8):
            bits = ends[window, byte]
            if bits == 0:
                continue
            for bit in range(8):
                if bits >> bit & 1:
                    stop = 8 * byte + bit + 1
                    _write(ids[window, start:stop], positions[window, start:stop], labels[window, start:stop])
                    start = stop
        _write(ids[window, start:], positions[window, start:], labels[window, start:])
        ink = length[window]
        labels[window, ink:] = IGNORED
        part[window, :ink] = owners[window]
        part[window, ink:] = NO_PART


@inlined
def _write(ids: Int64s, positions: Int64s, labels: Int64s) -> None:
    """Write the positions and labels of a document, all (tokens,); of none, nothing."""
    for place in range(len(ids)):
        positions[place] = place
        labels[place] = ids[place]
    if len(ids) > 0:
        labels[0] = IGNORED
