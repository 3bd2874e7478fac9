"""Code points replaced in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import TABLE_SIZE, class_at, code_point


@kernel
def substitute(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    leads: npt.NDArray[np.bool_],
    classes: npt.NDArray[np.uint8],
    replacements: npt.NDArray[np.uint8],
    neighbours: npt.NDArray[np.uint8],
    edited: npt.NDArray[np.uint8],
    edited_offsets: npt.NDArray[np.int64],
) -> None:
    """Write every document with its code points replaced.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        leads: (256,) whether a byte begins a code point that may be replaced.
        classes: (TABLE_SIZE,) 0 for a code point that stays.
        replacements: (classes, 2 + n), by class: the set of neighbours that keep the code point, bytes in use, bytes.
        neighbours: (TABLE_SIZE,) the sets that a code point is a member of, one a bit; or (0,), where there are none.
        edited: output, with room for the documents together.
        edited_offsets: (documents + 1,) output, from 0.
    """
    one = np.uint64(1)
    size = np.uint64(0)
    edited_offsets[0] = 0
    for row in range(len(offsets) - 1):
        place, start, stop = np.uint64(offsets[row]), np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        while place < stop:
            byte = data[place]
            if not leads[byte]:
                edited[size] = byte
                size += one
                place += one
                continue
            point, width = code_point(data, place)
            kind = classes[min(point, np.uint64(TABLE_SIZE - 1))]
            keepers = replacements[kind, 0]
            if kind == 0 or (keepers and _is_beside(data[start:stop], place - start, width, neighbours, keepers)):
                for _ in range(width):
                    edited[size] = data[place]
                    size += one
                    place += one
                continue
            place += width
            for k in range(replacements[kind, 1]):
                edited[size] = replacements[kind, 2 + k]
                size += one
        edited_offsets[row + 1] = size


@kernel
def _is_beside(
    text: npt.NDArray[np.uint8],
    place: np.uint64,
    width: np.uint64,
    neighbours: npt.NDArray[np.uint8],
    keepers: np.uint8,
) -> bool:
    """Return whether the code point at a place stands next to one of a set."""
    one = np.uint64(1)
    if place + width < len(text) and class_at(text, place + width, neighbours) & keepers:
        return True
    if place == 0:
        return False
    before = place - one
    while text[before] & 0xC0 == 0x80:
        before -= one
    return bool(class_at(text, before, neighbours) & keepers)
