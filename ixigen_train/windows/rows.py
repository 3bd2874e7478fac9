"""The bytes of a window: one structured array a shard (shards/README.md of the repository draws it)."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import ShardError

Rows: TypeAlias = npt.NDArray[np.void]  # (windows,): fields ends, length, part, tokens

_HEAD_BYTES = 8  # number of windows and the first offset, uint32 each


def row_type(seq_len: int) -> np.dtype[np.void]:
    """Return the layout of a window of `seq_len` tokens; the fields stand in the order of their names, as in MDS."""
    return np.dtype(
        [
            ("ends", "u1", (seq_len // 8,)),  # bit i: a document, or the piece of it in this window, ends at token i
            ("length", "<u4"),  # tokens that are not pad
            ("part", "<u2"),  # index into `manifest.parts`; 65535: a settlement window
            ("tokens", "<i4", (seq_len,)),
        ]
    )


def rows_in(data: bytes | npt.NDArray[np.uint8], windows: int, seq_len: int, name: str) -> Rows:
    """Return the windows of a raw shard, without copying them.

    Args:
        windows: how many its manifest says it holds.
        name: the shard's, for the message.

    Raises:
        ShardError: the bytes are those of another number of windows, or of another length.
    """
    dtype = row_type(seq_len)
    data = np.frombuffer(data, np.uint8)
    told = int(data[:4].view("<u4")[0]) if len(data) >= _HEAD_BYTES else 0
    first = len(data) - windows * dtype.itemsize
    if told != windows or first < _HEAD_BYTES or int(data[4:8].view("<u4")[0]) != first:
        raise ShardError(
            f"{name}: {len(data):,} bytes of {told:,} windows, expected {windows:,} windows of {seq_len:,} tokens; "
            "the manifest is that of another dataset"
        )
    return data[first:].view(dtype)
