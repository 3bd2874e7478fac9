from fractions import Fraction

from ixigen_data.mixture.written import exact


def test_numbers_are_what_is_written() -> None:
    assert exact(24.5) == Fraction(49, 2)
    assert exact(0.1) == Fraction(1, 10)
    assert exact(1e-6) == Fraction(1, 10**6)
    assert exact(3) == exact(3.0) == 3
