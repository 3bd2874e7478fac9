from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.mixture.pieces import Pieces
from ixigen_data.mixture.plan import Inputs, Mix, Shape, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.best_fit import BestFit, fitted, pack_best_fit
from ixigen_data.packing.lineage import Lineage
from ixigen_data.packing.windows import Windows
from tests.unit.mixture.memory_store import MemoryStore, store_of

PAD = 999_999
SETTINGS = MixtureSettings.model_validate(
    {
        "total_tokens": 1501,
        "parts": {
            "telco": {"weight": 50, "from": ["calls"], "max_epochs": 3},
            "ko": {"weight": 30, "from": ["wiki", "news"], "max_epochs": 2},
            "en": {"weight": 20.2, "from": ["web"]},
        },
    }
)
LENGTHS = {"calls": [7, 3, 12] * 13, "wiki": [11, 16, 40] * 10, "news": [5] * 30, "web": [130, 1, 1, 200]}
SMALL = BestFit(16, pool_documents=20, pool_tokens=300, pool_windows=1)


class Lengths:
    """A stream of which only the lengths of its documents are known, given a few at a time."""

    def __init__(self, lengths: Sequence[int], step: int = 3) -> None:
        self.lengths, self.step = lengths, step

    def index(self, start: int, stop: int) -> Iterator[Pieces]:
        ends = np.cumsum(self.lengths)
        tokens = np.clip(stop - (ends - self.lengths), 0, self.lengths)
        assert start == 0
        for first in range(0, int(np.count_nonzero(tokens)), self.step):
            some = tokens[first : first + self.step]
            none = np.zeros(len(some), np.int64)
            yield Pieces(some[some > 0], none, none, none, none, none)


def stores() -> dict[str, MemoryStore]:
    """Return stores whose tokens are all different: every token says which source and document it comes from."""
    return {name: store_of(name, LENGTHS[name], 1000 * place, 64) for place, name in enumerate(LENGTHS)}


def planned() -> Mix:
    return plan_mixture(SETTINGS, Shape(16, 17, "best_fit"), Inputs(stores(), SMALL))


def packed(start: int, stop: int) -> tuple[Windows, Lineage]:
    mix = planned()
    return pack_best_fit(mix, training_streams(mix, stores()), start, stop, PAD)


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_pools_end_by_documents_or_tokens(step: int) -> None:
    sizes = BestFit(8, pool_documents=4, pool_tokens=20, pool_windows=1)
    lengths = [5, 5, 5, 5, 5, 1, 1, 1, 1, 1, 21, 3, 20, 20, 2]
    pools = sizes.pools(Lengths(lengths, step), 95)
    by_hand = [[5, 5, 5, 5], [5, 1, 1, 1], [1, 1], [21], [3], [20], [20], [1]]
    assert np.diff(pools.first_token).tolist() == [sum(pool) for pool in by_hand]
    assert np.diff(pools.first_window).tolist() == [fitted(np.array(pool), 8)[1] for pool in by_hand]
    assert pools.windows == 4 + 1 + 1 + 3 + 1 + 3 + 3 + 1


def test_a_pool_is_never_smaller_than_2048_windows_of_tokens() -> None:
    lengths = [8192] * 2100
    assert BestFit(8192).pools(Lengths(lengths, 500), 8192 * 2100).first_window.tolist() == [0, 2048, 2100]
    assert BestFit(4096).pools(Lengths(lengths, 500), 8192 * 2100).first_window.tolist() == [0, 2048, 4096, 4200]


def test_no_tokens_no_pools() -> None:
    pools = BestFit(8).pools(Lengths([5]), 0)
    assert (pools.first_token.tolist(), pools.first_window.tolist()) == ([0], [0])


def test_every_target_is_met_to_the_token() -> None:
    mix = planned()
    windows, lineage = packed(0, mix.plan.total_windows)
    written = np.bincount(lineage.part, lineage.tokens, len(mix.plan.parts)).astype(int).tolist()
    assert written == [part.target_tokens for part in mix.plan.parts]
    assert sum(written) == 1501
    assert np.bincount(windows.part).tolist() == [part.windows for part in mix.plan.parts]
    assert all(len(pools.first_token) > 2 for pools in mix.pools[:2])


def test_lineage_finds_every_token_and_ends_mark_every_piece() -> None:
    mix = planned()
    windows, lineage = packed(0, mix.plan.total_windows)
    bits, filled = np.zeros((len(windows), 16), np.uint8), np.zeros((len(windows), 16), int)
    for row in range(len(lineage)):
        name = mix.plan.parts[lineage.part[row]].sources[lineage.source[row]]
        document = stores()[name].buckets[int(lineage.bucket[row])][lineage.row[row]][1]
        first, count = int(lineage.first_token[row]), int(lineage.tokens[row])
        begin = int(lineage.document_token[row])
        found = windows.tokens[lineage.window[row], first : first + count].tolist()
        assert found == list(document)[begin : begin + count]
        assert windows.part[lineage.window[row]] == lineage.part[row]
        filled[lineage.window[row], first : first + count] += 1
        bits[lineage.window[row], first + count - 1] = 1
        # A piece that ends within its document is the last of its window: a recount derives `ends` from the tokens.
        assert begin + count == len(document) or first + count == windows.length[lineage.window[row]]
    assert (filled == (np.arange(16) < windows.length[:, None])).all()
    assert ((windows.tokens == PAD) == (filled == 0)).all()
    assert (windows.length < 16).any()
    assert (np.unpackbits(windows.ends, axis=1, bitorder="little") == bits).all()
    assert (np.diff(lineage.window * 16 + lineage.first_token) > 0).all()


def test_any_range_is_a_slice_of_the_whole() -> None:
    count = planned().plan.total_windows
    whole, lineage = packed(0, count)
    for start, stop in ((0, 1), (0, 50), (50, count), (count - 1, count), (7, 7)):
        windows, rows = packed(start, stop)
        for name in ("tokens", "ends", "length", "part"):
            assert (getattr(windows, name) == getattr(whole, name)[start:stop]).all()
        chosen = (lineage.window >= start) & (lineage.window < stop)
        for name in ("window", "first_token", "tokens", "bucket", "row", "document_token", "epoch"):
            assert (getattr(rows, name) == getattr(lineage, name)[chosen]).all()


def test_the_bytes_are_pinned() -> None:
    windows, _ = packed(0, planned().plan.total_windows)
    columns = (windows.tokens, windows.ends, windows.length, windows.part)
    assert digest_bytes(b"".join(column.tobytes() for column in columns)) == "4da4ef5a88733c63769d4f507a8be952"


def test_windows_of_a_pool_are_mixed() -> None:
    settings = MixtureSettings.model_validate({"total_tokens": 900, "parts": {"x": {"weight": 1, "from": ["x"]}}})
    store = {"x": store_of("x", [400, *[5, 3] * 65], 0, 64)}
    orders = []
    for seed in (1, 1, 2):
        mix = plan_mixture(settings, Shape(8, seed, "best_fit"), Inputs(store, BestFit(8)))
        windows, _ = pack_best_fit(mix, training_streams(mix, store), 0, mix.plan.total_windows, PAD)
        book = np.flatnonzero((windows.tokens < 400).all(axis=1))
        assert len(book) == 50
        assert np.bincount(book // 20, minlength=5).min() >= 4  # the full windows of the book are all over the pool
        orders.append(book.tolist())
    assert orders[0] == orders[1] != orders[2]
