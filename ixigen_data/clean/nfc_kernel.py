"""Where the texts of a batch could be not NFC."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import code_point

GAP_BYTES = 64  # stretches closer than this are joined: composing so much costs less than a call


@kernel
def find_stretches(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    maybe: npt.NDArray[np.bool_],
    stretches: npt.NDArray[np.int64],
) -> int:
    """Write the stretches of each document that NFC could change; return their number.

    A stretch begins with a code point that never composes with what is before it, or with the document, and ends before
    another, so the document's NFC is its text with every stretch made NFC by itself (Unicode Standard Annex 15, 9.1).

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        maybe: (table size,) the code points that could be not NFC; those beyond the table are as the last one.
        stretches: (bytes / GAP_BYTES + documents, 3) output: row, and first and last byte + 1 in `data`.
    """
    found = 0
    for row in range(len(offsets) - 1):
        first = found
        safe = offsets[row]
        place = np.uint64(offsets[row])
        stop = np.uint64(offsets[row + 1])
        while place < stop:
            point, size = code_point(data, place)
            if not maybe[min(point, np.uint64(len(maybe) - 1))]:
                safe = np.int64(place)
            elif found > first and safe - stretches[found - 1, 2] < GAP_BYTES:
                stretches[found - 1, 2] = np.int64(place + size)
            else:
                stretches[found, 0] = row
                stretches[found, 1] = safe
                stretches[found, 2] = np.int64(place + size)
                found += 1
            place += size
    return found
