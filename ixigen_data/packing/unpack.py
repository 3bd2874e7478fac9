"""The pieces of documents that windows hold, found from the windows alone."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.packing.windows import Windows

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Unpacked:
    """Pieces of documents in the order of windows and tokens; every array has one entry a piece."""

    windows: Windows
    row: Int64s  # of the window
    first: Int64s  # token in the window
    tokens: Int64s  # at least 1

    def __len__(self) -> int:
        return len(self.row)

    def piece(self, number: int) -> npt.NDArray[np.int32]:
        """Return the tokens of a piece: a view of its window."""
        first = int(self.first[number])
        return self.windows.tokens[self.row[number], first : first + int(self.tokens[number])]


def unpack(windows: Windows) -> Unpacked:
    """Return the pieces that the bits of `ends` divide windows into; pad belongs to none."""
    row, last = np.nonzero(np.unpackbits(windows.ends, axis=1, bitorder="little"))
    behind = np.concatenate([[0], last[:-1] + 1]) if len(last) else last
    first = np.where(np.diff(row, prepend=-1) > 0, 0, behind)
    return Unpacked(windows, row, first, last + 1 - first)
