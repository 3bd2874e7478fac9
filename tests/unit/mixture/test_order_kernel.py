"""The kernel's plain-Python twin is tests/unit/mixture/twin.py; here the two walk side by side."""

import random

import pytest

from ixigen_data.mixture.order import Order, tree_of
from tests.unit.mixture.twin import Node


@pytest.mark.parametrize("seed", range(12))
def test_kernel_and_twin_agree(seed: int) -> None:
    chance = random.Random(seed)
    shares = [chance.choice([0, 1, 2, chance.randrange(1, 50)]) for _ in range(chance.randrange(1, 40))]
    order = Order.plan(tree_of([[-1 - part for part in range(len(shares))]], [shares]))
    twin = Node(range(len(shares)), shares)
    parts, indices = order.slice(0, sum(shares))
    assert list(zip(parts.tolist(), indices.tolist(), strict=True)) == [twin.next() for _ in range(sum(shares))]
