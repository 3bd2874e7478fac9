"""One look at the bytes of source files: lines, characters, numbers and encoded data, counted."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

# The columns: code points (without line ends), lines, and what is said of them.
CHARS, LINES, LONGEST_LINE, ALPHANUMERIC, INKED_LINES, DATA_LINES, ENCODED, LONGEST_ENCODED = 0, 1, 2, 3, 4, 5, 6, 7
NUM_COUNTS = 8
MOST_DATA_INK = 4  # code points a digit, in a line of numbers
ENCODED_RUN = 64  # characters in a row, of those that Base64, hexadecimal digits and escapes are written with
MOST_RUN_PER_DIGIT = 16  # Base64 has a digit in six

# What a character below 128 is.
_DIGIT, _LETTER, _OTHER_LETTER, _RUN, _INK = 1, 2, 4, 8, 16


@kernel
def count_code(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> None:
    """Fill `counts`.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        counts: (documents, NUM_COUNTS) zeros, filled: code points outside ASCII count as letters, and a line that holds
            one is no data.
    """
    kinds = np.empty(256, np.uint8)
    for byte in range(256):
        kinds[byte] = _kind(byte)
    for row in range(len(offsets) - 1):
        _count_one(data[offsets[row] : offsets[row + 1]], kinds, counts[row])


@inlined
def _kind(byte: int) -> int:
    if byte >= 128:
        return _LETTER | _OTHER_LETTER | _INK
    small = byte | 32
    if 48 <= byte <= 57:
        return _DIGIT | _RUN | _INK
    if 97 <= small <= 122 and byte >= 65:
        hexadecimal = small <= 102 or small == 108 or small == 117 or small == 120
        return _LETTER | _RUN | _INK | (0 if hexadecimal else _OTHER_LETTER)
    if byte == 43 or byte == 47 or byte == 61 or byte == 92:
        return _RUN | _INK
    return 0 if byte == 32 or byte == 9 or byte == 10 else _INK


@kernel
def _count_one(text: npt.NDArray[np.uint8], kinds: npt.NDArray[np.uint8], counts: npt.NDArray[np.int64]) -> None:
    chars, ink, digits, letters, other = 0, 0, 0, 0, 0  # of the line
    run, run_digits = 0, 0
    for i in range(len(text) + 1):
        byte = text[i] if i < len(text) else np.uint8(10)
        if (byte & 0xC0) == 0x80:
            continue
        kind = kinds[byte]
        if kind & _RUN:
            run += 1
            run_digits += kind & _DIGIT
        elif run:
            if run >= ENCODED_RUN and run_digits * MOST_RUN_PER_DIGIT >= run:
                counts[ENCODED] += run
                counts[LONGEST_ENCODED] = max(counts[LONGEST_ENCODED], run)
            run, run_digits = 0, 0
        if byte != 10:
            chars += 1
            ink += (kind & _INK) != 0
            digits += kind & _DIGIT
            letters += (kind & _LETTER) != 0
            other += (kind & _OTHER_LETTER) != 0
            continue
        counts[LINES] += 1
        counts[CHARS] += chars
        counts[ALPHANUMERIC] += letters + digits
        counts[LONGEST_LINE] = max(counts[LONGEST_LINE], chars)
        counts[INKED_LINES] += ink > 0
        counts[DATA_LINES] += (other == 0) & (ink > 0) & (ink <= digits * MOST_DATA_INK)
        chars, ink, digits, letters, other = 0, 0, 0, 0, 0
