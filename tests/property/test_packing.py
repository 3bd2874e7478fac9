"""Unpacking what was packed gives the documents back, whatever their lengths and wherever windows fall."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.mixture.plan import plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.concat import pack_windows
from tests.unit.mixture.memory_store import store_of

SIZES = st.lists(st.one_of(st.integers(1, 5), st.integers(1, 300)), min_size=1, max_size=40)


@given(SIZES, SIZES, SIZES, st.sampled_from([8, 16, 64]), st.data())
@settings(max_examples=60, deadline=None)
def test_windows_unpack_to_documents(
    first: list[int], second: list[int], third: list[int], seq_len: int, data: st.DataObject
) -> None:
    stores = {
        "a": store_of("a", first, 0, 4),
        "b": store_of("b", second, 20_000, 4),
        "c": store_of("c", third, 40_000, 4),
    }
    parts = {
        "x": {"weight": data.draw(st.floats(0.1, 10)), "from": ["a", "b"], "max_epochs": 10**9},
        "y": {"weight": data.draw(st.floats(0.1, 10)), "from": ["c"], "max_epochs": 10**9},
    }
    total = seq_len * data.draw(st.integers(1, 40))
    plan, order = plan_mixture(
        MixtureSettings.model_validate({"total_tokens": total, "parts": parts}), seq_len, 17, stores
    )
    border = data.draw(st.integers(0, plan.total_windows))
    streams = training_streams(plan, stores)
    written = np.zeros(len(plan.parts), np.int64)
    for start, stop in ((0, border), (border, plan.total_windows)):
        windows, lineage = pack_windows(plan, order, streams, start, stop)
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
