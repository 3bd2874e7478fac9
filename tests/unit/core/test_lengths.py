import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.lengths import EDGES, histogram, quantile, upper_edge


def test_the_bins_are_half_octaves() -> None:
    assert EDGES[:12] == (1, 2, 3, 4, 6, 8, 12, 16, 23, 32, 46, 64)
    assert EDGES[-1] == 1 << 40
    assert all(
        edge * edge >= 1 << exponent > (edge - 1) ** 2 for exponent, edge in zip(range(4, 81), EDGES[3:], strict=True)
    )


@given(st.lists(st.integers(1, 1 << 38)))
def test_every_document_is_in_the_bin_that_holds_its_length(lengths: list[int]) -> None:
    found = histogram(np.array(lengths, np.int64))
    assert sum(found.values()) == len(lengths)
    for edge, count in found.items():
        assert count == sum(edge <= length < upper_edge(edge) for length in lengths)


@given(st.lists(st.integers(1, 1 << 38), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_less_than_half_an_octave_off(lengths: list[int], ratio: float) -> None:
    exact = sorted(lengths)[max(0, int(np.ceil(ratio * len(lengths))) - 1)]
    about = quantile(histogram(np.array(lengths, np.int64)), ratio)
    assert exact / 1.6 <= about <= exact * 1.6 + 1


def test_the_quantile_of_nothing() -> None:
    assert quantile({}, 0.5) == 0
