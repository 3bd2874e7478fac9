"""UTF-8 bytes to what shingles are runs of: code points, words or tokens, each a number."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.core.utf8_kernel import code_point

# Classes of code points, see classes.py: the lowest 21 bits are a code point, then flags.
CLASSES = 0x40000
PART, ALONE, ENDS, SUSPECT = 1 << 24, 1 << 25, 1 << 26, 1 << 27
PART_SHIFT = 24
POINT_BITS = 0x1FFFFF
FIRST_SYLLABLE, LAST_SYLLABLE = 0xEAB080, 0xED9EA3  # of Hangul, in UTF-8

# Multipliers of 64 bits: the fractional part of the golden ratio (odd), and those of splitmix64 (Steele et al. 2014).
WORD_FACTOR = 0x9E3779B97F4A7C15
FIRST_FACTOR, SECOND_FACTOR = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@kernel
def fill_characters(
    data: npt.NDArray[np.uint8],
    place: np.uint64,
    stop: np.uint64,
    classes: npt.NDArray[np.uint32],
    units: npt.NDArray[np.uint64],
    filled: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint32]:
    """Append the code points of a text that are part of its shingles, until the text or the room ends.

    Most Korean is syllables, each perhaps with a space behind it: those go round without a look at the classes, and
    the space without a branch, which no predictor foresees.

    Returns:
        The place behind what was read, the number of units, and all classes met, joined by "or".
    """
    one, two, three, eight = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(8)
    shift, room = np.uint32(PART_SHIFT), np.uint64(len(units))
    last_class, point_bits, met = np.uint64(CLASSES - 1), np.uint32(POINT_BITS), np.uint32(0)
    while place < stop and filled < room:
        lead = np.uint64(data[place])
        if lead < 0x80:
            entry = classes[lead]
            units[filled] = entry & point_bits
            filled += np.uint64((entry >> shift) & np.uint32(1))
            place += one
            continue
        if lead >= 0xEA and lead <= 0xED:
            # Three bytes as they are: larger than any code point, so a syllable is a number of its own.
            unit = (lead << eight | data[place + one]) << eight | data[place + two]
            if unit >= FIRST_SYLLABLE and unit <= LAST_SYLLABLE:
                units[filled] = unit
                filled += one
                place += three
                if place < stop:
                    place += np.uint64(data[place] == 32)
                continue
        point, size = code_point(data, place)
        entry = classes[min(point, last_class)]
        met |= entry
        units[filled] = entry & point_bits
        filled += np.uint64((entry >> shift) & np.uint32(1))
        place += size
    return place, filled, met


@kernel
def fill_runs(
    data: npt.NDArray[np.uint8],
    place: np.uint64,
    stop: np.uint64,
    classes: npt.NDArray[np.uint32],
    units: npt.NDArray[np.uint64],
    filled: np.uint64,
    word: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint32, np.uint64]:
    """Append the hashes of the words or tokens of a text, until the text ends or the room may.

    Args:
        word: the hash of the word that is open; 0 where there is none.

    Returns:
        The place behind what was read, the number of units, all classes met, joined by "or", and the open word.
    """
    last_class, point_bits, met = np.uint64(CLASSES - 1), np.uint32(POINT_BITS), np.uint32(0)
    part, alone, ends = np.uint32(PART), np.uint32(ALONE), np.uint32(ENDS)
    factor, none, one, room = np.uint64(WORD_FACTOR), np.uint64(0), np.uint64(1), np.uint64(len(units) - 1)
    while place < stop and filled < room:  # a code point may end a word and be a token: two units
        point, size = np.uint64(data[place]), one
        if point >= 0x80:
            point, size = code_point(data, place)
        entry = classes[min(point, last_class)]
        met |= entry
        place += size
        unit = np.uint64(entry & point_bits)
        if entry & part:
            # Odd after "or": no word's hash is 0.
            word = ((word ^ unit) * factor) | one
        elif entry & (alone | ends):
            units[filled] = mixed(word)
            filled += np.uint64(word != none)
            word = none
            if entry & alone:
                units[filled] = mixed(unit + factor)
                filled += one
    return place, filled, met, word


@kernel
def mixed(hashed: np.uint64) -> np.uint64:
    """Return a number of 64 bits of which every bit depends on every bit of the one given (splitmix64)."""
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(FIRST_FACTOR)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(SECOND_FACTOR)
    return hashed ^ (hashed >> np.uint64(31))
