import numpy as np
import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.mixture.holdout import hold_out
from ixigen_data.mixture.pieces import Run
from ixigen_data.mixture.shuffle import DocumentStream, holdout_stream, part_stream
from tests.unit.mixture.memory_store import MemoryStore, key_of, store_of

LENGTHS = [3, 1, 7, 2, 30, 1, 1, 12] * 25  # 1,425 tokens


def stores(buckets: int = 4096) -> list[MemoryStore]:
    return [store_of("a", LENGTHS, 0, buckets), store_of("b", LENGTHS[:80], 10_000, buckets)]


def tokens_of(runs: list[Run]) -> list[int]:
    found: list[int] = []
    for run in runs:
        for start, tokens in zip(run.start, run.pieces.tokens, strict=True):
            found += run.flat[start : start + tokens].tolist()
    return found


def read(stream: DocumentStream, start: int, stop: int) -> list[int]:
    return tokens_of(list(stream.runs(start, stop)))


@pytest.mark.parametrize("buckets", [1, 5, 4096])
def test_an_epoch_is_every_document_once_and_any_range_is_a_slice(buckets: int) -> None:
    stream = part_stream("telco", stores(buckets), 17, None)
    size = stream.supply.tokens
    whole = read(stream, 0, 2 * size + 10)
    assert (size, stream.supply.documents) == (1425 + 570, 280)
    assert sorted(whole[:size]) == sorted(whole[size : 2 * size]) == [*range(1425), *range(10_000, 10_570)]
    assert whole[:size] != whole[size : 2 * size]
    for start, stop in ((0, 0), (0, 1), (5, 6), (3, 700), (size - 3, size), (size - 3, size + 3), (size, 2 * size + 1)):
        assert read(stream, start, stop) == whole[start:stop]


def test_pieces_say_where_they_come_from() -> None:
    stream = part_stream("telco", stores(2), 17, None)
    for run in stream.runs(100, 1900):
        pieces = run.pieces
        for place in range(len(pieces)):
            store, bucket, row = stores(2)[pieces.source[place]], pieces.bucket[place], pieces.row[place]
            begin = store.index(bucket).tokens[:row].sum() + pieces.first[place]
            piece = run.flat[run.start[place] :][: pieces.tokens[place]]
            assert store.read_tokens(bucket)[begin:][: pieces.tokens[place]].tolist() == piece.tolist()
            assert pieces.first[place] + pieces.tokens[place] <= store.index(bucket).tokens[row]
        assert (pieces.first[1:] == 0).all()
        assert (pieces.tokens > 0).all()


def test_another_seed_part_or_epoch_is_another_order() -> None:
    orders = [
        read(part_stream(path, stores(), seed, None), epoch * 1995, (epoch + 1) * 1995)
        for path, seed, epoch in (("telco", 17, 0), ("telco", 18, 0), ("wiki", 17, 0), ("telco", 17, 1))
    ]
    assert all(orders[0] != other for other in orders[1:])
    assert orders[0] == read(part_stream("telco", stores(), 17, None), 0, 1995)


def test_a_new_document_moves_no_two_others_past_each_other() -> None:
    documents = [(key_of(f"d{number}", 3), [number] * 2) for number in range(60)]
    before = read(part_stream("telco", [MemoryStore(documents[::2])], 17, None), 0, 60)
    after = read(part_stream("telco", [MemoryStore(documents)], 17, None), 0, 120)
    assert [token for token in after if token % 2 == 0] == before


def test_sources_of_a_part_are_one_stream() -> None:
    documents = [(key_of(f"d{number}"), [number]) for number in range(40)]
    together = part_stream("telco", [MemoryStore(documents)], 17, None)
    apart = part_stream("telco", [MemoryStore(documents[:9]), MemoryStore(documents[9:])], 17, None)
    assert read(together, 0, 80) == read(apart, 0, 80)


def test_equal_keys_stand_in_the_order_of_the_sources() -> None:
    twins = [MemoryStore([(5, [1]), (5, [2])]), MemoryStore([(5, [3])])]
    assert read(part_stream("telco", twins, 17, None), 0, 3) == [1, 2, 3]


@pytest.mark.parametrize("buckets", [1, 7, 4096])
def test_what_is_held_out_is_never_trained_on(buckets: int) -> None:
    both = stores(buckets)
    held = hold_out("telco", both, 300, 8)
    assert held is not None
    training, evaluation = part_stream("telco", both, 17, held), holdout_stream(both, held)
    assert evaluation.supply.tokens == held.tokens
    trained = read(training, 0, training.supply.tokens)
    evaluated = read(evaluation, 0, evaluation.supply.tokens)
    assert len(evaluated) >= 304
    assert sorted(trained + evaluated) == [*range(1425), *range(10_000, 10_570)]
    keys = [key for store in both for documents in store.buckets.values() for key, _ in documents]
    assert f"{sorted(keys)[held.documents - 1]:032x}" == held.last_key


def test_the_hold_out_is_the_same_for_every_seed_and_order_of_sources() -> None:
    assert hold_out("x", stores(), 300, 8) == hold_out("y", stores()[::-1], 300, 8)


def test_documents_before_a_position() -> None:
    stream = part_stream("telco", stores(3), 17, None)
    seen: set[tuple[int, int, int]] = set()
    counts = []
    for position in range(500):
        (run,) = stream.runs(position, position + 1)
        seen.add((int(run.pieces.bucket[0]), int(run.pieces.source[0]), int(run.pieces.row[0])))
        counts.append(len(seen))
    assert [stream.documents_before(position + 1) for position in range(500)] == counts
    assert stream.documents_before(0) == 0
    assert stream.documents_before(10**9) == 280


def test_an_empty_stream_has_nothing_to_read() -> None:
    stream = part_stream("telco", [MemoryStore([])], 17, None)
    assert list(stream.runs(0, 0)) == []
    with pytest.raises(ValueError, match="tokens 0 to 1 of a stream without documents"):
        list(stream.runs(0, 1))


def test_the_order_is_pinned() -> None:
    tokens = read(part_stream("telco", stores(), 17, None), 0, 2 * 1995)
    assert digest_bytes(np.array(tokens, "<u4").tobytes()) == "c58583a5a48054d5ce3a83f71c1a5419"
