import math
from fractions import Fraction
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from ixigen_data.mixture.curves import Curve, half_cosine

CURVE: TypeAdapter[Curve] = TypeAdapter(Curve)


def weights(curve: dict[str, object], *positions: str) -> list[float]:
    read = CURVE.validate_python(curve)
    return [float(read.weight(Fraction(position))) for position in positions]


def test_each_kind_has_its_shape() -> None:
    assert weights({"kind": "linear", "from": 40, "to": 60}, "0", "1/4", "1/2", "1") == [40, 45, 50, 60]
    assert weights({"kind": "linear", "from": 1, "to": 0}, "1/4") == [0.75]
    assert weights({"kind": "cosine", "from": 40, "to": 60}, "0", "1/2", "1") == [40, 50, 60]
    assert weights({"kind": "cosine", "from": 0, "to": 1}, "1/4") == [
        pytest.approx((1 - math.sqrt(0.5)) / 2, abs=1e-16)
    ]
    step = {"kind": "step", "values": [40, 0, 60], "at": [0.3, 0.6]}
    assert weights(step, "0", "0.29", "0.3", "0.59", "0.6", "1") == [40, 40, 0, 0, 60, 60]
    anneal = {"kind": "anneal", "from": 10, "to": 30, "start": 0.9}
    assert weights(anneal, "0", "0.9", "0.95", "1") == [10, 10, 20, 30]
    assert weights(anneal | {"shape": "cosine"}, "0.9", "0.95", "1") == [10, 20, 30]


def test_weights_are_exact() -> None:
    curve = CURVE.validate_python({"kind": "linear", "from": 0.1, "to": 0.4})
    assert curve.weight(Fraction(1, 3)) == Fraction(1, 5)


def test_the_cosine_needs_no_floats() -> None:
    values = [half_cosine(Fraction(number, 4096)) for number in range(4097)]
    assert all(before < after for before, after in pairwise(values))
    assert all(value + mirrored == 1 for value, mirrored in zip(values, values[::-1], strict=True))
    for number, value in enumerate(values):
        assert abs(float(value) - (1 - math.cos(math.pi * number / 4096)) / 2) < 1e-15
    # sin²(π/8) = (2 - √2) / 4, in integers of 2^-96
    exactly = Fraction((2 << 96) - math.isqrt(2 << 192), 4 << 96)
    assert abs(half_cosine(Fraction(1, 4)) - exactly) <= Fraction(1, 1 << 65)


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ({"kind": "sine"}, "'sine' is not a kind of schedule; write one of linear, cosine, step, anneal"),
        ({"from": 1, "to": 2}, "a schedule without a kind; write one of linear, cosine, step, anneal"),
        (40, "a schedule without a kind; write one of linear"),
        ({"kind": "linear", "from": -1, "to": 2}, "-1 is not a weight; write 0, or a number such as 1 or 24.5"),
        ({"kind": "linear", "from": float("inf"), "to": 2}, "inf is not a weight; write 0, or a number"),
        ({"kind": "cosine", "from": True, "to": 2}, "True is not a number; write one such as 1 or 24.5"),
        ({"kind": "cosine", "from": 1}, "Field required"),
        ({"kind": "linear", "from": 1, "to": 2, "start": 0.5}, "Extra inputs are not permitted"),
        (
            {"kind": "anneal", "from": 1, "to": 2, "start": 1},
            "1 is not a position within the dataset; write one between",
        ),
        ({"kind": "step", "values": [1, 2], "at": [0.2, 0.3]}, "2 values and 2 positions do not fit; write one value"),
        ({"kind": "step", "values": [1], "at": []}, "1 values and 0 positions do not fit; write one value more"),
        (
            {"kind": "step", "values": [1, 2, 3], "at": [0.3, 0.3]},
            r"the positions \[0.3, 0.3\] do not rise; write them",
        ),
        ({"kind": "step", "values": [1, 2], "at": [0]}, "0 is not a position within the dataset; write one between"),
    ],
)
def test_curves_that_are_none(curve: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CURVE.validate_python(curve)
