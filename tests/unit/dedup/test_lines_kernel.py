"""Lines hashed, found and cut by kernels, against plain Python."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.documents import text_buffers
from ixigen_data.dedup.lines.frequent import FrequentLines, as_counted
from ixigen_data.dedup.lines.lines_kernel import EVERYWHERE, collect_lines, find_cuts, find_lines
from ixigen_data.dedup.lines.sidecar import line_room
from ixigen_data.dedup.lines.strip import strip

MASK = (1 << 64) - 1
WHITE = "".join(map(chr, range(33))) + "\u00a0\u3000"
POOL = [
    *("", " ", "\u3000\t", "\u00a0", "---", "1.", "|", "ㅋ", "12", "🙂🙂", "【】", "가", "a", "①②"),
    *("홈 > 뉴스", "조회수 1,234", "조회수 7", "조회수 1.5.", "Login", "LOGIN\r", " login ", "무단 전재 금지", "é!é"),
    *("본문이다.", "The body, 2 lines.", "The Body, 31 lines.", "\u3000글\u3000하나\u3000", "x1,2", "x1,,2", "٣٤"),
]
texts = st.lists(st.sampled_from(POOL), max_size=14).map("\n".join)
frames = st.lists(st.sampled_from([line for line in POOL if line.strip(WHITE)]), max_size=6)
depths = st.sampled_from([EVERYWHERE, 1, 2, 5])


def normalized(line: str) -> str:
    line = re.sub(r"[0-9]+(?:[.,][0-9]+)*", "0", line.strip(WHITE))
    return "".join(char.lower() if char.isascii() else char for char in line)


def hashed(line: str) -> int:
    value = 0xCBF29CE484222325
    for byte in normalized(line).encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return value ^ value >> 33


def is_letter(char: str) -> bool:
    if char.isascii():
        return char.isalpha()
    blocks = [(0xC0, 0x1FFF), (0x3040, 0xEFFF)]
    return any(first <= ord(char) <= last for first, last in blocks)


def counts(line: str) -> bool:
    return sum(map(is_letter, line.strip(WHITE))) >= 2


def is_blank(line: str) -> bool:
    return not line.strip(WHITE)


def collected(text: str, depth: int) -> list[int]:
    lines = [line for line in text.split("\n") if not is_blank(line)]
    if len(lines) < 4:
        return []
    near = lines if depth == EVERYWHERE else lines[:depth] + lines[max(depth, len(lines) - depth) :]
    return sorted(hashed(line) for line in near if counts(line))


def head_of(lines: list[str], frequent: set[int], depth: int) -> int:
    """Return how many lines are cut from the beginning."""
    head = taken = idle = 0
    for number, line in enumerate(lines):
        if taken == depth or idle > 3:
            break
        if is_blank(line):
            continue
        taken, idle = taken + 1, idle + 1
        if counts(line):
            if hashed(line) not in frequent:
                break
            head, idle = number + 1, 0
    while head and head < len(lines) and is_blank(lines[head]):
        head += 1
    return head


def without_edges(lines: list[str], frequent: set[int], depth: int) -> list[str]:
    rest = lines[head_of(lines, frequent, depth) :]
    return rest[: len(rest) - head_of(rest[::-1], frequent, depth)]


def without_any(lines: list[str], frequent: set[int]) -> list[str]:
    kept: list[str] = []
    cutting = False
    for line in lines:
        gap = not kept or is_blank(kept[-1])
        cutting = (counts(line) and hashed(line) in frequent) or (is_blank(line) and cutting and gap)
        if not cutting:
            kept.append(line)
    last = max(number for number, line in enumerate(lines) if counts(line) and hashed(line) in frequent)
    while kept and all(map(is_blank, lines[last + 1 :])) and is_blank(kept[-1]):
        kept.pop()
    return kept


def stripped(text: str, frequent: set[int], depth: int) -> tuple[str, bool]:
    """Return what is left of a text, and whether that is anything."""
    lines = text.split("\n")
    if sum(not is_blank(line) for line in lines) < 4:
        return text, True
    if depth == EVERYWHERE:
        kept = without_any(lines, frequent) if any(counts(x) and hashed(x) in frequent for x in lines) else lines
    else:
        kept = without_edges(lines, frequent, depth)
    if kept != lines and not any(map(counts, kept)):
        return "", False
    return "\n".join(kept), True


def table(lines: list[str], depth: int) -> FrequentLines:
    hashes = np.array(sorted({hashed(line) for line in lines}), np.uint64)
    return FrequentLines(hashes, np.ones(len(hashes), np.int64), ("",) * len(hashes), depth, 1)


def column(some: list[str], before: int = 0) -> pa.LargeStringArray:
    """Return a column that does not begin where its data does."""
    return pa.array(["x\ny"] * before + some, pa.large_string()).slice(before)


@given(st.lists(texts, min_size=1, max_size=4), depths, st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_collects_as_plain_python_does(some: list[str], depth: int, before: int) -> None:
    data, offsets = text_buffers(column(some, before))
    room = line_room(data, offsets)
    hashes, rows = np.zeros(room, np.uint64), np.zeros(room, np.uint32)
    found = collect_lines(data, offsets, 7, depth, hashes, rows)
    assert rows[:found].tolist() == sorted(rows[:found].tolist())
    for row, text in enumerate(some):
        assert sorted(hashes[:found][rows[:found] == row + 7].tolist()) == collected(text, depth)


@given(st.lists(texts, min_size=1, max_size=4), frames, depths, st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_cuts_as_plain_python_does(some: list[str], frame: list[str], depth: int, before: int) -> None:
    frequent = table(frame, depth)
    done = strip(column(some, before), frequent)
    expected = [stripped(text, set(frequent.hashes.tolist()), depth) for text in some]
    assert list(zip(done.text.to_pylist(), done.left.tolist(), strict=True)) == expected
    flat = done.cuts[:, :2].reshape(-1)
    assert np.all(np.diff(flat) >= 0)


@given(st.lists(texts, min_size=1, max_size=4), frames)
@settings(max_examples=100, deadline=None)
def test_finds_the_first_line_of_a_hash(some: list[str], wanted: list[str]) -> None:
    data, offsets = text_buffers(column(some, 1))
    hashes = table(wanted, 1).hashes
    places = np.zeros((len(hashes), 2), np.int64)
    find_lines(data, offsets, hashes, places)
    lines = [line for text in some for line in text.split("\n")]
    for value, (start, stop) in zip(hashes.tolist(), places.tolist(), strict=True):
        first = next((line for line in lines if line.strip(WHITE) and hashed(line) == value), None)
        assert bytes(data[start:stop]).decode() == (first or "").strip(WHITE)
        assert first is None or hashed(as_counted(first)) == value


def test_lines_are_counted_from_the_ends_inwards() -> None:
    frame = ["홈 > 뉴스", "조회수 9", "무단 전재 금지"]
    text = "홈 > 뉴스\n|\n조회수 1,234\n\n본문이다.\n조회수 3\n둘째 줄이다.\n\n무단 전재 금지\n"
    assert strip(column([text]), table(frame, 32)).text.to_pylist() == ["본문이다.\n조회수 3\n둘째 줄이다."]
    assert strip(column([text]), table(frame, EVERYWHERE)).text.to_pylist() == ["|\n\n본문이다.\n둘째 줄이다."]


def test_the_depth_bounds_what_is_cut() -> None:
    text = "\n".join(["Login"] * 6 + ["", "본문이다."] + ["Login"] * 6)
    assert strip(column([text]), table(["login"], 4)).text.to_pylist() == ["Login\nLogin\n\n본문이다.\nLogin\nLogin"]


@pytest.mark.parametrize("ruled", [3, 4])
def test_three_lines_that_do_not_count_pass(ruled: int) -> None:
    text = "\n".join(["Login", *["---"] * ruled, "Login", "본문이다.", "둘째 줄이다."])
    left = "본문이다.\n둘째 줄이다."
    expected = left if ruled == 3 else "\n".join([*["---"] * ruled, "Login", left])
    assert strip(column([text]), table(["login"], 32)).text.to_pylist() == [expected]


def test_a_column_without_frequent_lines_is_returned_itself() -> None:
    text = column(["본문이다.\n둘째\n셋째\n넷째"])
    assert strip(text, table(["login"], 32)).text is text
    assert strip(text, table([], 32)).text is text
    data, offsets = text_buffers(text)
    cuts, left = np.zeros((8, 4), np.int64), np.zeros(1, np.bool_)
    assert find_cuts(data, offsets, table(["login"], 32).hashes, 32, cuts, left) == 0
    assert left.all()


def test_a_document_of_nothing_else_is_told_apart() -> None:
    nothing, short = "Login\n---\nLogin\n조회수 2", "Login\nLogin\nLogin"
    done = strip(column([nothing, short, ""]), table(["login", "조회수 0"], 32))
    assert (done.left.tolist(), done.text.to_pylist()) == ([False, True, True], ["", short, ""])
    assert done.cuts[:, 2:].tolist() == [[0, 4]]
