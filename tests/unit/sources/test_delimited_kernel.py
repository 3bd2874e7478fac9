"""The delimited kernel against Python's csv module, its plain twin."""

import csv
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.sources.delimited_kernel import (
    AT_FIELD,
    BEGIN,
    BEHIND_QUOTE,
    FIELDS,
    FIXED,
    LINES,
    OPEN_QUOTE,
    PER_FIELD,
    START,
    STATUS,
    STOP,
    WHOLE,
    copy_fields,
    pass_over,
    scan_records,
)

FIELD = st.text(alphabet='가a ,"\n\r\t', max_size=6).filter(lambda text: not text.endswith("\r"))
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(FIELD, min_size=width, max_size=width), max_size=8))


def scanned(
    data: bytes, width: int, *, quotes: bool = True, last: bool = True
) -> tuple[list[list[str]], list[int], int]:
    """Return the fields of every record, their statuses, and where the rest begins."""
    view = np.frombuffer(data, np.uint8)
    rows = np.zeros((data.count(b"\n") + 1, FIXED + PER_FIELD * width), np.int64)
    count, done = scan_records(view, (ord(","), quotes, last), np.arange(width), rows)
    statuses, whole = rows[:count, STATUS].tolist(), rows[:count][rows[:count, STATUS] == WHOLE]
    columns = []
    for place in range(width):
        fields = np.ascontiguousarray(whole[:, FIXED + PER_FIELD * place : FIXED + PER_FIELD * (place + 1)])
        out = np.empty(int((fields[:, STOP] - fields[:, BEGIN]).sum()), np.uint8)
        offsets = np.empty(len(whole) + 1, np.int64)
        copy_fields(view, fields, out, offsets)
        text = out.tobytes()
        columns.append([text[offsets[row] : offsets[row + 1]].decode() for row in range(len(whole))])
    found = [list(row) for row in zip(*columns, strict=True)]
    return [row[: int(whole[number, FIELDS])] for number, row in enumerate(found)], statuses, done


@given(TABLE, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
def test_what_python_writes_is_read_alike(table: list[list[str]], quoting: int, line_end: str) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=line_end).writerows(table)
    rows, statuses, done = scanned(out.getvalue().encode(), 4)
    assert rows == table
    assert set(statuses) <= {WHOLE}
    assert done == len(out.getvalue().encode())


@given(st.lists(st.sampled_from(['"', ",", "\n", "a", "가", "\r\n"]), max_size=30).map("".join))
def test_any_text_is_shared_out_without_loss(text: str) -> None:
    data = text.encode()
    rows = np.zeros((data.count(b"\n") + 1, FIXED), np.int64)
    count, done = scan_records(np.frombuffer(data, np.uint8), (ord(","), True, True), np.zeros(0, np.int64), rows)
    starts = rows[:count, START].tolist()
    assert done == len(data)
    assert starts == sorted(set(starts))
    ends = [*starts[1:], len(data)][: len(starts)]
    pieces = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    assert b"".join(pieces) == data
    for piece, status, lines in zip(pieces, rows[:count, STATUS].tolist(), rows[:count, LINES].tolist(), strict=True):
        if piece.endswith(b"\n"):
            assert piece.count(b"\n") == lines
        if status == WHOLE:
            (expected,) = csv.reader(io.StringIO(piece.decode(), newline=""), strict=True)
            assert scanned(piece, 31)[0] == [expected]


@given(TABLE, st.integers(0, 60))
def test_data_that_is_cut_yields_the_records_before_the_cut(table: list[list[str]], cut: int) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    data = out.getvalue().encode()
    before, _, done = scanned(data[:cut], 4, last=False)
    assert before == table[: len(before)]
    after, _, _ = scanned(data[done:], 4)
    assert before + after == table
    end, state = pass_over(np.frombuffer(data[:cut], np.uint8), ord(","), True, AT_FIELD)
    if end < 0 and data:
        end, _ = pass_over(np.frombuffer(data[cut:], np.uint8), ord(","), True, state)
        end += min(cut, len(data))
    first = io.StringIO()
    csv.writer(first).writerows(table[:1])
    assert not data or end == len(first.getvalue().encode())


def test_stray_quotes_cost_one_line() -> None:
    rows, statuses, _ = scanned(b'a,"b" c\nd,e\n"f\ng,h\n', 2)
    assert statuses == [BEHIND_QUOTE, WHOLE, OPEN_QUOTE, WHOLE]
    assert rows == [["d", "e"], ["g", "h"]]
    rows, statuses, _ = scanned(b'"a,b"\n', 2, quotes=False)
    assert rows == [['"a', 'b"']]
