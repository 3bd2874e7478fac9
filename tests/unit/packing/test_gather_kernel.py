import random

import numpy as np
import pytest

from ixigen_data.packing.gather_kernel import copy, cut


def cut_twin(
    tokens: list[int], rows: list[int], position: int, seq_len: int
) -> tuple[list[list[int]], set[tuple[int, int]]]:
    """Return the cuts and where they end, token by token."""
    cuts: list[list[int]] = []
    for piece, count in enumerate(tokens):
        for done in range(count):
            row, column = rows[position // seq_len], position % seq_len
            if done == 0 or column == 0:
                cuts.append([piece, row, column, 0, done])
            cuts[-1][3] += 1
            position += 1
    return cuts, {(row, column + taken - 1) for _, row, column, taken, _ in cuts}


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
@pytest.mark.parametrize("seed", range(10))
def test_kernels_and_twins_agree(seed: int, dtype: type) -> None:
    chance = random.Random(seed)
    seq_len = chance.choice([8, 16, 64])
    tokens = [chance.choice([0, 1, 2, chance.randrange(200)]) for _ in range(chance.randrange(1, 30))]
    position = chance.randrange(2 * seq_len)
    rows = chance.sample(range(1000), -(-(position + sum(tokens)) // seq_len))
    ends = np.zeros((1000, seq_len // 8), np.uint8)
    cuts = np.empty((5, len(tokens) + sum(tokens) // seq_len + 2), np.int64)
    cuts = cuts[:, : cut(np.array(tokens), np.array(rows, np.int64), position, ends, cuts)]
    expected, expected_ends = cut_twin(tokens, rows, position, seq_len)
    assert cuts.T.tolist() == expected
    bits = np.unpackbits(ends, axis=1, bitorder="little")
    assert set(map(tuple, np.argwhere(bits).tolist())) == expected_ends

    flat = np.array([chance.randrange(60_000) for _ in range(300)], dtype)
    start = np.array([chance.randrange(100) for _ in tokens], np.int64)
    windows = np.full((1000, seq_len), -1, np.int32)
    copy(flat, start, cuts, windows)
    twin = np.full((1000, seq_len), -1, np.int32)
    for piece, row, column, taken, done in expected:
        begin = start[piece] + done
        twin[row, column : column + taken] = flat[begin : begin + taken]
    assert (windows == twin).all()
