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


def test_phases_across_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "CHECKPOINT_WINDOWS", 64)
    root = [[90, 10, 0], [0, 0, 0], [0, 50, 50], [100, 0, 100]]
    inner = [[7, 3], [0, 50]]
    phases = {0: np.array(root), 1: np.array(inner)}
    tree = tree_of([[-1, 1, -4], [-2, -3]], [[190, 60, 150], [7, 53]], phases)
    assert tree.first_phase.tolist() == [0, 3, 5]  # phases without windows are left out
    assert tree.phase_windows.tolist() == [100, 100, 200, 10, 50]
    twin = Node([0, Node([1, 2], *inner), 3], *root)
    expected = [twin.next() for _ in range(400)]
    order = Order.plan(tree)
    for same in (order, Order(tree), Order.of(order.arrays())):
        for start in (0, 63, 64, 99, 100, 101, 200, 399):
            parts, indices = same.slice(start, 400)
            assert list(zip(parts.tolist(), indices.tolist(), strict=True)) == expected[start:]
        assert all(same.window_of(*pair) == window for window, pair in enumerate(expected))


def test_a_phase_of_a_billion_windows_does_not_overflow() -> None:
    shares = [10**9 - 63 * 64 // 2, *range(1, 64)]
    phases = {0: np.array([[1] * 64, shares])}
    tree = tree_of([[-1 - part for part in range(64)]], [[share + 1 for share in shares]], phases)
    across, beyond = np.empty(1064, np.uint16), np.empty(1064, np.int64)
    Order(tree)._walk(0).advance(across, beyond)
    alone = Order(tree_of([[-1 - part for part in range(64)]], [shares]))
    assert across[64:].tolist() == alone.slice(0, 1000)[0].tolist()
    assert sorted(across[:64].tolist()) == list(range(64))


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
