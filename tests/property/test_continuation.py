"""Streams that continue others: what was served is left out, everything else comes in the order it would have had."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.mixture.accounts import accounts_of
from ixigen_data.mixture.holdout import hold_out
from ixigen_data.mixture.pieces import joined
from ixigen_data.mixture.served import Served
from ixigen_data.mixture.shuffle import DocumentStream, part_stream
from ixigen_data.packing.prefix import Prefix
from ixigen_data.shards.history import served_after
from tests.unit.mixture.memory_store import MemoryStore, store_of

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=40)
BUCKETS = st.sampled_from([1, 3, 64])


def tokens_of(stream: DocumentStream, start: int, stop: int) -> list[int]:
    found: list[int] = []
    for run in stream.runs(start, stop):
        for begin, tokens in zip(run.start.tolist(), run.pieces.tokens.tolist(), strict=True):
            found += run.flat[begin : begin + tokens].tolist()
    return found


def epochs_of(stream: DocumentStream, start: int, stop: int) -> list[tuple[int, int]]:
    epochs = [pieces.epoch.repeat(pieces.tokens).tolist() for pieces in stream.index(start, stop)]
    return list(zip([epoch for each in epochs for epoch in each], tokens_of(stream, start, stop), strict=True))


def served_by(stream: DocumentStream, position: int, ahead: tuple[int, int]) -> list[Served]:
    return served_after(stream, Prefix(position, (joined(list(stream.index(*ahead))),)))


@given(LENGTHS, LENGTHS, BUCKETS, st.data())
def test_a_stream_goes_on_where_it_was_left(a: list[int], b: list[int], buckets: int, data: st.DataObject) -> None:
    stores = [store_of("a", a, 0, buckets), store_of("b", b, 10_000, buckets)]
    total = sum(a) + sum(b)
    holdout = hold_out("x", stores, data.draw(st.integers(0, total // 3)), 1)
    stream = part_stream("x", stores, 17, holdout)
    size = stream.supply.tokens
    if size == 0:
        return
    expected = tokens_of(stream, 0, 6 * size)
    served: list[Served] = []
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, size + size // 2))
        begin = position + data.draw(st.integers(0, size))
        ahead = (begin, begin + data.draw(st.integers(0, 20)))
        served = served_by(stream, position, ahead)
        expected = expected[position : ahead[0]] + expected[ahead[1] :]
        stream = part_stream("x", stores, 17, holdout, served)
    assert tokens_of(stream, 0, len(expected)) == expected
    cut = data.draw(st.integers(0, len(expected)))
    assert tokens_of(stream, cut, len(expected)) == expected[cut:]


@given(LENGTHS, LENGTHS, BUCKETS, st.data())
def test_accounts_are_those_of_a_walk(a: list[int], b: list[int], buckets: int, data: st.DataObject) -> None:
    old, new = store_of("a", a, 0, buckets), store_of("b", b, 10_000, buckets)
    first = part_stream("x", [old], 17, None)
    position = data.draw(st.integers(0, 2 * sum(a)))
    begin = position + data.draw(st.integers(0, 10))
    ahead = (begin, begin + data.draw(st.integers(0, 20)))
    before = epochs_of(first, 0, position) + epochs_of(first, *ahead)
    stream = part_stream("y", [old, new], 23, None, [*served_by(first, position, ahead), Served()])
    tokens = data.draw(st.integers(0, 3 * (sum(a) + sum(b))))
    here = epochs_of(stream, 0, tokens)
    owner = owners([old, new])
    found = accounts_of(stream, tokens)
    assert stream.supply.served == len(before)
    assert stream.supply.served_first == sum(epoch == 0 for epoch, _ in before)
    assert found.documents == len({owner[token] for _, token in here})
    assert found.unused_documents == len(a) + len(b) - len({owner[token] for _, token in before + here})
    assert found.unique_tokens == sum(epoch == 0 for epoch, _ in here)
    assert len(set(before + here)) == len(before + here)


@given(LENGTHS, LENGTHS, BUCKETS, st.data())
def test_a_new_source_moves_nothing_of_the_old(a: list[int], b: list[int], buckets: int, data: st.DataObject) -> None:
    old, new = store_of("a", a, 0, buckets), store_of("b", b, 10_000, buckets)
    first = part_stream("x", [old], 17, None)
    position = data.draw(st.integers(0, sum(a) - 1))
    served = served_by(first, position, (position, position))
    both = part_stream("x", [old, new], 17, None, [*served, Served()])
    rest = tokens_of(both, 0, both.size_of(0))
    assert [token for token in rest if token < 10_000] == tokens_of(first, position, sum(a))
    assert sorted(token for token in rest if token >= 10_000) == list(range(10_000, 10_000 + sum(b)))


def owners(stores: list[MemoryStore]) -> dict[int, tuple[int, int, int]]:
    """Return the document, by source, bucket and row, that every token is of."""
    found = {}
    for source, store in enumerate(stores):
        for bucket in np.flatnonzero(store.bucket_documents).tolist():
            lengths = store.index(bucket).tokens
            rows = np.repeat(np.arange(len(lengths)), lengths)
            found |= {
                token: (source, bucket, row)
                for token, row in zip(store.read_tokens(bucket).tolist(), rows.tolist(), strict=True)
            }
    return found
