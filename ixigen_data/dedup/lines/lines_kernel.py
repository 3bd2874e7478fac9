"""Lines of a batch: hashed for counting, and cut where they are frequent.

A line is hashed as it is counted: white space around it left out, every number one digit, ASCII letters small.
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import kernel

EVERYWHERE = 0  # as a depth: every line of a document
MIN_LINES = 4  # that are not blank; a document of fewer has no frame of others around what it says
MIN_LETTERS = 2  # of a line that counts: "---", "1." and "|" stand in too many texts to mean anything

_MAX_IDLE = 3  # lines that do not count, in a row, between frequent ones: pages of a list, rulers, bars
_NEWLINE, _SPACE, _COMMA, _POINT, _ZERO, _NINE = 10, 32, 44, 46, 48, 57
_OFFSET, _PRIME = 0xCBF29CE484222325, 0x100000001B3  # FNV-1a
_MIX_A, _MIX_B = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53  # the finalizer of MurmurHash3: partitions go by high bits


def _folded() -> npt.NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] += 32
    return table


def _letters() -> npt.NDArray[np.uint8]:
    """Return 1 for bytes that begin a letter: of other scripts by blocks, symbols (E2, EF) and emoji (F0) not."""
    table = np.zeros(256, np.uint8)
    table[ord("A") : ord("Z") + 1] = table[ord("a") : ord("z") + 1] = 1
    table[0xC3:0xE2] = table[0xE3:0xEF] = 1
    return table


_FOLDED, _LETTERS = _folded(), _letters()


@kernel
def collect_lines(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    first_row: int,
    depth: int,
    hashes: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.uint32],
) -> int:
    """Write the hashes of the lines that count, document by document; return their number.

    A line that stands twice in a document is written twice.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,); document i is `data[offsets[i] : offsets[i + 1]]`.
        first_row: the number of the first document.
        depth: how many lines that are not blank are looked at, from either end of a document; EVERYWHERE for all.
        hashes: (line ends + documents,) output.
        rows: (line ends + documents,) output: of which document.
    """
    found = 0
    most = np.int64(len(data)) if depth == EVERYWHERE else np.int64(depth)
    for number in range(len(offsets) - 1):
        place, last = offsets[number], offsets[number + 1]
        if not _has_lines(data, place, last):
            continue
        row = np.uint32(first_row + number)
        taken = 0
        while place < last and taken < most:
            end = _line_end(data, place, last)
            start, stop = _trimmed(data, place, end)
            if start < stop:
                taken += 1
                value, letters = _hashed(data, start, stop)
                if letters >= MIN_LETTERS:
                    hashes[found], rows[found] = value, row
                    found += 1
            place = end + 1
        taken = 0
        while last > place and taken < most:
            begin = _line_start(data, place, last)
            start, stop = _trimmed(data, begin, last)
            if start < stop:
                taken += 1
                value, letters = _hashed(data, start, stop)
                if letters >= MIN_LETTERS:
                    hashes[found], rows[found] = value, row
                    found += 1
            last = begin - 1
    return found


@kernel
def find_lines(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    wanted: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int64],
) -> None:
    """Write where lines of certain hashes stand first, the white space around them left out.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,).
        wanted: hashes, ascending.
        places: (wanted, 2) output: first byte, last byte + 1; left alone where a line is met nowhere.
    """
    place, end = offsets[0], offsets[-1]
    row = 0
    while place < end:
        while offsets[row + 1] <= place:
            row += 1
        stop = _line_end(data, place, offsets[row + 1])
        first, last = _trimmed(data, place, stop)
        value, _ = _hashed(data, first, last)
        number = _place_among(value, wanted)
        if number >= 0 and places[number, 1] == 0:
            places[number, 0], places[number, 1] = first, last
        place = stop if stop == offsets[row + 1] else stop + 1


@kernel
def find_cuts(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    frequent: npt.NDArray[np.uint64],
    depth: int,
    cuts: npt.NDArray[np.int64],
    left: npt.NDArray[np.bool_],
) -> int:
    """Write the stretches to be cut out, in order, none overlapping another; return their number.

    Args:
        data: valid UTF-8.
        offsets: (documents + 1,).
        frequent: hashes, ascending.
        depth: how many lines are looked at from either end, inwards to the first that counts and is not frequent;
            EVERYWHERE for all frequent lines wherever they stand.
        cuts: (line ends + 2 documents, 4) output: first byte, last byte + 1, document, lines that are not blank.
        left: (documents,) output: False where nothing is left of a document, which is one cut then.
    """
    found = 0
    for row in range(len(offsets) - 1):
        left[row] = True
        start, stop = offsets[row], offsets[row + 1]
        if not _has_lines(data, start, stop):
            continue
        before = found
        if depth == EVERYWHERE:
            found = _cut_everywhere(data, start, stop, frequent, cuts, found)
        else:
            found = _cut_edges(data, start, stop, frequent, depth, cuts, found)
        lines, place, empty = 0, start, found > before
        for i in range(before, found):
            cuts[i, 2] = row
            lines += cuts[i, 3]
            empty = empty and not _has_letters(data, place, cuts[i, 0])
            place = cuts[i, 1]
        if empty and not _has_letters(data, place, stop):
            left[row] = False
            found = before + 1
            cuts[before, 0], cuts[before, 1], cuts[before, 2], cuts[before, 3] = start, stop, row, lines
    return found


@kernel
def without(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    cuts: npt.NDArray[np.int64],
    kept: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
) -> int:
    """Copy a batch without its cuts; return its bytes.

    Args:
        data: bytes.
        offsets: (documents + 1,).
        cuts: (cuts, 4), as `find_cuts` writes them.
        kept: output, as large as the batch.
        ends: (documents + 1,) output: offsets of what is left, from 0.
    """
    place, size, cut = np.uint64(offsets[0]), np.uint64(0), 0
    one = np.uint64(1)
    ends[0] = 0
    for row in range(len(offsets) - 1):
        stop = np.uint64(offsets[row + 1])
        while place < stop:
            cutting = cut < len(cuts) and cuts[cut, 2] == row
            until = np.uint64(cuts[cut, 0]) if cutting else stop
            for i in range(place, until):
                kept[size] = data[i]
                size += one
            place = stop
            if cutting:
                place = np.uint64(cuts[cut, 1])
                cut += 1
        ends[row + 1] = size
    return int(size)


@kernel
def _cut_edges(
    data: npt.NDArray[np.uint8],
    start: np.int64,
    stop: np.int64,
    frequent: npt.NDArray[np.uint64],
    depth: int,
    cuts: npt.NDArray[np.int64],
    found: int,
) -> int:
    """Write the cuts at both ends of a document, with the blank lines that they leave at its ends."""
    head, lines, pending, idle, taken, place = start, 0, 0, 0, 0, start
    while place < stop and taken < depth and idle <= _MAX_IDLE:
        end = _line_end(data, place, stop)
        first, last = _trimmed(data, place, end)
        if first < last:
            taken, pending, idle = taken + 1, pending + 1, idle + 1
            value, letters = _hashed(data, first, last)
            if letters >= MIN_LETTERS:
                if _place_among(value, frequent) < 0:
                    break
                head, lines, pending, idle = min(end + 1, stop), lines + pending, 0, 0
        place = end + 1
    if lines:
        while head < stop and not _has_ink(data, head, _line_end(data, head, stop)):
            head = min(_line_end(data, head, stop) + 1, stop)
        cuts[found, 0], cuts[found, 1], cuts[found, 3] = start, head, lines
        found += 1
    tail, lines, pending, idle, taken, place = stop, 0, 0, 0, 0, stop
    while place > head and taken < depth and idle <= _MAX_IDLE:
        begin = _line_start(data, head, place)
        first, last = _trimmed(data, begin, place)
        if first < last:
            taken, pending, idle = taken + 1, pending + 1, idle + 1
            value, letters = _hashed(data, first, last)
            if letters >= MIN_LETTERS:
                if _place_among(value, frequent) < 0:
                    break
                tail, lines, pending, idle = max(begin - 1, head), lines + pending, 0, 0
        place = begin - 1
    if lines:
        while tail > head and not _has_ink(data, _line_start(data, head, tail), tail):
            tail = max(_line_start(data, head, tail) - 1, head)
        cuts[found, 0], cuts[found, 1], cuts[found, 3] = tail, stop, lines
        found += 1
    return found


@kernel
def _cut_everywhere(
    data: npt.NDArray[np.uint8],
    start: np.int64,
    stop: np.int64,
    frequent: npt.NDArray[np.uint64],
    cuts: npt.NDArray[np.int64],
    found: int,
) -> int:
    """Write the cuts of a document, each with the blank lines that would else stand beside others or at an end."""
    before, place = found, start
    content = start  # where the last line ends that stays and is not blank
    gap = True  # whether what stays so far ends in a blank line, or is nothing
    while place < stop:
        end = _line_end(data, place, stop)
        following = min(end + 1, stop)
        first, last = _trimmed(data, place, end)
        cutting = found > before and cuts[found - 1, 1] == place
        frequent_one, counts = False, bool(first < last)
        if counts:
            value, letters = _hashed(data, first, last)
            frequent_one = bool(letters >= MIN_LETTERS and _place_among(value, frequent) >= 0)
        if frequent_one or (not counts and cutting and gap):
            if not cutting:
                cuts[found, 0], cuts[found, 3] = place, 0
                found += 1
            cuts[found - 1, 1] = following
            cuts[found - 1, 3] += np.int64(frequent_one)
        elif counts:
            content, gap = end, False
        else:
            gap = True
        place = end + 1
    if found > before and not _has_ink(data, cuts[found - 1, 1], stop):
        while found - before > 1 and cuts[found - 2, 0] >= content:
            cuts[found - 2, 3] += cuts[found - 1, 3]
            found -= 1
        cuts[found - 1, 0], cuts[found - 1, 1] = min(content, cuts[found - 1, 0]), stop
    return found


@kernel
def _has_lines(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64) -> bool:
    """Return whether a document has MIN_LINES lines that are not blank."""
    lines = 0
    while place < stop and lines < MIN_LINES:
        end = _line_end(data, place, stop)
        lines += _has_ink(data, place, end)
        place = end + 1
    return lines == MIN_LINES


@kernel
def _has_ink(data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64) -> bool:
    first, last = _trimmed(data, start, stop)
    return bool(first < last)


@kernel
def _has_letters(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64) -> bool:
    """Return whether a stretch holds a line that counts."""
    while place < stop:
        end = _line_end(data, place, stop)
        first, last = _trimmed(data, place, end)
        if first < last and _hashed(data, first, last)[1] >= MIN_LETTERS:
            return True
        place = end + 1
    return False


@kernel
def _line_end(data: npt.NDArray[np.uint8], place: np.int64, stop: np.int64) -> np.int64:
    """Return where the line that begins at a place ends."""
    i, last = np.uint64(place), np.uint64(stop)
    while i < last and data[i] != _NEWLINE:
        i += np.uint64(1)
    return np.int64(i)


@kernel
def _line_start(data: npt.NDArray[np.uint8], start: np.int64, place: np.int64) -> np.int64:
    """Return where the line begins that ends at a place, not before `start`."""
    i, first = np.uint64(place), np.uint64(start)
    while i > first and data[i - np.uint64(1)] != _NEWLINE:
        i -= np.uint64(1)
    return np.int64(i)


@kernel
def _trimmed(data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64) -> tuple[np.int64, np.int64]:
    """Return a line without the white space around it: ASCII's and controls, U+00A0 and U+3000."""
    while start < stop:
        if data[start] <= _SPACE:
            start += 1
        elif data[start] == 0xC2 and data[start + 1] == 0xA0:
            start += 2
        elif data[start] == 0xE3 and data[start + 1] == 0x80 and data[start + 2] == 0x80:
            start += 3
        else:
            break
    while start < stop:
        if data[stop - 1] <= _SPACE:
            stop -= 1
        elif data[stop - 1] == 0xA0 and data[stop - 2] == 0xC2:
            stop -= 2
        elif data[stop - 1] == 0x80 and data[stop - 2] == 0x80 and data[stop - 3] == 0xE3:
            stop -= 3
        else:
            break
    return start, stop


