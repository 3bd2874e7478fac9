from fractions import Fraction

import pytest

from ixigen_data.core.errors import RecipeError
from ixigen_data.mixture.apportion import apportion, whole_windows


def test_shares_are_exact_where_floats_are_not() -> None:
    assert apportion(10, [Fraction("0.1")] * 10) == [1] * 10
    assert apportion(3, [Fraction("0.1"), Fraction("0.2")]) == [1, 2]
    assert apportion(10**18 + 1, [Fraction("24.5"), Fraction("28.5")]) == [462264150943396227, 537735849056603774]


def test_equal_remainders_go_to_the_earlier() -> None:
    assert apportion(5, [Fraction(1)] * 3) == [2, 2, 1]


def test_nothing_to_hand_out() -> None:
    assert apportion(0, [Fraction(1), Fraction(2)]) == [0, 0]


def test_mistakes_are_told() -> None:
    with pytest.raises(RecipeError, match=r"mixture\.total_tokens: -1 is negative; use 0 or more"):
        apportion(-1, [Fraction(1)])
    with pytest.raises(RecipeError, match=r"mixture\.parts: there is no part to give tokens to; name at least one"):
        apportion(1, [])
    with pytest.raises(RecipeError, match=r"weight 0 is not positive; use a number such as 1"):
        apportion(1, [Fraction(1), Fraction(0)])


def test_windows_are_rounded_up_where_the_remainder_is_largest() -> None:
    assert whole_windows(4, [7, 15, 10], 8) == [1, 2, 1]
    assert whole_windows(3, [8, 16, 0], 8) == [1, 2, 0]
