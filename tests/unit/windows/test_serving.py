"""Every window once, in the written order, for any number of ranks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.errors import IxigenError
from ixigen_train.windows.serving import Serving


@given(st.integers(0, 100), st.integers(1, 12), st.integers(0, 20), st.sampled_from([1, 2, 4]))
def test_ranks_together_serve_the_written_order(windows: int, per_rank: int, first: int, ranks: int) -> None:
    serving = Serving(windows, per_rank * ranks, first)
    served = [
        window for step in range(serving.steps) for rank in range(ranks) for window in serving.share(step, rank, ranks)
    ]
    assert served == list(range(first, first + len(served)))
    assert len(served) + serving.unserved == max(0, windows - first)
    assert serving.unserved < serving.global_batch


def test_a_batch_that_ranks_cannot_share_is_refused() -> None:
    with pytest.raises(IxigenError, match=r"batch.windows: 6 is no multiple of 4 ranks; use 1, 2, 3, 6 ranks"):
        Serving(100, 6).share(0, 0, 4)
