"""Lines of a batch that may hold hesitation or a word said again."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

NEWLINE, SPACE, TAB, COMMA, DOT = 10, 32, 9, 44, 46
ELLIPSIS = 0xE2  # its first byte
LONGEST = 9  # bytes of a word said again: three syllables


@kernel
def find_hesitant(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    place: int,
    fillers: npt.NDArray[np.uint8],
    lines: npt.NDArray[np.int64],
) -> int:
    """Write the lines that hold a filler as a word, or a word twice in a row, until there is no room; return how many.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        place: where to begin: the first byte, or the end of the last line that found room.
        fillers: (fillers, bytes of the longest) their UTF-8, with zeros behind; one counts alone and before a comma,
            a full stop or an ellipsis.
        lines: (room, 2) output: first byte, last byte + 1.
    """
    found = 0
    for row in range(np.searchsorted(offsets, place, side="right") - 1, len(offsets) - 1):
        start, stop = max(place, offsets[row]), offsets[row + 1]
        while start < stop:
            end, hesitant = _read_line(data, start, stop, fillers)
            if hesitant:
                if found == len(lines):
                    return found
                lines[found, 0] = start
                lines[found, 1] = end
                found += 1
            start = end + 1
    return found


@kernel
def _read_line(
    data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64, fillers: npt.NDArray[np.uint8]
) -> tuple[np.int64, bool]:
    """Return where the line ends that begins at `start`, and whether it holds what is looked for."""
    hesitant = False
    word, last, last_size = start, start, np.int64(-1)
    i = start
    while True:
        byte = data[i] if i < stop else np.uint8(NEWLINE)
        if byte == SPACE or byte == TAB or byte == NEWLINE:
            size = i - word
            if 3 <= size <= LONGEST and not hesitant:
                hesitant = _is_filler(data, word, size, fillers)
                if size == last_size and last + size + 1 == word:
                    hesitant |= _same(data, last, word, size)
            last, last_size, word = word, size, i + 1
            if byte == NEWLINE:
                return i, hesitant
        i += 1


@kernel
def _is_filler(data: npt.NDArray[np.uint8], word: np.int64, size: np.int64, fillers: npt.NDArray[np.uint8]) -> bool:
    for i in range(len(fillers)):
        same, length = True, 0
        for k in range(fillers.shape[1]):
            if fillers[i, k]:
                length += 1
                if k >= size or data[word + k] != fillers[i, k]:
                    same = False
        if same and (size == length or data[word + length] == COMMA or data[word + length] == DOT):
            return True
        if same and data[word + length] == ELLIPSIS:
            return True
    return False


@kernel
def _same(data: npt.NDArray[np.uint8], one: np.int64, other: np.int64, size: np.int64) -> bool:
    same = True
    for i in range(size):
        same &= data[one + i] == data[other + i]
    return same
