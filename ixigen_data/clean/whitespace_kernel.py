"""White space collapsed in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

_TAB, _NEWLINE, _SPACE = 9, 10, 32
_BLOCK_BYTES = 64


@kernel
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


@kernel
def _copy_clean(text: npt.NDArray[np.uint8], edited: npt.NDArray[np.uint8]) -> int:
    """Copy a block, up to its last ink, if nothing in it calls for an edit; return how many bytes that is.

    The text begins after ink; it is a block and the two bytes that follow it, or less at the end of a document, which
    is not copied. Without branches, this runs on vectors: most of a text goes this way, at thrice the rate.
    """
    if len(text) < _BLOCK_BYTES + 2:
        return 0
    edit = False
    firsts, seconds, thirds = text[:-2], text[1:-1], text[2:]
    for i in range(len(text) - 2):
        first, second, third = firsts[i], seconds[i], thirds[i]
        edit |= first == _TAB
        edit |= (first == _SPACE) & ((second == _SPACE) | (second == _TAB) | (second == _NEWLINE))
        edit |= (first == _NEWLINE) & ((second == _SPACE) | (second == _TAB))
        edit |= (first == _NEWLINE) & (second == _NEWLINE) & (third == _NEWLINE)
    if edit:
        return 0
    for i in range(_BLOCK_BYTES):
        edited[i] = text[i]
    size = _BLOCK_BYTES
    while edited[size - 1] == _SPACE or edited[size - 1] == _NEWLINE:
        size -= 1
    return size


@kernel
def _collapse_one(text: npt.NDArray[np.uint8], keep_indent: bool, edited: npt.NDArray[np.uint8]) -> int:
    """Write one text; return its size in bytes."""
    size, i, stop = 0, 0, len(text)
    look_at = 0  # no block is looked at before this byte
    line = 0  # where the current line began in `edited`
    newlines = 2  # line ends since the last ink; as if two came before
    indenting = True  # whether the current line is white so far
    while i < stop:
        if i >= look_at and not indenting and edited[size - 1] != _SPACE:
            copied = _copy_clean(text[i : i + _BLOCK_BYTES + 2], edited[size:])
            if copied:
                size += copied
                i += copied
                continue
            look_at = i + _BLOCK_BYTES
        byte = text[i]
        i += 1
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
