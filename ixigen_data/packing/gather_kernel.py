"""Pieces of documents into windows: where they are cut, and the copying itself."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

Int64s = npt.NDArray[np.int64]


@kernel
def cut(tokens: Int64s, rows: Int64s, position: int, ends: npt.NDArray[np.uint8], cuts: Int64s) -> int:
    """Lay pieces one behind the other over windows, cut them where a window is full, and mark where each cut ends.

    Args:
        tokens: (pieces,) lengths; a length of 0 leaves nothing behind.
        rows: (rows,) the windows to fill, in order.
        position: tokens of those windows that are filled already.
        ends: (windows, seq_len / 8) bit i (little-endian within the byte) is set where a cut ends at token i.
        cuts: (5, at least pieces + windows touched) out: piece, window, first token in the window, tokens, first token
            in the piece.

    Returns:
        the number of cuts.
    """
    seq_len = ends.shape[1] * 8
    place, column = position // seq_len, position % seq_len
    count = 0
    for piece in range(len(tokens)):
        done = 0
        while done < tokens[piece]:
            taken = min(tokens[piece] - done, seq_len - column)
            row = rows[place]
            cuts[0, count], cuts[1, count], cuts[2, count] = piece, row, column
            cuts[3, count], cuts[4, count] = taken, done
            count += 1
            done += taken
            last = column + taken - 1
            ends[row, last >> 3] |= np.uint8(1 << (last & 7))
            column += taken
            if column == seq_len:
                column = 0
                place += 1
    return count


@kernel
def copy(
    flat: npt.NDArray[np.uint16] | npt.NDArray[np.uint32], start: Int64s, cuts: Int64s, windows: npt.NDArray[np.int32]
) -> None:
    """Copy cuts into their windows.

    Args:
        flat: (tokens,)
        start: (pieces,) where each piece begins in `flat`.
        cuts: (5, cuts) as `cut` made them.
        windows: (windows, seq_len) out.
    """
    for place in range(cuts.shape[1]):
        row, column, tokens = cuts[1, place], cuts[2, place], cuts[3, place]
        begin = start[cuts[0, place]] + cuts[4, place]
        # Slices, so that the compiler knows every index to be positive and uses vectors: 3 to 5 times as fast.
        origin, target = flat[begin : begin + tokens], windows[row, column : column + tokens]
        for token in range(tokens):
            target[token] = origin[token]
