"""White space collapsed in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

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
        edited_offsets[row + 1] = edited_offsets[row] + np.int64(size)


@kernel
def _copy_clean(text: npt.NDArray[np.uint8], edited: npt.NDArray[np.uint8]) -> int:
    """Copy a block, up to its last ink, if nothing in it calls for an edit; return how many bytes that is.

    The text begins after ink. It is a block and the two bytes that follow it, or less at the end of a document, which
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
def _collapse_one(text: npt.NDArray[np.uint8], keep_indent: bool, edited: npt.NDArray[np.uint8]) -> np.uint64:
    """Write one text; return its size in bytes.

    Indices are unsigned: signed ones are checked for wrapping around, which costs a third of the rate.
    """
    one, block = np.uint64(1), np.uint64(_BLOCK_BYTES)
    size, i, stop = np.uint64(0), np.uint64(0), np.uint64(len(text))
    look_at = one  # no block is looked at before this byte
    while i < stop:
        if i >= look_at and size:
            copied = np.uint64(_copy_clean(text[i : i + block + np.uint64(2)], edited[size:]))
            if copied:
                size += copied
                i += copied
                continue
            look_at = i + block
        while i < stop and not _is_white(text[i]):
            edited[size] = text[i]
            size += one
            i += one
        newlines, line = 0, i  # line ends in a run of white space, and where its last line begins
        while i < stop and _is_white(text[i]):
            if text[i] == _NEWLINE:
                newlines += 1
                line = i + one
            i += one
        if i == stop:
            break
        if size:
            edited[size] = _NEWLINE if newlines else _SPACE
            size += one
            if newlines > 1:
                edited[size] = _NEWLINE
                size += one
        if keep_indent and (newlines or not size):
            for k in range(line, i):
                edited[size] = text[k]
                size += one
        edited[size] = text[i]
        size += one
        i += one
    return size


@inlined
def _is_white(byte: np.uint8) -> bool:
    return bool((byte == _SPACE) | (byte == _NEWLINE) | (byte == _TAB))
