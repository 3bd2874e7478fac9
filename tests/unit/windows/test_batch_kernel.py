"""The kernel against a twin in plain Python, over bits and lengths that no writer would write too."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ixigen_train.windows.batch_kernel import IGNORED, NO_PART, fill

SEQ_LEN = 24


def plain(ids: list[int], ends: list[bool], length: int, owner: int) -> list[tuple[int, int, int]]:
    """Position, label and part of each token."""
    found, position = [], 0
    for place, (token, end) in enumerate(zip(ids, ends, strict=True)):
        ink = place < length
        found.append((position, token if ink and position else IGNORED, owner if ink else NO_PART))
        position = 0 if end else position + 1
    return found


@given(
    st.lists(
        st.tuples(
            st.lists(st.booleans(), min_size=SEQ_LEN, max_size=SEQ_LEN), st.integers(0, SEQ_LEN), st.integers(0, 300)
        ),
        max_size=4,
    )
)
def test_the_kernel_agrees_with_the_plain_form(windows: list[tuple[list[bool], int, int]]) -> None:
    shape = len(windows), SEQ_LEN
    ids = np.arange(len(windows) * SEQ_LEN, dtype=np.int64).reshape(shape)
    bits = np.array([ends for ends, _, _ in windows], bool).reshape(shape)
    positions, labels, part = np.full(shape, 77, np.int64), np.full(shape, 77, np.int64), np.full(shape, 77, np.int16)
    length = np.array([length for _, length, _ in windows], np.int64)
    owners = np.array([owner for _, _, owner in windows], np.int16)
    fill(ids, np.packbits(bits, axis=1, bitorder="little"), length, owners, positions, labels, part)
    for row, (ends, ink, owner) in enumerate(windows):
        written = zip(positions[row].tolist(), labels[row].tolist(), part[row].tolist(), strict=True)
        assert list(written) == plain(ids[row].tolist(), ends, ink, owner)
