"""Seeds and digests are pinned: another value means other bytes everywhere."""

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.digests import canonical_json, digest_set, digest_value
from ixigen_data.core.seeds import seed_for

digests = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")


def test_seeds_are_pinned() -> None:
    assert seed_for(17, "order", "telco", 0) == 5648919561484715626
    assert seed_for(17, "a", "bc") != seed_for(17, "ab", "c")


def test_a_value_has_one_digest_whatever_its_key_order() -> None:
    assert canonical_json({"나": 1, "a": [True, None]}) == '{"a":[true,null],"나":1}'.encode()
    assert digest_value({"a": 1, "b": 2}) == digest_value({"b": 2, "a": 1})


@given(st.lists(digests))
def test_a_set_digest_does_not_depend_on_order_or_grouping(items: list[str]) -> None:
    assert (
        digest_set(items) == digest_set(reversed(items)) == digest_set([digest_set(items[:2]), digest_set(items[2:])])
    )
