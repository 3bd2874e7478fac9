"""How many code points of a text are Hangul."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel


@kernel
def count_hangul(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> None:
    """Fill `counts`, (documents, 2): Hangul syllables and compatibility jamo; code points that are not white.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        counts: output.
    """
    for row in range(len(offsets) - 1):
        text = data[offsets[row] : offsets[row + 1]]
        ink, hangul = 0, 0
        for i in range(len(text)):
            byte = text[i]
            ink += ((byte & 0xC0) != 0x80) & (byte != 32) & (byte != 10) & (byte != 9)
        firsts, seconds, thirds = text[:-2], text[1:-1], text[2:]
        for i in range(len(text) - 2):
            first, second, third = firsts[i], seconds[i], thirds[i]
            hangul += (
                ((first == 0xEA) & (second >= 0xB0))
                | (first == 0xEB)
                | (first == 0xEC)
                | ((first == 0xED) & ((second < 0x9E) | ((second == 0x9E) & (third <= 0xA3))))
                | ((first == 0xE3) & (second == 0x84) & (third >= 0xB1))
                | ((first == 0xE3) & (second == 0x85))
                | ((first == 0xE3) & (second == 0x86) & (third <= 0x8E))
            )
        counts[row, 0], counts[row, 1] = hangul, ink
