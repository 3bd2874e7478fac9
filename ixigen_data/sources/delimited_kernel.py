"""One pass over delimited records (csv, tsv) that finds where they end and where the wanted fields stand.

Source of the grammar: RFC 4180. A field that begins with a quote ends at the next quote that is not doubled, and
nothing but a delimiter or a line's end may follow; a quote inside any other field stands for itself. Lines end with LF
or CR LF. Delimiter, quote and newline are never the second byte of a cp949 character, so bytes of both encodings are
scanned as they are.
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import Int64s
from ixigen_data.core.kernels import kernel

Bytes = npt.NDArray[np.uint8]

# Columns of `rows`; those of the wanted fields follow, three for each.
START, STATUS, FIELDS, LINES, FIXED = 0, 1, 2, 3, 4
BEGIN, STOP, DOUBLED, PER_FIELD = 0, 1, 2, 3
WHOLE, BLANK, BEHIND_QUOTE, OPEN_QUOTE = 0, 1, 2, 3
# Where a record stands that is passed over.
AT_FIELD, IN_FIELD, IN_QUOTES, AT_QUOTE = 0, 1, 2, 3

_QUOTE, _NEWLINE, _RETURN = np.uint8(34), np.uint8(10), np.uint8(13)


@kernel
def _quoted_field(data: Bytes, i: int) -> tuple[int, int, int]:
    """Return where the closing quote stands (-1: nowhere), whether any quote is doubled, and the newlines before it."""
    doubled, newlines = 0, 0
    while i < data.size:
        byte = data[i]
        if byte == _QUOTE:
            if i + 1 < data.size and data[i + 1] == _QUOTE:
                doubled = 1
                i += 1
            else:
                return i, doubled, newlines
        newlines += byte == _NEWLINE
        i += 1
    return -1, doubled, newlines


@kernel
def scan_records(data: Bytes, grammar: tuple[int, bool, bool], wanted: Int64s, rows: Int64s) -> tuple[int, int]:
    """Write one row for each record that is whole; return how many, and where the rest begins.

    A record with a quote that is followed by text, or never closed, is one row for its first line; the scan goes on
    behind that line, so that one stray quote costs one line.

    Args:
        data: begins with a record.
        grammar: the delimiter; whether quotes mean anything; whether nothing follows `data`.
        wanted: by column, its place among the wanted fields, or -1.
        rows: as many as may be written, (records, FIXED + PER_FIELD × wanted fields).
    """
    delimiter, quotes, last = np.uint8(grammar[0]), grammar[1], grammar[2]
    count, i = 0, 0
    while i < data.size and count < len(rows):
        start, field, lines, status = i, 0, 1, WHOLE
        while True:
            doubled, begin = 0, i
            if quotes and i < data.size and data[i] == _QUOTE:
                begin = i + 1
                stop, doubled, newlines = _quoted_field(data, begin)
                lines += newlines
                i = data.size if stop < 0 else stop + 1
                if stop < 0:
                    status = OPEN_QUOTE
                elif i < data.size and data[i] == _RETURN and (i + 1 == data.size or data[i + 1] == _NEWLINE):
                    i += 1
                if stop >= 0 and i < data.size and data[i] != delimiter and data[i] != _NEWLINE:
                    status = BEHIND_QUOTE
            else:
                while i < data.size and data[i] != delimiter and data[i] != _NEWLINE:
                    i += 1
                stop = i
                if (i == data.size or data[i] == _NEWLINE) and stop > begin and data[stop - 1] == _RETURN:
                    stop -= 1
            if i == data.size and not last:
                return count, start
            if field < wanted.size and wanted[field] >= 0:
                place = FIXED + PER_FIELD * wanted[field]
                rows[count, place + BEGIN], rows[count, place + STOP] = begin, stop
                rows[count, place + DOUBLED] = doubled
            field += 1
            if status != WHOLE or i == data.size or data[i] == _NEWLINE:
                break
            i += 1
        if status != WHOLE:
            lines, i = 1, start
            while i < data.size and data[i] != _NEWLINE:
                i += 1
            if i == data.size and not last:
                return count, start
        elif field == 1 and begin == stop and begin == start:
            status = BLANK
        i = min(i + 1, data.size)
        rows[count, START], rows[count, STATUS], rows[count, FIELDS], rows[count, LINES] = start, status, field, lines
        count += 1
    return count, i


@kernel
def pass_over(data: Bytes, delimiter: int, quotes: bool, state: int) -> tuple[int, int]:
    """Return where the record ends whose `state` is that before `data`, behind its newline, or -1 and the new state."""
    for i in range(data.size):
        byte = data[i]
        if state == IN_QUOTES:
            if byte == _QUOTE:
                state = AT_QUOTE
        elif state == AT_QUOTE and byte == _QUOTE:
            state = IN_QUOTES
        elif byte == _NEWLINE:
            return i + 1, AT_FIELD
        elif byte == np.uint8(delimiter):
            state = AT_FIELD
        elif state == AT_FIELD and quotes and byte == _QUOTE:
            state = IN_QUOTES
        elif not (state == AT_QUOTE and byte == _RETURN):
            state = IN_FIELD
    return -1, state


@kernel
def copy_fields(data: Bytes, fields: Int64s, out: Bytes, offsets: Int64s) -> None:
    """Copy fields one behind the other, doubled quotes as one; `offsets` gets one entry more than there are fields."""
    size = 0
    offsets[0] = 0
    for row in range(len(fields)):
        begin, stop = fields[row, BEGIN], fields[row, STOP]
        if fields[row, DOUBLED] == 0:
            out[size : size + stop - begin] = data[begin:stop]
            size += stop - begin
        else:
            while begin < stop:
                i = begin
                while i < stop and data[i] != _QUOTE:
                    i += 1
                kept = min(i + 1, stop)  # one quote of two
                out[size : size + kept - begin] = data[begin:kept]
                size += kept - begin
                begin = kept + 1
        offsets[row + 1] = size
