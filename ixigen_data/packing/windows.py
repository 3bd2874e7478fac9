"""Windows, column by column: what every packing method makes and every shard holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SETTLEMENT = 65535  # the `part` of a settlement window


@dataclass(frozen=True)
class Windows:
    """Packed windows; every array has one entry a window."""

    tokens: npt.NDArray[np.int32]  # (windows, seq_len)
    ends: npt.NDArray[np.uint8]  # (windows, seq_len / 8): bit i, little-endian within the byte, ends a piece
    length: npt.NDArray[np.uint32]  # tokens that are not pad
    part: npt.NDArray[np.uint16]  # 65535 for a settlement window

    def __len__(self) -> int:
        return len(self.part)


def empty_windows(windows: int, seq_len: int) -> Windows:
    """Return windows to be filled; all are of full length, and belong to part 0."""
    return Windows(
        np.zeros((windows, seq_len), np.int32),
        np.zeros((windows, seq_len // 8), np.uint8),
        np.full(windows, seq_len, np.uint32),
        np.zeros(windows, np.uint16),
    )
