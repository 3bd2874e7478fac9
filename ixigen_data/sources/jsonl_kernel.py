"""One pass over JSON lines that finds two strings of each record, without building the record.

The kernels accept a line only where they are certain: a JSON object by the strict grammar (RFC 8259), nested at most 60
deep, whose two wanted values are strings. Every other line is refused and goes to a JSON parser, so whatever is refused
costs time, never exactness.

Marks are the positions of the bytes that matter inside strings: the quote, the backslash, and control characters (the
newline among them). Finding them is a loop without branches that the compiler turns into vector code; the walk then
jumps from mark to mark.
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import Int64s
from ixigen_data.core.kernels import kernel

Bytes = npt.NDArray[np.uint8]
Marks = npt.NDArray[np.uint32]

REFUSED, ACCEPTED, BLANK = 0, 1, 2
STATUS, START, TEXT, ID = 0, 1, 2, 3  # columns of `lines`

_STEP = 4096
_DEEPEST = 60
_LONGEST_NUMBER = 18
# What the walk expects next.
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _NEXT, _DONE = range(7)
_QUOTE, _BACKSLASH, _NEWLINE = np.uint8(34), np.uint8(92), np.uint8(10)
_ONE = np.uint64(1)


@kernel
def _mark(data: Bytes, marked: Bytes) -> None:
    for i in range(marked.size):
        byte = data[i]
        marked[i] = np.uint8((byte == np.uint8(34)) | (byte == np.uint8(92)) | (byte < np.uint8(32)))


@kernel
def find_marks(data: Bytes, marks: Marks) -> tuple[int, int]:
    """Write the positions of all marks into `marks`, as long as `data`; return how many, and how many newlines."""
    marked = np.zeros(_STEP, np.uint8)
    words = marked.view(np.uint64)
    count, newlines = 0, 0
    for begin in range(0, data.size, _STEP):
        size = min(_STEP, data.size - begin)
        marked[size:] = 0
        _mark(data[begin : begin + size], marked[:size])
        for word in range(words.size):
            if words[word] == 0:
                continue
            for i in range(word * 8, word * 8 + 8):
                if marked[i]:
                    marks[count] = begin + i
                    count += 1
                    newlines += data[begin + i] == _NEWLINE
    return count, newlines


@kernel
def _utf8_faults(b0: Bytes, b1: Bytes, b2: Bytes, b3: Bytes, faults: Bytes) -> None:
    """Set faults[i] where byte b0[i] cannot follow b1[i], b2[i] and b3[i], those before it (RFC 3629, section 4)."""
    for i in range(faults.size):
        byte, before, second, third = b0[i], b1[i], b2[i], b3[i]
        continues = np.uint8(byte ^ np.uint8(0x80)) < np.uint8(0x40)
        must = (before >= np.uint8(0xC0)) | (second >= np.uint8(0xE0)) | (third >= np.uint8(0xF0))
        fault = continues ^ must
        fault |= byte >= np.uint8(0xF5)
        fault |= np.uint8(byte - np.uint8(0xC0)) < np.uint8(2)
        fault |= (before == np.uint8(0xE0)) & (byte < np.uint8(0xA0))
        fault |= (before == np.uint8(0xED)) & (byte > np.uint8(0x9F))
        fault |= (before == np.uint8(0xF0)) & (byte < np.uint8(0x90))
        fault |= (before == np.uint8(0xF4)) & (byte > np.uint8(0x8F))
        faults[i] = fault


@kernel
def continues_utf8(data: Bytes) -> bool:
    """Return whether every byte from the fourth on can stand behind the three before it, as in UTF-8."""
    faults = np.zeros(_STEP, np.uint8)
    words = faults.view(np.uint64)
    any_fault = np.uint64(0)
    for begin in range(3, data.size, _STEP):
        end = min(begin + _STEP, data.size)
        faults[end - begin :] = 0
        _utf8_faults(
            data[begin:end],
            data[begin - 1 : end - 1],
            data[begin - 2 : end - 2],
            data[begin - 3 : end - 3],
            faults[: end - begin],
        )
        for word in range(words.size):
            any_fault |= words[word]
        if any_fault:
            return False
    return True


@kernel
def _hex_value(byte: int) -> int:
    if 48 <= byte <= 57:
        return byte - 48
    if 65 <= byte <= 70:
        return byte - 55
    if 97 <= byte <= 102:
        return byte - 87
    return -1


@kernel
def _code_unit(data: Bytes, at: int | np.uint64) -> int:
    r"""Return the value of the four hexadecimal digits of a \u escape that begin at `at`; -1 where they are not."""
    value = 0
    for i in range(4):
        digit = _hex_value(data[at + i])
        if digit < 0:
            return -1
        value = value * 16 + digit
    return value


@kernel
def _escaped(byte: int) -> int:
    r"""Return the byte that a backslash and `byte` stand for; -1 where that is no escape. \u has its own way."""
    if byte == 34 or byte == 92 or byte == 47:
        return byte
    if byte == 110:
        return 10
    if byte == 116:
        return 9
    if byte == 114:
        return 13
    if byte == 98:
        return 8
    if byte == 102:
        return 12
    return -1


@kernel
def _string_end(data: Bytes, marks: Marks, mark: int) -> int:
    """Return the mark of the quote that closes the string opened at `mark`; -1 to refuse, as all surrogates are."""
    mark += 1
    while True:
        at = marks[mark]
        if data[at] == _QUOTE:
            return mark
        if data[at] != _BACKSLASH:
            return -1
        follows = data[at + 1]
        if follows == 117:
            unit = _code_unit(data, at + 2)
            if unit < 0 or 0xD800 <= unit <= 0xDFFF:
                return -1
        elif _escaped(follows) < 0:
            return -1
        mark += 2 if follows == _QUOTE or follows == _BACKSLASH else 1


@kernel
def _scalar_end(data: Bytes, at: int) -> int:
    """Return the position after a plain number, true, false or null; -1 to refuse: exponents, long numbers, others."""
    word = data[at]
    if word == 116 and data[at + 1] == 114 and data[at + 2] == 117 and data[at + 3] == 101:
        return at + 4
    if word == 110 and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108:
        return at + 4
    if word == 102 and data[at + 1] == 97 and data[at + 2] == 108 and data[at + 3] == 115 and data[at + 4] == 101:
        return at + 5
    begin = at + 1 if word == 45 else at
    at = begin
    while 48 <= data[at] <= 57:
        at += 1
    if at == begin or at - begin > _LONGEST_NUMBER or (data[begin] == 48 and at > begin + 1):
        return -1
    if data[at] == 46:
        point = at
        at += 1
        while 48 <= data[at] <= 57:
            at += 1
        if at == point + 1 or at - begin > _LONGEST_NUMBER:
            return -1
    return -1 if data[at] == 69 or data[at] == 101 else at


@kernel
def _column_of(data: Bytes, start: int, stop: int, keys: tuple[Bytes, Bytes]) -> int:
    """Return the column of `lines` that the value of the key data[start:stop] belongs to; 0 for none."""
    for number in range(2):
        key = keys[number]
        same = stop - start == key.size
        i = 0
        while same and i < key.size:
            same = data[start + i] == key[i]
            i += 1
        if same:
            return TEXT + number
    return 0


@kernel
def _closes(byte: int, expected: int, nesting: int) -> bool:
    """Return whether a byte ends the innermost object or array."""
    if nesting & 1:
        return byte == 125 and (expected == _NEXT or expected == _FIRST_KEY)
    return byte == 93 and (expected == _NEXT or expected == _FIRST_VALUE)


@kernel
def _scan_line(data: Bytes, marks: Marks, mark: int, keys: tuple[Bytes, Bytes], line: Int64s) -> int:
    """Walk one line from line[START] on, and set its other columns; return the last mark that was reached.

    `nesting` has one bit for each of the `depth` levels that are open, the innermost lowest: 1 an object, 0 an array.
    """
    at = line[START]
    expected, depth, nesting, wanted = _VALUE, 0, 0, 0
    while data[at] != _NEWLINE:
        byte = data[at]
        if byte == 32 or byte == 9 or byte == 13:
            at += 1
        elif byte == _QUOTE and expected <= _FIRST_KEY and depth > 0:
            while marks[mark] < at:
                mark += 1
            closed = _string_end(data, marks, mark)
            if closed < 0:
                return mark
            if expected <= _FIRST_VALUE:
                if wanted:
                    line[wanted] = mark
                wanted, expected = 0, _NEXT
            else:
                if depth == 1:
                    if closed > mark + 1:  # an escaped key may spell a wanted one
                        return mark
                    wanted = _column_of(data, marks[mark] + 1, marks[closed], keys)
                expected = _COLON
            mark = closed
            at = marks[mark] + 1
        elif byte == 58 and expected == _COLON:
            expected = _VALUE
            at += 1
        elif byte == 44 and expected == _NEXT:
            expected = _KEY if nesting & 1 else _VALUE
            at += 1
        elif depth > 0 and _closes(byte, expected, nesting):
            nesting, depth = nesting >> 1, depth - 1
            expected = _NEXT if depth else _DONE
            at += 1
        elif expected > _FIRST_VALUE or wanted or (depth == 0 and byte != 123) or depth == _DEEPEST:
            return mark
        elif byte == 123 or byte == 91:
            nesting, depth = nesting << 1 | (byte == 123), depth + 1
            expected = _FIRST_KEY if byte == 123 else _FIRST_VALUE
            at += 1
        else:
            at = _scalar_end(data, at)
            if at < 0:
                return mark
            expected = _NEXT
    if expected == _DONE and line[TEXT] >= 0 and (line[ID] >= 0 or keys[1].size == 0):
        line[STATUS] = ACCEPTED
    elif expected == _VALUE and depth == 0:
        line[STATUS] = BLANK
    return mark


@kernel
def scan_lines(data: Bytes, marks: Marks, keys: tuple[Bytes, Bytes], lines: Int64s) -> None:
    """Fill one row of `lines` for each line of `data`, which is UTF-8 and ends with a newline.

    Args:
        data: whole lines.
        marks: their marks; the last one is the last newline.
        keys: the wanted keys as UTF-8: the text's, and the id's or nothing.
        lines: (lines, 4): STATUS, START in `data`, and the marks of the opening quotes of TEXT and ID, -1 for none.
    """
    mark, start = 0, 0
    for row in range(lines.shape[0]):
        line = lines[row]
        line[STATUS], line[START], line[TEXT], line[ID] = REFUSED, start, -1, -1
        mark = _scan_line(data, marks, mark, keys, line)
        while data[marks[mark]] != _NEWLINE:
            mark += 1
        start = marks[mark] + 1
        mark += 1


@kernel
def _put_code_unit(unit: int, out: Bytes, at: np.uint64) -> np.uint64:
    """Write one code point below U+10000, no surrogate, as UTF-8; return the position after it."""
    if unit >= 0x800:
        out[at] = 0xE0 | unit >> 12
        out[at + _ONE] = 0x80 | unit >> 6 & 0x3F
        at += _ONE + _ONE
    elif unit >= 0x80:
        out[at] = 0xC0 | unit >> 6
        at += _ONE
    out[at] = unit if unit < 0x80 else 0x80 | unit & 0x3F
    return at + _ONE


@kernel
def copy_strings(data: Bytes, marks: Marks, opened: Int64s, out: Bytes, offsets: Int64s) -> None:
    """Write the strings whose opening quotes are the marks `opened` one behind the other into `out`, escapes replaced.

    String i becomes out[offsets[i] : offsets[i + 1]]; `out` is as long as `data`, `offsets` has one entry more than
    there are strings.
    """
    # Unsigned positions: a signed one may count from the end, and testing that keeps the copy from being vector code.
    at = np.uint64(0)
    offsets[0] = 0
    for row in range(opened.size):
        mark = opened[row]
        begin = np.uint64(marks[mark]) + _ONE
        while True:
            mark += 1
            end = np.uint64(marks[mark])
            for i in range(end - begin):
                out[at + i] = data[begin + i]
            at += end - begin
            if data[end] == _QUOTE:
                break
            follows = data[end + _ONE]
            begin = end + _ONE + _ONE
            if follows == 117:
                at = _put_code_unit(_code_unit(data, begin), out, at)
                begin += np.uint64(4)
                continue
            out[at] = _escaped(follows)
            at += _ONE
            mark += follows == _QUOTE or follows == _BACKSLASH
        offsets[row + 1] = at