@kernel
def _hashed(data: npt.NDArray[np.uint8], start: np.int64, stop: np.int64) -> tuple[np.uint64, np.int64]:
    """Return the hash of a line without white space around it, and how many letters it holds.

    A number is a run of digits with single commas and points between them; all are one: "1,234" is "0".
    """
    value, prime = np.uint64(_OFFSET), np.uint64(_PRIME)
    letters, number = np.uint64(0), False
    one, i, end = np.uint64(1), np.uint64(start), np.uint64(stop)
    while i < end:
        byte = data[i]
        if _ZERO <= byte <= _NINE:
            if not number:
                value = (value ^ np.uint64(_ZERO)) * prime
            number = True
        elif number and (byte == _COMMA or byte == _POINT) and i + one < end and _ZERO <= data[i + one] <= _NINE:
            pass
        else:
            number = False
            value = (value ^ np.uint64(_FOLDED[byte])) * prime
            letters += np.uint64(_LETTERS[byte])
            if byte == 0xE3 and data[i + one] == 0x80:  # U+3000 to U+303F: brackets and marks
                letters -= one
        i += one
    value = (value ^ (value >> np.uint64(33))) * np.uint64(_MIX_A)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(_MIX_B)
    return value ^ (value >> np.uint64(33)), np.int64(letters)


@kernel
def _place_among(value: np.uint64, wanted: npt.NDArray[np.uint64]) -> np.int64:
    """Return where a hash stands among ascending ones; -1 where it does not."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) >> 1
        if wanted[middle] < value:
            low = middle + 1
        else:
            high = middle
    return np.int64(low if low < len(wanted) and wanted[low] == value else -1)
