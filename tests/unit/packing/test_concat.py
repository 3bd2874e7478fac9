import numpy as np

from ixigen_data.mixture.plan import Inputs, Mix, Shape, holdout_streams, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.packing.concat import pack_concat, pack_stream
from ixigen_data.packing.lineage import Lineage
from ixigen_data.packing.windows import SETTLEMENT, Windows
from tests.unit.mixture.memory_store import MemoryStore, store_of

SETTINGS = MixtureSettings.model_validate(
    {
        "total_tokens": 808,
        "holdout": {"tokens": 20},
        "parts": {
            "telco": {"weight": 50, "from": ["calls"], "max_epochs": 2},
            "ko": {"weight": 30, "from": ["wiki", "news"]},
            "en": {"weight": 20.2, "from": ["web"], "holdout": {"tokens": 0}},
        },
    }
)
LENGTHS = {"calls": [7] * 40, "wiki": [11] * 30, "news": [5] * 30, "web": [130] * 4}


def stores() -> dict[str, MemoryStore]:
    """Return stores whose tokens are all different: every token says which source and document it comes from."""
    return {name: store_of(name, LENGTHS[name], 1000 * place, 64) for place, name in enumerate(LENGTHS)}


def packed(start: int, stop: int) -> tuple[Mix, Windows, Lineage]:
    mix = plan_mixture(SETTINGS, Shape(8, 17), Inputs(stores()))
    return mix, *pack_concat(mix.plan, mix.order, training_streams(mix, stores()), start, stop)


def test_every_target_is_met_to_the_token() -> None:
    mix, windows, lineage = packed(0, 101)
    plan = mix.plan
    written = np.bincount(lineage.part, lineage.tokens, len(plan.parts)).astype(int).tolist()
    assert written == [part.target_tokens for part in plan.parts]
    assert (windows.part != SETTLEMENT).sum() == sum(part.full_windows for part in plan.parts)
    assert np.flatnonzero(windows.part == SETTLEMENT).tolist() == [w.window for w in plan.settlement_windows]
    assert (windows.length == 8).all()


def test_a_part_writes_its_stream_and_nothing_twice() -> None:
    mix, windows, lineage = packed(0, 101)
    plan = mix.plan
    for part, stream in enumerate(training_streams(mix, stores())):
        expected = [
            token
            for run in stream.runs(0, plan.parts[part].target_tokens)
            for start, count in zip(run.start, run.pieces.tokens, strict=True)
            for token in run.flat[start : start + count].tolist()
        ]
        found = [
            token
            for window, first, count, owner in zip(
                lineage.window, lineage.first_token, lineage.tokens, lineage.part, strict=True
            )
            for token in windows.tokens[window, first : first + count].tolist()
            if owner == part
        ]
        assert sorted(found) == sorted(expected)
        full = windows.tokens[windows.part == part].ravel().tolist()
        assert full == expected[: len(full)]


def test_settlement_windows_hold_their_pieces_in_order() -> None:
    mix, _, lineage = packed(0, 101)
    plan = mix.plan
    for settlement in plan.settlement_windows:
        rows = lineage.window == settlement.window
        parts = lineage.part[rows]
        runs = np.flatnonzero(np.diff(parts, prepend=-1))
        tokens = np.add.reduceat(lineage.tokens[rows], runs).tolist()
        assert list(zip(parts[runs].tolist(), tokens, strict=True)) == [(p.part, p.tokens) for p in settlement.pieces]


def test_lineage_finds_every_token_and_ends_mark_every_piece() -> None:
    mix, windows, lineage = packed(0, 101)
    plan = mix.plan
    ends = np.zeros((101, 8), np.uint8)
    filled = np.zeros((101, 8), int)
    for row in range(len(lineage)):
        name = plan.parts[lineage.part[row]].sources[lineage.source[row]]
        documents = stores()[name].buckets[int(lineage.bucket[row])]
        first, count = int(lineage.first_token[row]), int(lineage.tokens[row])
        begin = int(lineage.document_token[row])
        expected = list(documents[lineage.row[row]][1])[begin : begin + count]
        assert windows.tokens[lineage.window[row], first : first + count].tolist() == expected
        filled[lineage.window[row], first : first + count] += 1
        ends[lineage.window[row], first + count - 1] = 1
    assert (filled == 1).all()
    assert (np.unpackbits(windows.ends, axis=1, bitorder="little") == ends).all()
    order = lineage.window * 8 + lineage.first_token
    assert (np.diff(order) > 0).all()


def test_any_range_is_a_slice_of_the_whole() -> None:
    _, whole, lineage = packed(0, 101)
    for start, stop in ((0, 1), (0, 50), (50, 101), (99, 101), (7, 7)):
        _, windows, rows = packed(start, stop)
        assert len(windows) == stop - start
        assert (windows.tokens == whole.tokens[start:stop]).all()
        assert (windows.ends == whole.ends[start:stop]).all()
        assert (windows.part == whole.part[start:stop]).all()
        chosen = (lineage.window >= start) & (lineage.window < stop)
        assert (rows.window == lineage.window[chosen]).all()
        assert (rows.document_token == lineage.document_token[chosen]).all()


def test_hold_out_windows_are_whole_and_in_no_training_window() -> None:
    mix, training, _ = packed(0, 101)
    plan = mix.plan
    trained = set(training.tokens.ravel().tolist())
    for part, (share, stream) in enumerate(zip(plan.parts, holdout_streams(plan, stores()), strict=True)):
        if stream is None or share.holdout is None:
            continue
        windows, lineage = pack_stream(stream, part, 0, share.holdout.windows, 8)
        assert windows.tokens.shape == (3, 8)
        assert (windows.part == part).all()
        assert lineage.tokens.sum() == 24
        assert not trained & set(windows.tokens.ravel().tolist())
        later, rows = pack_stream(stream, part, 1, 3, 8)
        assert (later.tokens == windows.tokens[1:]).all()
        assert set(rows.window.tolist()) == {1, 2}


def test_one_document_longer_than_many_windows() -> None:
    settings = MixtureSettings.model_validate({"total_tokens": 80_000, "parts": {"x": {"weight": 1, "from": ["x"]}}})
    store = {"x": store_of("x", [80_003])}
    mix = plan_mixture(settings, Shape(8, 17), Inputs(store))
    windows, lineage = pack_concat(mix.plan, mix.order, training_streams(mix, store), 0, 10_000)
    assert (windows.tokens.ravel() == np.arange(80_000)).all()
    assert len(lineage) == 10_000
    assert (windows.ends == 0x80).all()
