"""The kernels against plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.tokens.gather_kernel import gather_runs
from ixigen_data.tokens.literal_kernel import count_needles
from ixigen_data.tokens.literals import LiteralCounter


def gathered(source: list[int], runs: list[tuple[int, int]], head: int, tail: int) -> list[int]:
    """The twin of `gather_runs`."""
    out: list[int] = []
    for start, count in runs:
        out += [head] * (head >= 0) + source[start : start + count] + [tail] * (tail >= 0)
    return out


@settings(deadline=None)  # the first call compiles
@given(
    source=st.lists(st.integers(0, 65_535), max_size=30),
    picks=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8),
    head=st.integers(-1, 9),
    tail=st.integers(-1, 9),
)
def test_gather_runs(source: list[int], picks: list[tuple[int, int]], head: int, tail: int) -> None:
    runs = [(min(start, len(source)), max(0, min(count, len(source) - start))) for start, count in picks]
    expected = gathered(source, runs, head, tail)
    starts, counts = (np.array([run[side] for run in runs], np.int64) for side in (0, 1))
    out = np.zeros(len(expected), np.uint16)
    assert gather_runs(np.array(source, np.uint16), starts, counts, (head, tail), out) == len(expected)
    assert out.tolist() == expected


def counted(document: bytes, needles: list[bytes]) -> dict[bytes, int]:
    """The twin of `count_needles`, for one document."""
    counts = dict.fromkeys(needles, 0)
    place = 0
    while place < len(document):
        found = next((needle for needle in needles if document.startswith(needle, place)), None)
        if found is not None:
            counts[found] += 1
        place += len(found or b"x")
    return counts


@settings(deadline=None)  # the first call compiles
@given(
    documents=st.lists(st.text("ab<|>가", max_size=20), min_size=1, max_size=4),
    needles=st.sets(st.text("ab<|>가", min_size=1, max_size=4), min_size=1, max_size=4),
)
def test_count_needles(documents: list[str], needles: set[str]) -> None:
    counter = LiteralCounter(sorted(needles))
    encoded = [document.encode() for document in documents]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    counts = count_needles(data, offsets, counter._needles, counter._borders, counter._pairs.reshape(-1))
    longest_first = [special.encode() for special in counter._specials]
    twins = [counted(document, longest_first) for document in encoded]
    assert counts.tolist() == [sum(twin[needle] for twin in twins) for needle in longest_first]
