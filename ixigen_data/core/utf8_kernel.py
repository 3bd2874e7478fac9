"""UTF-8 read in kernels."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

TABLE_SIZE = 0x30000  # tables by code point end here: beyond are private use, and Hanja that no rule names


@kernel
def code_point(data: npt.NDArray[np.uint8], place: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the code point that begins at a place of valid UTF-8, and its size in bytes.

    Places are unsigned: signed ones are checked for wrapping around, which halves the rate.
    """
    low, six = np.uint64(0x3F), np.uint64(6)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    lead = np.uint64(data[place])
    if lead < 0x80:
        return lead, one
    if lead < 0xE0:
        return (lead & np.uint64(0x1F)) << six | (data[place + one] & low), two
    if lead < 0xF0:
        high = (lead & np.uint64(0x0F)) << six | (data[place + one] & low)
        return high << six | (data[place + two] & low), three
    high = ((lead & np.uint64(0x07)) << six | (data[place + one] & low)) << six | (data[place + two] & low)
    return high << six | (data[place + three] & low), np.uint64(4)


@kernel
def class_at(data: npt.NDArray[np.uint8], place: np.uint64, table: npt.NDArray[np.uint8]) -> np.uint8:
    """Return what a table of TABLE_SIZE entries says of the code point that begins at a place."""
    point, _ = code_point(data, place)
    found: np.uint8 = table[min(point, np.uint64(TABLE_SIZE - 1))]
    return found
