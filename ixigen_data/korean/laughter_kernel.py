"""Codas that laughter left taken off, in the UTF-8 bytes of a batch."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

_FIRST_SYLLABLE, _LAST_SYLLABLE, _CODAS = 0xAC00, 0xD7A3, 28


@kernel
def drop_codas(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], codas: npt.NDArray[np.uint8]) -> None:
    """Take the coda off every syllable that stands before a jamo of the same sound, in place: it keeps its three bytes.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        codas: (256,) by the last byte of a jamo between U+3140 and U+317F, its number as a coda; 0 for other jamo.
    """
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    low, six, twelve = np.uint64(0x3F), np.uint64(6), np.uint64(12)
    for row in range(len(offsets) - 1):
        start = np.uint64(offsets[row])
        for place in range(start + three, np.uint64(offsets[row + 1])):
            if data[place] != 0xE3 or data[place + one] != 0x85 or codas[data[place + two]] == 0:
                continue
            syllable = place - three
            lead = np.uint64(data[syllable])
            if lead & np.uint64(0xF0) != 0xE0:  # no code point of three bytes begins there
                continue
            point = (lead & np.uint64(0x0F)) << twelve | (np.uint64(data[syllable + one]) & low) << six
            point |= np.uint64(data[syllable + two]) & low
            if point < _FIRST_SYLLABLE or point > _LAST_SYLLABLE:
                continue
            coda = (point - np.uint64(_FIRST_SYLLABLE)) % np.uint64(_CODAS)
            if coda == codas[data[place + two]]:
                point -= coda
                data[syllable] = np.uint64(0xE0) | point >> twelve
                data[syllable + one] = np.uint64(0x80) | (point >> six & low)
                data[syllable + two] = np.uint64(0x80) | (point & low)
