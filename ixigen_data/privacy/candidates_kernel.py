"""Where the texts of a batch could hold personal data: the shapes of its kinds, without context or check digits."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.privacy.numbers_kernel import EMAIL, MOST_GROUPS, NAME, SPOKEN, digits_end, number_shapes
from ixigen_data.privacy.syllables_kernel import (
    BESIDE,
    DIGIT,
    LABEL_FIRST,
    LABEL_LAST,
    PAUSE,
    SURNAME,
    TITLE,
    syllable_class,
)

GAP_BYTES = 64  # candidates closer than this are joined

_FEWEST_SPOKEN = 7
_MOST_WORDS = 3  # before a title that are looked at
_MOST_BETWEEN = 6  # characters between a label and a name
_NAME_CHARS = 8  # before the end of a title or label
_PAUSE_CHARS = 6  # between two digits that are read out
_DOMAIN_BYTES = 600


@kernel
def find_candidates(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    syllables: npt.NDArray[np.uint8],
    wanted: np.int64,
    stretches: npt.NDArray[np.int64],
) -> int:
    """Write the stretches of each document that could hold personal data; return their number.

    A match of a detector begins no earlier than four characters before a stretch of its shape, and before its end.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        syllables: (11,172,) classes of Hangul syllables.
        wanted: the shapes to look for.
        stretches: (bytes / GAP_BYTES + documents, 4) output: row, first byte, last byte + 1, shapes.
    """
    found = 0
    lens = np.zeros(MOST_GROUPS + 1, np.int64)
    breaks = np.zeros(MOST_GROUPS + 1, np.int64)
    for row in range(len(offsets) - 1):
        first = found
        start, stop = offsets[row], offsets[row + 1]
        place = start
        while place < stop:
            byte = data[place]
            shapes, begin, end, after = 0, place, place, place + 1
            if byte < 0x80:
                if byte >= 48 and byte <= 57:
                    after = digits_end(data, place, stop)
                    shapes, begin, end = number_shapes(data, start, stop, place, after, syllables, lens, breaks)
                elif byte == 64:
                    shapes, end = _email(data, start, stop, place)
                else:
                    place += 1
                    continue
            elif byte >= 0xEA and byte <= 0xED:
                after = place + 3
                kind = syllable_class(data, place, syllables)
                if kind == 0:
                    place = after
                    continue
                if kind & DIGIT and wanted & SPOKEN:
                    end, count = _spoken(data, place, stop, syllables)
                    shapes, after = SPOKEN * (count >= _FEWEST_SPOKEN), end
                if kind & (TITLE | LABEL_LAST) and wanted & NAME:
                    titled = kind & TITLE and _titled(data, start, place, syllables)
                    if titled or (kind & LABEL_LAST and _labels(data, start, place, stop, syllables)):
                        shapes |= NAME
                        begin, end = _back(data, start, place, _NAME_CHARS), max(end, place + 3)
            shapes = int(shapes & wanted)
            if shapes != 0:
                if found > first and begin - stretches[found - 1, 2] < GAP_BYTES:
                    stretches[found - 1, 1] = min(stretches[found - 1, 1], begin)
                    stretches[found - 1, 2] = max(stretches[found - 1, 2], end)
                    stretches[found - 1, 3] |= shapes
                else:
                    stretches[found, 0] = row
                    stretches[found, 1] = begin
                    stretches[found, 2] = end
                    stretches[found, 3] = shapes
                    found += 1
            place = after
    return found


@kernel
def _email(data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64, place: np.int64) -> tuple[int, np.int64]:
    """Return EMAIL and the end of what looks like a domain, where an @ stands between a name and one with a dot."""
    if place == start or not (_is_word(data[place - 1]) or data[place - 1] == 37 or data[place - 1] == 43):
        return 0, place
    end = place + 1
    dots = 0
    while end < min(stop, place + _DOMAIN_BYTES) and (_is_word(data[end]) or data[end] == 46):
        dots += data[end] == 46
        end += 1
    return EMAIL * (dots > 0), end


@kernel
def _is_word(byte: np.uint8) -> bool:
    """Return whether a byte is a letter, a digit, a hyphen or an underscore of ASCII."""
    low = byte | 32
    return bool((low >= 97 and low <= 122) or (byte >= 48 and byte <= 57) or byte == 45 or byte == 95)


@kernel
def _spoken(
    data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64, syllables: npt.NDArray[np.uint8]
) -> tuple[np.int64, int]:
    """Return the end of a run of digits read out, and their number."""
    count = 1
    place += 3
    end = place
    pauses = 0
    while place < stop and pauses <= _PAUSE_CHARS:
        byte = data[place]
        if byte == 32 or byte == 44 or byte == 45 or byte == 46 or byte == 126:
            place += 1
            pauses += 1
            continue
        kind = syllable_class(data, place, syllables) if byte >= 0xEA and byte <= 0xED else np.uint8(0)
        if kind & DIGIT:
            count += 1
            place += 3
            end = place
            pauses = 0
        elif kind & PAUSE:
            place += 3
            pauses += 1
        else:
            break
    return end, count


@kernel
def _titled(data: npt.NDArray[np.uint8], start: np.int64, place: np.int64, syllables: npt.NDArray[np.uint8]) -> bool:
    """Return whether a word before a title, the last one or the one before it, begins with a surname."""
    for _ in range(_MOST_WORDS):
        end = place
        floor = max(start, end - 3 * _NAME_CHARS)
        while place - floor >= 3 and data[place - 3] >= 0xEA and data[place - 3] <= 0xED:
            place -= 3
        if end - place >= 6 and syllable_class(data, place, syllables) & SURNAME:
            return True
        if place == start or data[place - 1] != 32:
            return False
        place -= 1
    return False


@kernel
def _labels(
    data: npt.NDArray[np.uint8],
    start: np.int64,
    place: np.int64,
    stop: np.int64,
    syllables: npt.NDArray[np.uint8],
) -> bool:
    """Return whether a syllable can end a label, by that before it, or before a space, and a surname follows."""
    first = place - (place > start and data[place - 1] == 32)
    if first - start < 3 or data[first - 3] < 0xEA or data[first - 3] > 0xED:
        return False
    if not syllable_class(data, first - 3, syllables) & LABEL_FIRST:
        return False
    place += 3
    for _ in range(_MOST_BETWEEN):
        if place + 3 > stop:
            return False
        if data[place] >= 0xEA and data[place] <= 0xED:
            kind = syllable_class(data, place, syllables)
            if kind & SURNAME:
                return True
            if not kind & BESIDE:
                return False
            place += 3
        elif data[place] >= 0x80:
            return False
        else:
            place += 1
    return False


@kernel
def _back(data: npt.NDArray[np.uint8], start: np.int64, place: np.int64, chars: int) -> np.int64:
    """Return where the code point begins that stands so many before a place, or `start`."""
    while chars > 0 and place > start:
        place -= 1
        chars -= (data[place] & 0xC0) != 0x80
    return place
