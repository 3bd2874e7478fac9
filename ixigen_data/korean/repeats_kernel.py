"""Alternating jamo cut short in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

_LEAD, _SECOND = 0xE3, 0x85  # of ㅋ ㅎ ㅜ ㅠ, and of all that lies near
_BYTES = np.uint64(3)


@kernel
def shorten_alternations(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    partners: npt.NDArray[np.uint8],
    most: int,
    edited: npt.NDArray[np.uint8],
    edited_offsets: npt.NDArray[np.int64],
) -> None:
    """Write every document with what alternates cut to `most` pairs, and half a pair where there was one.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        partners: (256,) by the last byte of a jamo between U+3140 and U+317F, that of its partner; 0 for none.
        most: pairs that are left.
        edited: output, as long as the documents together at least.
        edited_offsets: (documents + 1,) output, from 0.
    """
    size = np.uint64(0)
    one, two = np.uint64(1), np.uint64(2)
    edited_offsets[0] = 0
    for row in range(len(offsets) - 1):
        place, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        while place < stop:
            byte = data[place]
            if byte != _LEAD or data[place + one] != _SECOND or partners[data[place + two]] == 0:
                edited[size] = byte
                size += one
                place += one
                continue
            end = place + _BYTES
            wanted = partners[data[place + two]]
            while end < stop and data[end] == _LEAD and data[end + one] == _SECOND and data[end + two] == wanted:
                wanted = partners[wanted]
                end += _BYTES
            copied = end - place
            jamo = copied // _BYTES
            if jamo // two > most:
                copied = (two * np.uint64(most) + jamo % two) * _BYTES
            for j in range(copied):
                edited[size] = data[place + np.uint64(j)]
                size += one
            place = end
        edited_offsets[row + 1] = size
