"""White space collapsed in the UTF-8 bytes of a batch."""

import numba
import numpy as np
import numpy.typing as npt

_TAB, _NEWLINE, _SPACE = 9, 10, 32


@numba.njit(cache=True, nogil=True)
def collapse(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    keep_indent: bool,
    edited: npt.NDArray[np.uint8],
    edited_offsets: npt.NDArray[np.int64],
) -> None:
    """Write every document with its white space collapsed, as `Whitespace` says.

    Args:
        data: UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        keep_indent: whether the spaces and tabs that begin a line stay.
        edited: output, as long as the documents together at least.
        edited_offsets: (documents + 1,) output, from 0.
    """
    edited_offsets[0] = 0
    for row in range(len(offsets) - 1):
        size = _collapse_one(data[offsets[row] : offsets[row + 1]], keep_indent, edited[edited_offsets[row] :])
        edited_offsets[row + 1] = edited_offsets[row] + size


@numba.njit(cache=True, nogil=True)
def _collapse_one(text: npt.NDArray[np.uint8], keep_indent: bool, edited: npt.NDArray[np.uint8]) -> int:
    """Write one text; return its size in bytes."""
    size = 0
    line = 0  # where the current line began in `edited`
    newlines = 2  # line ends since the last ink; as if two came before
    indenting = True  # whether the current line is white so far
    for i in range(len(text)):
        byte = text[i]
        if byte == _NEWLINE:
            size = line if indenting else size - (edited[size - 1] == _SPACE)
            if newlines < 2:
                edited[size] = _NEWLINE
                size += 1
            newlines += 1
            line = size
            indenting = True
        elif not ((byte == _SPACE) | (byte == _TAB)):
            edited[size] = byte
            size += 1
            newlines = 0
            indenting = False
        elif indenting:
            if keep_indent:
                edited[size] = byte
                size += 1
        elif edited[size - 1] != _SPACE:
            edited[size] = _SPACE
            size += 1
    if indenting:
        size = line
    while size and (edited[size - 1] == _NEWLINE or edited[size - 1] == _SPACE):
        size -= 1
    return size
