"""Union-find in an array against sets that are merged one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.dedup.near.union_kernel import flatten, unite


def plain(documents: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The same in plain Python: the first document of each one's set."""
    sets = [{document} for document in range(documents)]
    for one, other in pairs:
        merged = sets[one] | sets[other]
        for document in merged:
            sets[document] = merged
    return [min(each) for each in sets]


def roots(documents: int, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    parents = np.arange(documents, dtype=np.uint32)
    unite(parents, ones, others)
    flatten(parents)
    return parents


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19))))
@settings(deadline=None)
def test_roots_agree_with_the_plain_form(pairs: list[tuple[int, int]]) -> None:
    found = np.array(pairs, np.int64).reshape(-1, 2)
    assert roots(20, found[:, 0].copy(), found[:, 1].copy()).tolist() == plain(20, pairs)


def test_a_long_chain_from_its_end_is_one_set() -> None:
    chain = np.arange(299_999, 0, -1)
    assert not roots(300_000, chain, chain - 1).any()
