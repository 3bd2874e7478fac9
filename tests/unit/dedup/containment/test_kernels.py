"""Kernels of containment agree with plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import settings as testing
from hypothesis import strategies as st

from ixigen_data.dedup.containment.contained_stage import choose
from ixigen_data.dedup.containment.held_kernel import count_shared, name_suspects
from ixigen_data.dedup.containment.held_stage import HELD
from ixigen_data.dedup.containment.holders_kernel import FEW, LONGER, MEMBER, MOST, name_holders
from ixigen_data.dedup.containment.sketch import SAMPLE
from ixigen_data.dedup.containment.sketch_kernel import first_at

Row = tuple[int, int, int, bool]  # hash, size, group, asks


def plain_holders(rows: list[Row]) -> list[list[int]]:
    """Of each record, all longer documents of its shingle and of no later group, longest first."""
    return [
        sorted(
            (other for other, (h, s, g, _) in enumerate(rows) if h == hashed and 4 * s >= LONGER * size and g <= group),
            key=lambda other: (-rows[other][1], other),
        )
        if asks
        else []
        for hashed, size, group, asks in rows
    ]


@testing(deadline=None)  # kernels compile in the first example
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12), st.integers(0, 3), st.booleans()), max_size=60))
def test_holders_agree_with_the_plain_form(rows: list[Row]) -> None:
    rows = sorted(rows, key=lambda row: row[2])  # numbers ascend with groups
    members = np.zeros(len(rows), MEMBER)
    for name, values in zip(("hash", "size", "group", "asks"), zip(*rows, strict=True), strict=False):
        members[name] = values
    members["document"] = members["at"] = np.arange(len(rows))
    members = members[np.argsort(members["hash"], kind="stable")]
    counts, starts = np.zeros(len(rows), np.uint8), np.zeros(len(rows) + 1, np.int64)
    name_holders(members, counts, starts, np.zeros(0, np.int64))
    wanted = plain_holders(rows)
    assert counts.tolist() == [min(len(holders), MOST + 1) for holders in wanted]
    starts[1:] = np.cumsum(np.where(counts > MOST, FEW, counts))
    holders = np.full(starts[-1], -1, np.int64)
    name_holders(members, counts, starts, holders)
    named = [holders[starts[row] : starts[row + 1]].tolist() for row in range(len(rows))]
    assert named == [each if len(each) <= MOST else each[:FEW] for each in wanted]


@testing(deadline=None)  # kernels compile in the first example
@given(st.lists(st.tuples(st.integers(-1, 4), st.lists(st.integers(0, MOST + 1), max_size=8)), max_size=6))
def test_suspects_are_the_holders_of_the_rarest(documents: list[tuple[int, list[int]]]) -> None:
    documents = [(min(spare, len(counts) - 1), sorted(counts)) for spare, counts in documents]
    counts = np.array([count for _, each in documents for count in each], np.uint8)
    named = np.where(counts > MOST, FEW, counts).astype(np.int64)
    begins = np.cumsum(named) - named
    borders = np.cumsum([0, *(len(each) for _, each in documents)])
    wanted, at = [], 0
    for number, (spare, each) in enumerate(documents):
        looked = each[: spare + 1] if spare >= 0 and each[spare] <= MOST else each
        for place in range(len(looked) if spare >= 0 and each[spare] else 0):
            wanted += [(number, begins[at + place] + holder) for holder in range(named[at + place])]
        at += len(each)
    arguments = borders, np.array([spare for spare, _ in documents], np.int64), counts, begins
    suspects = np.empty((2, name_suspects(*arguments, np.empty((2, 0), np.int64))), np.int64)
    name_suspects(*arguments, suspects)
    assert list(zip(*suspects.tolist(), strict=True)) == wanted


@testing(deadline=None)  # kernels compile in the first example
@given(
    st.sets(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=30),
    st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=4),
    st.integers(0, 5),
)
def test_shared_samples_agree_with_the_plain_form(
    held: set[tuple[int, int]], short: list[set[int]], spare: int
) -> None:
    records = np.array(sorted(held), SAMPLE)
    hashes = np.array([hashed for each in short for hashed in sorted(each)], np.uint64)
    borders = np.cumsum([0, *map(len, short)])
    pairs = [(number, row) for number in range(len(short)) for row in range(4)]
    spans = np.array([[borders[number], borders[number + 1], spare] for number, _ in pairs], np.int64).T.copy()
    shared = np.empty(len(pairs), np.int64)
    count_shared(records, np.array([row for _, row in pairs], np.int64), spans, hashes, shared)
    found = [sum((hashed, row) in held for hashed in short[number]) for number, row in pairs]
    wanted = [n if len(short[number]) - n <= spare else -1 for n, (number, _) in zip(found, pairs, strict=True)]
    assert shared.tolist() == wanted
    for hashed in range(14):
        assert first_at(records, 0, np.uint64(hashed), 0) == sum(each[0] < hashed for each in held)


@testing(deadline=None)  # kernels compile in the first example
@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_who_is_dropped_has_the_longest_keeper_that_stays(edges: set[tuple[int, int]]) -> None:
    edges = {(short, longer) for short, longer in edges if short < longer}  # a document's size is its number
    held = np.zeros(len(edges), HELD)
    for place, (short, longer) in enumerate(sorted(edges)):
        held[place] = (short, longer, short, longer, 1)
    keepers = dict(choose(held)[["document", "holder"]].tolist())
    for document in range(10):
        staying = [longer for short, longer in edges if short == document and longer not in keepers]
        assert keepers.get(document) == max(staying, default=None)
