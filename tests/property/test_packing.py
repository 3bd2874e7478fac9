"""Unpacking what was packed gives the documents back, whatever their lengths and wherever windows fall."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.mixture.plan import Inputs, Mix, Shape, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.best_fit import BestFit, pack_best_fit
from ixigen_data.packing.concat import pack_concat
from ixigen_data.packing.unpack import unpack
from ixigen_data.packing.windows import Windows
from tests.unit.mixture.memory_store import MemoryStore, store_of

PAD = 999_999
SIZES = st.lists(st.one_of(st.integers(1, 5), st.integers(1, 300)), min_size=1, max_size=40)


def stores_of(first: list[int], second: list[int], third: list[int]) -> dict[str, MemoryStore]:
    """Return three sources of documents of these lengths; no two tokens are the same."""
    return {
        "a": store_of("a", first, 0, 4),
        "b": store_of("b", second, 20_000, 4),
        "c": store_of("c", third, 40_000, 4),
    }


def drawn_parts(data: st.DataObject) -> dict[str, dict[str, object]]:
    """Return two parts of any weights, one of them of two sources."""
    return {
        "x": {"weight": data.draw(st.floats(0.1, 10)), "from": ["a", "b"], "max_epochs": 10**9},
        "y": {"weight": data.draw(st.floats(0.1, 10)), "from": ["c"], "max_epochs": 10**9},
    }


@given(SIZES, SIZES, SIZES, st.sampled_from([8, 16, 64]), st.data())
@settings(max_examples=60, deadline=None)
def test_windows_unpack_to_documents(
    first: list[int], second: list[int], third: list[int], seq_len: int, data: st.DataObject
) -> None:
    stores = stores_of(first, second, third)
    parts = drawn_parts(data)
    total = seq_len * data.draw(st.integers(1, 40))
    settings = MixtureSettings.model_validate({"total_tokens": total, "parts": parts})
    mix = plan_mixture(settings, Shape(seq_len, 17), Inputs(stores))
    plan, order = mix.plan, mix.order
    border = data.draw(st.integers(0, plan.total_windows))
    streams = training_streams(mix, stores)
    written = np.zeros(len(plan.parts), np.int64)
    for start, stop in ((0, border), (border, plan.total_windows)):
        windows, lineage = pack_concat(plan, order, streams, start, stop)
        np.add.at(written, lineage.part, lineage.tokens)
        for row in range(len(lineage)):
            name = plan.parts[lineage.part[row]].sources[lineage.source[row]]
            _, tokens = stores[name].buckets[int(lineage.bucket[row])][lineage.row[row]]
            begin, count = int(lineage.document_token[row]), int(lineage.tokens[row])
            place = int(lineage.window[row]) - start, int(lineage.first_token[row])
            assert windows.tokens[place[0], place[1] : place[1] + count].tolist() == list(tokens)[begin : begin + count]
        ends = np.argwhere(np.unpackbits(windows.ends, axis=1, bitorder="little"))
        assert (
            ends.tolist()
            == np.stack([lineage.window - start, lineage.first_token + lineage.tokens - 1], axis=1).tolist()
        )
        assert lineage.tokens.sum() == (stop - start) * seq_len
    assert written.tolist() == [part.target_tokens for part in plan.parts]


@given(SIZES, SIZES, SIZES, st.sampled_from([8, 16, 64]), st.data())
@settings(max_examples=80, deadline=None)
def test_best_fit_keeps_every_document_of_every_epoch(
    first: list[int], second: list[int], third: list[int], seq_len: int, data: st.DataObject
) -> None:
    stores = stores_of(first, second, third)
    parts = drawn_parts(data)
    written = MixtureSettings.model_validate({"total_tokens": data.draw(st.integers(1, 5000)), "parts": parts})
    fitter = BestFit(seq_len, data.draw(st.integers(1, 60)), data.draw(st.integers(1, 2000)), 1)
    mix = plan_mixture(written, Shape(seq_len, 17, "best_fit"), Inputs(stores, fitter))
    border = data.draw(st.integers(0, mix.plan.total_windows))
    streams = training_streams(mix, stores)
    documents: dict[tuple[int, ...], dict[int, list[int]]] = {}
    for start, stop in ((0, border), (border, mix.plan.total_windows)):
        windows, lineage = pack_best_fit(mix, streams, start, stop, PAD)
        unpacked = unpack(windows)
        assert len(unpacked) == len(lineage)
        for row in range(len(lineage)):
            names = (lineage.part, lineage.epoch, lineage.source, lineage.bucket, lineage.row)
            pieces = documents.setdefault(tuple(int(column[row]) for column in names), {})
            assert int(lineage.document_token[row]) not in pieces
            pieces[int(lineage.document_token[row])] = unpacked.piece(row).tolist()
        check_windows(mix, windows, start)
    cut = [0] * len(mix.plan.parts)
    for (part, _, source, bucket, row), pieces in documents.items():
        _, tokens = stores[mix.plan.parts[part].sources[source]].buckets[bucket][row]
        together = [token for begin in sorted(pieces) for token in pieces[begin]]
        assert together == list(tokens)[: len(together)]
        assert len(pieces) == -(-len(together) // seq_len)  # not one cut more than windows need
        cut[part] += len(together) < len(tokens)
    assert max(cut) <= 1
    for number, part in enumerate(mix.plan.parts):
        mine = [pieces for key, pieces in documents.items() if key[0] == number]
        assert sum(len(piece) for pieces in mine for piece in pieces.values()) == part.target_tokens


def check_windows(mix: Mix, windows: Windows, start: int) -> None:
    """Check pad, and that no two windows of a pool could have been one."""
    seq_len = mix.plan.seq_len
    pad = np.arange(seq_len) >= windows.length[:, None]
    assert ((windows.tokens == PAD) == pad).all()
    parts, indices = mix.order.slice(start, start + len(windows))
    for number, pools in enumerate(mix.pools):
        mine = parts == number
        pool = np.searchsorted(pools.first_window, indices[mine], side="right")
        for one in np.unique(pool).tolist():
            lengths = np.sort(windows.length[mine][pool == one])
            assert len(lengths) == 1 or lengths[:2].sum() > seq_len
