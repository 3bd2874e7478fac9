"""One look at the UTF-8 bytes of a batch: which classes of code points each document holds, and how many."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

INK = 1  # anything but white space and what the rules delete
CONTROL = 2  # control characters that are not white space
LINE_END = 4  # line ends that are not \n
INVISIBLE = 8  # code points without width
SPACE = 16  # spaces that are not U+0020, and Hangul fillers
WHITESPACE = 32  # a tab, two spaces, a space at a line's edge, three line ends, white space at either end
NFC_MAYBE = 64  # code points that NFC changes, or may change beside others

_BLOCK_BYTES = 512
TABLE_SIZE = 0x30000  # code points beyond it share the class of the last one: INK


@kernel
def scan(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    table: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint32],
    chars: npt.NDArray[np.int64],
) -> None:
    """Fill `classes` and `chars`, one entry a document.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        table: (TABLE_SIZE,) the classes of each code point, WHITESPACE left out.
        classes: (documents,) output, bit masks.
        chars: (documents,) output, code points.
    """
    for row in range(len(offsets) - 1):
        start, stop = offsets[row], offsets[row + 1]
        found, count, plain = scan_bytes(data[start:stop])
        if not plain:
            found |= scan_blocks(data[start:stop], table)
        classes[row] = found
        chars[row] = count


@kernel
def scan_bytes(text: npt.NDArray[np.uint8]) -> tuple[int, int, bool]:
    """Return the classes of a text's ASCII part, its number of code points, and whether it is ASCII throughout.

    The loops hold no branch and sum booleans apart from integers: so they compile to vector instructions, at 10 GB/s
    instead of 0.7.
    """
    ink, control, line_end, white, above = False, False, False, False, False
    size = len(text)
    for i in range(size):
        byte = text[i]
        ink |= (byte > 32) & (byte < 127)
        control |= (byte < 9) | ((byte > 13) & (byte < 32)) | (byte == 127)
        line_end |= (byte > 10) & (byte < 14)
        white |= byte == 9
        above |= byte > 127
    continuations = 0
    for i in range(size):
        continuations += (text[i] & 0xC0) == 0x80
    firsts, seconds, thirds = text[:-2], text[1:-1], text[2:]
    for i in range(size - 2):  # the last pair needs no look: its second byte would be white space at the end
        first, second, third = firsts[i], seconds[i], thirds[i]
        white |= ((first == 32) & ((second == 32) | (second == 10))) | ((first == 10) & (second == 32))
        white |= (first == 10) & (second == 10) & (third == 10)
    if size:
        white |= (text[0] == 32) | (text[0] == 10) | (text[size - 1] == 32) | (text[size - 1] == 10)
    found = INK * ink | CONTROL * control | LINE_END * line_end | WHITESPACE * white
    return found, size - continuations, not above


@kernel
def scan_blocks(text: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8]) -> int:
    """Return the classes of a text's code points above U+007F, looking closely at odd blocks alone."""
    found = 0
    start, size = 0, len(text)
    while start < size:
        stop = min(start + _BLOCK_BYTES, size)
        while stop < size and (text[stop] & 0xC0) == 0x80:
            stop += 1
        if has_odd(text[start:stop]):
            found |= scan_code_points(text[start:stop], table)
        else:
            above = False
            for i in range(start, stop):
                above |= text[i] > 127
            found |= INK * above
        start = stop
    return found


@kernel
def has_odd(text: npt.NDArray[np.uint8]) -> bool:
    """Return whether bytes in a row look like a code point above U+007F of a class other than INK; False is certain.

    It spares Hangul, Hanja, kana, circled digits, quotation marks and full-width forms the loop over code points:
    5 GB/s instead of 0.7.
    """
    odd = False
    size = len(text)
    firsts, seconds, thirds = text[: max(size - 1, 0)], text[1:], text[2:]
    for i in range(size - 2):
        first, second, third = firsts[i], seconds[i], thirds[i]
        odd |= ((first >= 0xCC) & (first <= 0xE1)) | (first >= 0xF0)
        odd |= (first == 0xC2) & ((second <= 0xA0) | (second == 0xAD))
        odd |= (first == 0xE2) & (second == 0x80) & ((third < 0x90) | (third > 0xA7))
        odd |= (first == 0xE2) & (((second == 0x81) & (third >= 0x9F)) | ((second == 0x84) & (third >= 0xA6)))
        odd |= (first == 0xE2) & ((second == 0x83) | (second == 0x8C) | (second >= 0xAB))
        odd |= (first == 0xE3) & (second == 0x80) & ((third == 0x80) | (third >= 0xAA))
        odd |= (first == 0xE3) & (second == 0x82) & (third >= 0x99) & (third <= 0x9A)
        odd |= (first == 0xE3) & (second == 0x85) & (third == 0xA4)
        odd |= ((first == 0xEA) & (second < 0xB0)) | ((first == 0xED) & (second == 0x9E) & (third >= 0xB0))
        odd |= (first == 0xEF) & ((second < 0xBC) | (second > 0xBD))
    if size >= 2:
        first, second = text[size - 2], text[size - 1]
        odd |= ((first >= 0xCC) & (first <= 0xDF)) | ((first == 0xC2) & ((second <= 0xA0) | (second == 0xAD)))
    return odd


@kernel
def scan_code_points(text: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8]) -> int:
    """Return the classes of the code points above U+007F in a text.

    Indices are unsigned: signed ones are checked for wrapping around, which halves the rate.
    """
    found = 0
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    low = np.uint64(0x3F)
    i, stop = np.uint64(0), np.uint64(len(text))
    while i < stop:
        lead = np.uint64(text[i])
        if lead < 0x80:
            i += one
        elif lead < 0xE0:
            found |= table[(lead & np.uint64(0x1F)) << np.uint64(6) | (text[i + one] & low)]
            i += two
        elif lead < 0xF0:
            high = (lead & np.uint64(0x0F)) << np.uint64(12) | (text[i + one] & low) << np.uint64(6)
            found |= table[high | (text[i + two] & low)]
            i += three
        else:
            high = (lead & np.uint64(0x07)) << np.uint64(18) | (text[i + one] & low) << np.uint64(12)
            point = high | (text[i + two] & low) << np.uint64(6) | (text[i + three] & low)
            found |= table[min(point, np.uint64(TABLE_SIZE - 1))]
            i += np.uint64(4)
    return found
