"""What the numbers of a text have the shape of: digits, the breaks between them, and what stands directly beside."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel
from ixigen_data.privacy.syllables_kernel import PLATE, syllable_class

# Shapes of candidates; the last ones are of no number.
REGISTRATION, MASKED, CARD, PHONE, REP, BRN, DRIVER, PASSPORT = 1, 2, 4, 8, 16, 32, 64, 128
ACCOUNT, EMAIL, IP, VEHICLE, ADDRESS, SPOKEN, NAME = 256, 512, 1024, 2048, 4096, 8192, 16384

MOST_GROUPS = 3  # of digits, after the first
_LONGEST_GROUP = 10
# What breaks them.
_SPACE, _HYPHEN, _DOT, _BRACKET, _DASH = 1, 2, 3, 4, 5
_BREAK_BYTES = 8  # the longest are " – " and "-(0)-"


@kernel
def digits_end(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64) -> np.int64:
    """Return where the digits that begin at a place end."""
    while place < stop and data[place] >= 48 and data[place] <= 57:
        place += 1
    return place


@kernel
def number_shapes(
    data: npt.NDArray[np.uint8],
    start: np.int64,
    stop: np.int64,
    place: np.int64,
    end: np.int64,
    syllables: npt.NDArray[np.uint8],
    lens: npt.NDArray[np.int64],
    breaks: npt.NDArray[np.int64],
) -> tuple[int, np.int64, np.int64]:
    """Return the shapes that begin with a group of digits, their first byte, and the last one + 1."""
    size = end - place
    road = _road_before(data, start, place)
    begin = road if road >= 0 else place
    shapes = int(ADDRESS * (road >= 0))
    letter = bool(place > start) and _is_passport_letter(data[place - 1])
    if size >= 8:
        shapes |= _bare(data, place, size, letter)
        if size >= 9:
            return shapes, begin, end
    if end >= stop:
        return shapes, begin, end
    following = data[end]
    if (following >= 0xEA and following <= 0xED) or following == 32:
        shapes |= _plate(data, end, stop, size, syllables)
    if letter and size == 3 and following >= 65 and following <= 90 and digits_end(data, end + 1, stop) - end == 5:
        shapes |= PASSPORT
    if size == 6 and following == 45 and end + 2 < stop and data[end + 2] == 42:
        shapes |= MASKED
    if (
        following == 32
        or (following >= 40 and following <= 46)
        or following == 0xC2
        or following == 0xE2
        or following == 0xEC
    ):
        groups, chain_end = _groups(data, end, stop, lens, breaks)
        if groups > 0:
            lens[0] = size
            shapes |= _grouped(data, place, lens, breaks)
            end = chain_end
    return shapes, begin, end


@kernel
def _bare(data: npt.NDArray[np.uint8], place: np.int64, size: np.int64, letter: bool) -> int:
    """Return the shapes of eight digits or more without a break."""
    zero = data[place] == 48
    abroad = data[place] == 56 and data[place + 1] == 50
    shapes = int(PASSPORT * (letter and size == 8))
    shapes |= int(PHONE * ((zero and size <= 14) or (abroad and size <= 12)))
    shapes |= int(BRN * (size == 10) | DRIVER * (size == 12) | REGISTRATION * (size == 13))
    shapes |= int(ACCOUNT * (size >= 10 and size <= 14) | CARD * (size == 15 or size == 16))
    return int(shapes * (size <= 16))


@kernel
def _groups(
    data: npt.NDArray[np.uint8],
    place: np.int64,
    stop: np.int64,
    lens: npt.NDArray[np.int64],
    breaks: npt.NDArray[np.int64],
) -> tuple[int, np.int64]:
    """Write the sizes of the groups of digits that follow one, and the break before each; return their number and end.

    Args:
        place: the end of the first group.
        lens: (MOST_GROUPS + 1,) output; 0 is left alone, and what there is not is 0.
        breaks: likewise.
    """
    lens[1:] = 0
    breaks[1:] = 0
    groups = 0
    while groups < MOST_GROUPS:
        kind, next_place = _break(data, place, stop)
        end = digits_end(data, next_place, stop)
        if kind == 0 or end == next_place or end - next_place > _LONGEST_GROUP:
            break
        groups += 1
        lens[groups] = end - next_place
        breaks[groups] = kind
        place = end
    return groups, place


@kernel
def _break(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64) -> tuple[int, np.int64]:
    """Return what kind of break begins at a place, 0 if none, and where it ends; "(0)" within one is skipped."""
    kind = 0
    spaces = 0
    stop = min(stop, place + _BREAK_BYTES)
    while place < stop:
        byte = data[place]
        if byte == 32:
            spaces += 1
            if spaces > 2:
                return 0, place
            kind = max(kind, _SPACE)
        elif byte == 45:
            kind = _HYPHEN if kind <= _SPACE else _BRACKET if kind == _BRACKET else _DASH
        elif byte == 46 and kind == 0:
            kind = _DOT
        elif byte == 41:
            kind = _BRACKET
        elif byte == 0xE2 and place + 2 < stop and data[place + 1] == 0x80 and data[place + 2] == 0x93:
            kind = _DASH
            place += 2
        elif kind == 0 and byte == 0xC2 and place + 1 < stop and data[place + 1] == 0xB7:  # ·
            kind = _DASH
            place += 1
        elif kind == 0 and _is(data, place, min(stop, place + 3), 0xEC, 0x97, 0x90):  # 에
            kind = _DASH
            place += 2
        elif byte == 40 and place + 2 < stop and data[place + 1] == 48 and data[place + 2] == 41:
            kind = max(kind, _SPACE)
            place += 2
        else:
            break
        place += 1
    return kind, place


@kernel
def _grouped(
    data: npt.NDArray[np.uint8], place: np.int64, lens: npt.NDArray[np.int64], breaks: npt.NDArray[np.int64]
) -> int:
    """Return the shapes of groups of digits; those that are not there are of size 0."""
    one, two, three, four = lens[0], lens[1], lens[2], lens[3]
    hyphens = breaks[1] == _HYPHEN and breaks[2] == _HYPHEN
    shapes = REGISTRATION * (one == 6 and two == 7)
    shapes |= BRN * (one == 3 and two == 2 and three == 5)
    shapes |= DRIVER * (one == 2 and two == 2 and three == 6 and four == 2 and hyphens)
    shapes |= CARD * (one == 4 and ((two == 4 and three == 4 and four == 4) or (two == 6 and three == 5)))
    shapes |= REP * (one == 4 and two == 4 and data[place] == 49)
    if breaks[1] == _DOT and breaks[2] == _DOT and breaks[3] == _DOT:
        shapes |= IP * (one <= 3 and two <= 3 and three <= 3 and four <= 3)
    if hyphens and one >= 2 and one <= 6 and two >= 2 and two <= 6 and three >= 2 and three <= 7:
        digits = one + two + three
        more = four * (breaks[3] == _HYPHEN and four <= 3)
        shapes |= ACCOUNT * ((digits >= 10 and digits <= 14) or (digits + more >= 10 and digits + more <= 14))
    if data[place] == 48:
        whole = one <= 4 and (two == 7 or two == 8)
        parted = one <= 4 and (two == 3 or two == 4) and three == 4
        shapes |= PHONE * (parted or whole or (one >= 4 and two == 4))
    if (data[place] == 56 and data[place + 1] == 50) or (one >= 4 and data[place + 2] == 56 and data[place + 3] == 50):
        shapes |= PHONE * (one + two + three + four >= 9)
    return int(shapes)


@kernel
def _plate(
    data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64, size: np.int64, syllables: npt.NDArray[np.uint8]
) -> int:
    """Return VEHICLE where a plate's letter and four digits follow two or three digits."""
    if size < 2 or size > 3:
        return 0
    place += data[place] == 32
    if (
        place + 7 > stop
        or data[place] < 0xEA
        or data[place] > 0xED
        or not syllable_class(data, place, syllables) & PLATE
    ):
        return 0
    place += 3
    place += data[place] == 32
    return int(VEHICLE * (digits_end(data, place, stop) - place == 4))


@kernel
def _road_before(data: npt.NDArray[np.uint8], start: np.int64, place: np.int64) -> np.int64:
    """Return where the last syllable of a road's name begins before a number: 로 but not 으로, or 길; else -1."""
    place -= place > start and data[place - 1] == 32
    if _is(data, start, place, 0xED, 0x95, 0x98) and _is(data, start, place - 3, 0xEC, 0xA7, 0x80):  # 지하
        place -= 6
        place -= place > start and data[place - 1] == 32
    if _is(data, start, place, 0xEA, 0xB8, 0xB8):
        return place - 3
    if _is(data, start, place, 0xEB, 0xA1, 0x9C) and not _is(data, start, place - 3, 0xEC, 0x9C, 0xBC):
        return place - 3
    return np.int64(-1)


@kernel
def _is(data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64, one: int, two: int, three: int) -> bool:
    """Return whether three bytes end at `stop`."""
    return bool(stop - start >= 3 and data[stop - 3] == one and data[stop - 2] == two and data[stop - 1] == three)


@kernel
def _is_passport_letter(byte: np.uint8) -> bool:
    return bool(byte == 77 or byte == 83 or byte == 82 or byte == 79 or byte == 68 or byte == 71)
