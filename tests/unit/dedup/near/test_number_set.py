"""Sets of numbers as bits, their ranks, and what a stage dropped."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.dedup.drops import DROP
from ixigen_data.dedup.near.number_set import NumberSet, dropped_before
from ixigen_data.dedup.near.signed_corpus import SignedCorpus
from ixigen_data.dedup.places import ChunkPlace
from tests.signed_chunks import write_exact


@given(st.sets(st.integers(0, 2_000)))
@settings(deadline=None)
def test_members_and_ranks_agree_with_a_set(numbers: set[int]) -> None:
    held = NumberSet(2_001)
    held.add(np.array(sorted(numbers), np.int64))
    asked = np.arange(2_001)
    assert held.holds(asked).tolist() == [number in numbers for number in range(2_001)]
    assert held.close() == len(numbers)
    assert held.ranks(asked).tolist() == [sum(other < number for other in numbers) for number in range(2_001)]


def test_what_a_stage_drops_is_found_by_number(tmp_path: Path) -> None:
    corpus = SignedCorpus(
        tuple(ChunkPlace("a", "", str(stem), documents, 0) for stem, documents in enumerate((3, 0, 4)))
    )
    drops = np.zeros(2, DROP)
    drops["chunk"], drops["row"] = [0, 2], [2, 1]
    dropped = dropped_before(corpus, str(write_exact(tmp_path / "exact", {"a": 7}, drops)))
    assert np.flatnonzero(dropped.holds(np.arange(7))).tolist() == [2, 4]
