"""Hangul syllables by what they can be part of: digits that are read out, titles and labels of names, number plates."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

# Classes, as bits of a table of (11,172,) entries; a syllable's place is that from 가.
DIGIT, PAUSE, TITLE, LABEL_FIRST, LABEL_LAST, PLATE, SURNAME, BESIDE = 1, 2, 4, 8, 16, 32, 64, 128


@kernel
def syllable_class(data: npt.NDArray[np.uint8], place: np.int64, syllables: npt.NDArray[np.uint8]) -> np.uint8:
    """Return the class of the code point of three bytes at a place; 0 for what is no syllable."""
    point = (np.int64(data[place] & 0x0F) << 12) | (np.int64(data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F)
    place_from_ga = point - 0xAC00
    if place_from_ga < 0 or place_from_ga >= len(syllables):
        return np.uint8(0)
    found: np.uint8 = syllables[place_from_ga]
    return found
