"""Lines and words of a batch that hold certain code points."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import code_point

GAP_BYTES = 64  # words closer than this are joined: editing so much costs less than a call
NEWLINE, SPACE = 10, 32

_BLOCK_BYTES = 256


@kernel
def find_stretches(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    place: int,
    pairs: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.bool_],
    gap_bytes: int,
    stretches: npt.NDArray[np.int64],
) -> int:
    """Write the stretches that hold a wanted code point, in order, until there is no more room; return their number.

    Stretches are lines without their ends; or, with a gap, words of a line and what lies between close ones.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        place: where to begin: the first byte, or the end of the last stretch that found room.
        pairs: (65,536,) whether two bytes, the first one high, can begin a wanted code point.
        wanted: (table size,) by code point; those beyond the table are as the last one. No end of line is wanted, and
            with a gap no space.
        gap_bytes: 0 for lines.
        stretches: (room, 2) output: first byte, last byte + 1.
    """
    found, words = 0, gap_bytes > 0
    for row in range(np.searchsorted(offsets, place, side="right") - 1, len(offsets) - 1):
        start, stop = max(place, offsets[row]), offsets[row + 1]
        first, close = found, start  # the first of the document; how far the text is known to need a close look
        while start < stop:
            hit, close = _next_hit(data, start, stop, close, pairs, wanted)
            if hit == stop:
                break
            begin = _bound_before(data, start, hit, words)
            start = _bound_after(data, hit, stop, words)
            near = found > first and begin - stretches[found - 1, 1] < gap_bytes
            if near and not _has_newline(data[stretches[found - 1, 1] : begin]):
                stretches[found - 1, 1] = start
                continue
            if found == len(stretches):
                return found
            stretches[found, 0] = begin
            stretches[found, 1] = start
            found += 1
    return found


@kernel
def _next_hit(
    data: npt.NDArray[np.uint8],
    start: np.int64,
    stop: np.int64,
    close: np.int64,
    pairs: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.bool_],
) -> tuple[np.int64, np.int64]:
    """Return where the next wanted code point begins, or `stop`; and how far the text is known to need a close look.

    Of most blocks, their pairs of bytes show that nothing in them is wanted.
    """
    i = np.uint64(start)
    end, last = np.uint64(stop), np.uint64(stop - 1)
    block_stop = np.uint64(close)
    one, eight = np.uint64(1), np.uint64(8)
    while i < end:
        if i >= block_stop:
            block_stop = min(i + np.uint64(_BLOCK_BYTES), end)
            if not _may_hit(data[i : min(block_stop + one, end)], pairs):
                i = block_stop
                continue
        while i < block_stop:
            following = np.uint64(data[i + one]) if i < last else np.uint64(0)
            if pairs[np.uint64(data[i]) << eight | following]:
                point, _ = code_point(data, i)
                if wanted[min(point, np.uint64(len(wanted) - 1))]:
                    return np.int64(i), np.int64(block_stop)
            i += one
    return stop, stop


@kernel
def _may_hit(block: npt.NDArray[np.uint8], pairs: npt.NDArray[np.bool_]) -> bool:
    """Return whether a block and the byte after it, or the end of a text, seem to hold a wanted code point."""
    may = False
    one, eight = np.uint64(1), np.uint64(8)
    last = np.uint64(len(block) - 1)
    for i in range(last):
        may |= pairs[np.uint64(block[i]) << eight | np.uint64(block[i + one])]
    return bool(may | pairs[np.uint64(block[last]) << eight])


@kernel
def _bound_before(data: npt.NDArray[np.uint8], start: np.int64, place: np.int64, words: bool) -> np.int64:
    """Return where the line or word around a place begins, not before `start`."""
    while place > start and data[place - 1] != NEWLINE and not (words and data[place - 1] == SPACE):
        place -= 1
    return place


@kernel
def _bound_after(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64, words: bool) -> np.int64:
    """Return where the line or word around a place ends, not after `stop`."""
    while place < stop and data[place] != NEWLINE and not (words and data[place] == SPACE):
        place += 1
    return place


@kernel
def _has_newline(text: npt.NDArray[np.uint8]) -> bool:
    newline = False
    for i in range(len(text)):
        newline |= text[i] == NEWLINE
    return newline
