"""Reasons of drops, told apart by whose side the keeper is on."""

import numpy as np

from ixigen_data.dedup.drops import CONTAINED, DROP, EXACT, NEAR, reasons_of


def test_a_keeper_of_an_index_has_a_reason_of_its_own() -> None:
    # chunk, row, keeper's chunk, keeper's row, kind, similarity; chunks 0 and 1 are of indexes.
    rows = [
        (2, 0, 0, 5, EXACT, 1),
        (2, 1, 1, 5, EXACT, 1),
        (2, 2, 2, 0, EXACT, 1),
        (3, 0, 1, 0, NEAR, 0.7),
        (3, 1, 2, 0, NEAR, 0.7),
        (3, 2, 0, 0, CONTAINED, 0.9),
        (3, 3, 2, 3, CONTAINED, 0.9),
    ]
    drops = np.array(rows, DROP)
    assert reasons_of(drops, 2) == {
        "exact_duplicate_of_index": 2,
        "exact_duplicate": 1,
        "near_duplicate_of_index": 1,
        "near_duplicate": 1,
        "contained_in_index": 1,
        "contained": 1,
    }
    assert reasons_of(drops, 0) == {"exact_duplicate": 3, "near_duplicate": 2, "contained": 2}
    assert reasons_of(drops[:0], 2) == {}
