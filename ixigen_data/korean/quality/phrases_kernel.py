"""Which of some phrases a text holds, in one pass over its bytes, by the automaton of Aho and Corasick (1975)."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel


@kernel
def find_phrases(
    data: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint8],
    moves: npt.NDArray[np.uint16],
    ends: npt.NDArray[np.uint64],
    num_classes: int,
    first_end: int,
    found: npt.NDArray[np.uint64],
) -> None:
    """Fill `found`.

    Args:
        data: bytes.
        spans: (texts, 2): first byte, last byte + 1.
        classes: (256,) the class of each byte; bytes that no phrase holds are of one.
        moves: (states * num_classes,) where the row of the state that follows begins; a text begins at 0.
        ends: (states,) bit mask of the phrases that end there.
        first_end: where the rows begin of the states at which phrases end; they are the last.
        found: (texts,) output: bit mask of phrases.
    """
    for row in range(len(spans)):
        state, mask = np.uint64(0), np.uint64(0)
        for i in range(spans[row, 0], spans[row, 1]):
            state = np.uint64(moves[state + np.uint64(classes[data[i]])])
            if state >= np.uint64(first_end):
                mask |= ends[state // np.uint64(num_classes)]
        found[row] = mask


@kernel
def last_lines(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], most_bytes: int, spans: npt.NDArray[np.int64]
) -> None:
    r"""Fill `spans`: (documents, 2) where the last line begins and ends that is not of spaces, tabs and \n alone.

    Of a line of more than `most_bytes`, or of a document of one line, an empty span.
    """
    for row in range(len(offsets) - 1):
        start, stop = offsets[row], offsets[row + 1]
        while stop > start and (data[stop - 1] == 32 or data[stop - 1] == 10 or data[stop - 1] == 9):
            stop -= 1
        first = max(start, stop - most_bytes - 1)
        begin = stop
        while begin > first and data[begin - 1] != 10:
            begin -= 1
        if stop - begin > most_bytes or begin == start:
            begin = stop
        spans[row, 0], spans[row, 1] = begin, stop
