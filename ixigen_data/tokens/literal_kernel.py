"""One pass over UTF-8 bytes that counts occurrences of given strings."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


@kernel
def count_needles(
    data: Bytes, offsets: Int64s, needles: Bytes, borders: Int64s, pairs: npt.NDArray[np.bool_]
) -> Int64s:
    """Return how often each needle occurs, without overlaps, within documents.

    Needle k is `needles[borders[k] : borders[k + 1]]`, none empty, the longest first: at each place the longest that
    fits is counted and skipped. `pairs[256 * a + b]` must be true where a needle begins with the bytes a, b, or is the
    byte a alone. Result: (needles,).
    """
    counts = np.zeros(len(borders) - 1, np.int64)
    for document in range(len(offsets) - 1):
        place, stop = offsets[document], offsets[document + 1]
        while place < stop:
            second = data[place + 1] if place + 1 < stop else np.uint8(0)
            if not pairs[256 * np.int64(data[place]) + np.int64(second)]:
                place += 1
                continue
            step = 1
            for needle in range(len(counts)):
                first, length = borders[needle], borders[needle + 1] - borders[needle]
                if length > stop - place:
                    continue
                same = 0
                while same < length and data[place + same] == needles[first + same]:
                    same += 1
                if same == length:
                    counts[needle] += 1
                    step = length
                    break
            place += step
    return counts
