import numpy as np
import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.mixture import order as order_module
from ixigen_data.mixture.order import Order, tree_of
from tests.unit.mixture.twin import Node


def flat(*shares: int) -> Order:
    return Order.plan(tree_of([[-1 - part for part in range(len(shares))]], [list(shares)]))


def parts_of(order: Order) -> list[int]:
    return order.slice(0, order.windows)[0].tolist()


def test_small_orders() -> None:
    assert parts_of(flat(1, 1)) == [0, 1]
    assert parts_of(flat(3, 1)) == [0, 0, 1, 0]
    assert parts_of(flat(2, 2, 1)) == [0, 1, 2, 0, 1]
    assert parts_of(flat(5)) == [0] * 5
    assert parts_of(flat(0, 2, 0)) == [1, 1]
    assert parts_of(flat(0, 0)) == []


def test_a_nested_order_is_the_order_of_its_nodes() -> None:
    order = Order.plan(tree_of([[-1, 1], [-2, -3, -4]], [[6, 6], [3, 2, 1]]))
    parts = parts_of(order)
    assert [part > 0 for part in parts] == [part > 0 for part in parts_of(flat(6, 6))]
    assert [part - 1 for part in parts if part] == parts_of(flat(3, 2, 1))


def test_positions_across_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "CHECKPOINT_WINDOWS", 64)
    tree = tree_of([[-1, 1, -4], [-2, -3]], [[301, 450, 249], [17, 433]])
    order = Order.plan(tree)
    twin = Node([0, Node([1, 2], [17, 433]), 3], [301, 450, 249])
    expected = [twin.next() for _ in range(1000)]
    assert order.checkpoints.shape == (16, 5)
    for same in (order, Order(tree), Order(tree, order.checkpoints)):
        parts, indices = same.slice(0, 1000)
        assert list(zip(parts.tolist(), indices.tolist(), strict=True)) == expected
        assert [same.at(window) for window in range(0, 1000, 7)] == expected[::7]
    for start, stop in ((0, 0), (63, 65), (128, 192), (1000, 1000), (5, 999)):
        assert order.slice(start, stop)[0].tolist() == [part for part, _ in expected[start:stop]]
    assert all(order.window_of(*pair) == window for window, pair in enumerate(expected))
    assert Order(tree).window_of(*expected[777]) == 777


def test_a_billion_windows_do_not_overflow() -> None:
    shares = [10**9 - 63 * 64 // 2, *range(1, 64)]
    tree = tree_of([[-1 - part for part in range(64)]], [shares])
    checkpoints = np.array([[0] * 64, [10**9 - 63 * 64 // 2 - 100, *range(1, 64)]])
    walk = Order(tree, checkpoints)._walk(1)
    parts, indices = np.empty(100, np.uint16), np.empty(100, np.int64)
    walk.advance(parts, indices)
    assert parts.tolist() == [0] * 100
    assert indices[-1] == shares[0] - 1


def test_windows_that_are_not_there() -> None:
    order = flat(2, 1)
    with pytest.raises(IndexError, match="windows 3 to 4 of an order of 3"):
        order.at(3)
    with pytest.raises(IndexError, match="windows -1 to 0 of an order of 3"):
        order.at(-1)
    with pytest.raises(IndexError, match="part 1 has no window 1"):
        order.window_of(1, 1)
    with pytest.raises(IndexError, match="part 7 has no window 0"):
        order.window_of(7, 0)


def test_progress_is_told() -> None:
    told: list[int] = []
    tree = tree_of([[-1, -2]], [[300_000, 300_000]])
    Order.plan(tree, told.append)
    assert told == [1 << 18, 1 << 18]


def test_the_order_is_pinned() -> None:
    parts, indices = flat(1000, 700, 299, 1).slice(0, 2000)
    assert (
        digest_bytes(parts.astype("<u2").tobytes() + indices.astype("<i8").tobytes())
        == "f9d7663560bd90a5600293737eec90c9"
    )
