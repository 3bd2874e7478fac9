import pytest

from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.holdout import hold_out
from tests.unit.mixture.memory_store import MemoryStore, store_of


def test_nothing_asked_nothing_held() -> None:
    assert hold_out("telco", [store_of("a", [5])], 0, 8) is None


def test_the_lowest_keys_fill_whole_windows() -> None:
    keys = [1 << 100, 2 << 100, 3 << 120, (3 << 120) + 1]
    first, second = (MemoryStore([(key, range(6)) for key in keys[place::2]]) for place in (0, 1))
    held = hold_out("telco", [first, second], 9, 8)
    assert held is not None
    assert (held.windows, held.documents, held.tokens) == (2, 3, 18)
    assert held.last_key == f"{keys[2]:032x}"
    assert held.bucket == 3 << 4
    for store, expected in ((first, [True]), (second, [False])):
        index = store.index(held.bucket)
        assert held.holds(index.hi, index.lo).tolist() == expected


def test_equal_content_is_on_one_side() -> None:
    store = MemoryStore([(7, range(8)), (7, range(8)), (8, range(8))])
    held = hold_out("telco", [store], 8, 8)
    assert held is not None
    assert (held.documents, held.tokens) == (2, 16)


def test_a_supply_that_is_too_small() -> None:
    message = (
        r"part 'telco': the hold-out of 9 tokens takes 2 windows of 8, but its sources have 15 tokens in all; lower"
    )
    with pytest.raises(SupplyError, match=message):
        hold_out("telco", [store_of("a", [15])], 9, 8)
    assert hold_out("telco", [store_of("a", [16])], 9, 8) is not None
