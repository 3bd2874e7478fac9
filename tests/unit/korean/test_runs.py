"""Runs: one by one as in bulk, whatever surrounds them."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.code_points import HANGUL_SYLLABLES
from ixigen_data.core.edits import apply
from ixigen_data.korean.runs import Run, Runs

PLAIN = Runs(Run("!?", 3, 2), Run(HANGUL_SYLLABLES, 4, 3), Run("·é", 5, 1), Run("。", 3, "…"), Run("-=", 10, 5))
DOUBLES = Runs(Run("…", 2, 1), Run("가", 2, ""))
MIXED = Runs(Run("·ㆍ.", 3, "…", mixed=True))
STRETCHES = st.tuples(st.sampled_from([*"!?가각·é。-=…ㆍ.a1 \n\U0001f600"]), st.integers(1, 12)).map(
    lambda each: each[0] * each[1]
)
TEXTS = st.lists(st.one_of(STRETCHES, st.just("가나다라 abc "), st.just("x" * 70)), max_size=10).map("".join)


def test_runs_become_shorter() -> None:
    assert PLAIN.format("!!!??? 가가가가나 ······ 。。。。 ---------- ---------") == "!!?? 가가가나 · … ----- ---------"
    assert DOUBLES.format("……가가가…") == "……"
    assert MIXED.format("·ㆍ.·!·ㆍ") == "…!·ㆍ"


@given(st.lists(TEXTS, max_size=5))
@settings(deadline=None)  # the kernel compiles in the first example
def test_a_column_is_edited_as_its_texts_are(texts: list[str]) -> None:
    column = pa.array(["!!!!", *texts], pa.large_string())[1:]
    for runs in (PLAIN, DOUBLES, MIXED):
        edited = runs.apply(column).to_pylist()
        assert edited == [runs.format(text) for text in texts]
        assert edited == [apply(text, runs.edits(text)) for text in texts]


@pytest.mark.parametrize("size", range(48, 80))
def test_runs_across_blocks_are_seen(size: int) -> None:
    for runs, run, short in (
        (PLAIN, "!!!", "!!"),
        (DOUBLES, "……", "…"),
        (MIXED, ".·ㆍ", "…"),
        (PLAIN, "가가가가", "가가가"),
    ):
        text = "x" * size + run + "y" * 100
        assert runs.apply(pa.array([text, text], pa.large_string())).to_pylist() == ["x" * size + short + "y" * 100] * 2
