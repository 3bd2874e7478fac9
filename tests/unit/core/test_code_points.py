"""Sets of code points, written and read."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core import code_points
from ixigen_data.core.code_points import as_set, members

SETS = {name: value for name, value in vars(code_points).items() if name.isupper() and not name.startswith("_")}


@given(st.sets(st.integers(0xA0, 0x30000).filter(lambda point: not 0xD800 <= point < 0xE000)))
def test_a_set_is_what_it_was_made_of(points: set[int]) -> None:
    assert members(as_set(points)) == sorted(points)


def test_regular_expressions_read_the_sets_alike() -> None:
    everything = "".join(chr(point) for point in range(0x30000) if not 0xD800 <= point < 0xE000)
    for name, characters in SETS.items():
        assert sorted(members(characters)) == sorted(map(ord, re.findall(f"[{characters}]", everything))), name


def test_blanks_are_all_that_later_rules_take_for_space() -> None:
    blanks = set(members(code_points.BLANKS))
    for name in ("CONTROLS", "LINE_ENDS", "INVISIBLES", "JOINER", "SPACES", "FILLERS"):
        assert blanks.issuperset(members(SETS[name])), name
    assert not blanks & set(members(code_points.EMOJI + code_points.CONJOINING_JAMO + code_points.HANJA))
