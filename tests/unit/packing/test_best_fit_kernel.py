import random

import numpy as np
import pytest

from ixigen_data.packing.best_fit_kernel import fit, shuffled


def fit_twin(tokens: list[int], seq_len: int) -> tuple[list[list[int]], int]:
    """Return the cuts and the number of windows, by looking at every open window for every rest."""
    cuts = [
        [piece, 0, 0, seq_len, first]
        for piece, count in enumerate(tokens)
        for first in range(0, count - count % seq_len, seq_len)
    ]
    for window, cut in enumerate(cuts):
        cut[1] = window
    room_of_window: dict[int, tuple[int, int]] = {}  # room, and when the window came to it
    windows = len(cuts)
    rests = [(piece, count % seq_len) for piece, count in enumerate(tokens) if count % seq_len]
    for now, (piece, rest) in enumerate(sorted(rests, key=lambda rest: -rest[1])):
        enough = [(room, -since, window) for window, (room, since) in room_of_window.items() if room >= rest]
        if not enough:
            enough, windows = [(seq_len, 0, windows)], windows + 1
        room, _, window = min(enough)
        cuts.append([piece, window, seq_len - room, rest, tokens[piece] - rest])
        room_of_window[window] = room - rest, now
    for cut in cuts:
        if cut[0] == len(tokens) - 1 and cut[3] < seq_len:
            behind = [other for other in cuts if other[1] == cut[1] and other[2] > cut[2]]
            for other in behind:
                other[2] -= cut[3]
            cut[2] += sum(other[3] for other in behind)
    return cuts, windows


def fitted(tokens: list[int], seq_len: int) -> tuple[list[list[int]], int]:
    cuts = np.full((5, sum(-(-count // seq_len) for count in tokens)), -1, np.int64)
    windows = fit(np.array(tokens, np.int64), seq_len, cuts)
    return cuts.T.tolist(), windows


@pytest.mark.parametrize("seed", range(40))
def test_kernel_and_twin_agree(seed: int) -> None:
    chance = random.Random(seed)
    seq_len = chance.choice([8, 16, 64, 104, 5000])
    longest = chance.choice([seq_len // 4, seq_len, 5 * seq_len])
    tokens = [chance.randint(1, chance.choice([3, longest])) for _ in range(chance.randrange(200))]
    assert fitted(tokens, seq_len) == fit_twin(tokens, seq_len)


@pytest.mark.parametrize("seq_len", [63 * 8, 64 * 8, 4096, 262_144, 300_000])
def test_every_level_of_the_bitmap(seq_len: int) -> None:
    # The first pieces leave rooms of 1, 64, 4,096 … tokens; the others fill just these, and then nothing is left.
    rooms = [room for power in range(4) for room in (64**power, 64**power + 1) if room < seq_len // 2]
    cuts, windows = fitted([*(seq_len - room for room in rooms), *rooms], seq_len)
    assert windows == len(rooms)
    assert sum(cut[3] for cut in cuts) == windows * seq_len


def test_a_rest_goes_where_it_leaves_the_least_room() -> None:
    cuts, windows = fitted([10, 12, 14, 2, 4, 1], 16)
    assert windows == 3
    assert [cut[:3] for cut in cuts] == [[2, 0, 0], [1, 1, 0], [0, 2, 0], [4, 1, 12], [3, 0, 14], [5, 2, 10]]


def test_the_last_piece_stands_last_in_its_window() -> None:
    cuts, windows = fitted([3, 2, 1, 4], 16)
    assert windows == 1
    assert [cut[:4] for cut in cuts] == [[3, 0, 6, 4], [0, 0, 0, 3], [1, 0, 3, 2], [2, 0, 5, 1]]


def test_nothing_to_fit() -> None:
    assert fitted([], 16) == ([], 0)
    assert fitted([32], 16) == ([[0, 0, 0, 16, 0], [0, 1, 0, 16, 16]], 2)


def shuffled_twin(count: int, seed: int) -> list[int]:
    order, state, whole = list(range(count)), seed, 2**64 - 1
    for last in range(count - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) & whole
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & whole
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & whole
        chosen = (mixed ^ mixed >> 31) % (last + 1)
        order[last], order[chosen] = order[chosen], order[last]
    return order


@pytest.mark.parametrize(("count", "seed"), [(0, 1), (1, 1), (2, 5), (100, 2**62 + 3), (1000, 17)])
def test_a_permutation_by_seed(count: int, seed: int) -> None:
    order = shuffled(count, seed).tolist()
    assert order == shuffled_twin(count, seed)
    assert sorted(order) == list(range(count))
