"""The keeper of equal keys is the first place, whatever the partition's order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.dedup.exact import KeyedRows, find_copies

# Few distinct halves, so that equal first halves with different second halves occur.
rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4), st.integers(0, 9)), unique_by=lambda row: row[2:]
)


def plain(items: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The same in plain Python: the smallest (chunk, row) of a key stays."""
    keeper: dict[tuple[int, int], tuple[int, int]] = {}
    for hi, lo, chunk, row in sorted(items, key=lambda item: item[2:]):
        keeper.setdefault((hi, lo), (chunk, row))
    return sorted((chunk, row, *keeper[hi, lo]) for hi, lo, chunk, row in items if keeper[hi, lo] != (chunk, row))


@given(rows)
def test_copies_agree_with_the_plain_form(items: list[tuple[int, int, int, int]]) -> None:
    columns = np.array(items, np.int64).reshape(-1, 4).T
    found = find_copies(
        KeyedRows(
            columns[0].astype(np.uint64),
            columns[1].astype(np.uint64),
            columns[2].astype(np.uint32),
            columns[3].astype(np.uint32),
        )
    )
    # The stage hands chunks over in order of their number; equal first halves need no such order to be right.
    assert [copy.tolist()[:4] for copy in found] == plain(items)
