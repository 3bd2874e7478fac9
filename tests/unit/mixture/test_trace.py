from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.mixture import trace as trace_module
from ixigen_data.mixture.order import Order, tree_of
from ixigen_data.mixture.trace import Trace, trace


@dataclass(frozen=True)
class Place:
    """A node of a plan."""

    parent: int
    part: int | None


# telco, replay: ko (formal, informal), en
NODES = [Place(-1, None), Place(0, 0), Place(0, None), Place(2, None), Place(3, 1), Place(3, 2), Place(2, 3)]


def order_of(telco: int, formal: int, informal: int, en: int) -> Order:
    ko = formal + informal
    children = [[-1, 1], [2, -4], [-2, -3]]
    return Order.plan(tree_of(children, [[telco, ko + en], [ko, en], [formal, informal]]))


def twin(order: Order, borders: list[int]) -> list[tuple[list[Fraction], list[Fraction]]]:
    """Return the lowest and highest error of every node within each span, window by window."""
    parts = order.slice(0, order.windows)[0].tolist()
    below = {node: {NODES[node].part} if NODES[node].part is not None else set() for node in range(len(NODES))}
    for node in range(len(NODES) - 1, 0, -1):
        below[NODES[node].parent] |= below[node]
    taken = {node: [0] for node in below}
    for part in parts:
        for node, members in below.items():
            taken[node].append(taken[node][-1] + (part in members))
    errors = []
    for node in range(1, len(NODES)):
        above = taken[NODES[node].parent]
        share = Fraction(taken[node][-1], above[-1]) if above[-1] else Fraction(0)
        errors.append([had - share * due for had, due in zip(taken[node], above, strict=True)])
    return [
        ([min(each[start : stop + 1]) for each in errors], [max(each[start : stop + 1]) for each in errors])
        for start, stop in pairwise(borders)
    ]


def assert_like_twin(found: Trace, order: Order) -> None:
    for span, (lowest, highest) in enumerate(twin(order, found.borders.tolist())):
        assert found.lowest[span, 1:] == pytest.approx([float(error) for error in lowest])
        assert found.highest[span, 1:] == pytest.approx([float(error) for error in highest])


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(1, 60)] * 4), st.integers(1, 9))
def test_errors_are_those_of_a_walk_window_by_window(shares: tuple[int, int, int, int], spans: int) -> None:
    order = order_of(*shares)
    found = trace(NODES, order, spans)
    assert_like_twin(found, order)
    assert found.windows[:, 1].sum() == shares[0]
    assert found.windows[:, 0].sum() == 0  # the root is no edge
    assert (np.abs(found.highest).max(axis=0) <= found.bounds + 1e-12).all()


def test_spans_across_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "CHECKPOINT_WINDOWS", 64)
    monkeypatch.setattr(trace_module, "SPAN_WINDOWS", 10)
    order = order_of(300, 200, 150, 77)
    found = trace(NODES, order, 30)
    assert len(found.borders) == 31
    assert_like_twin(found, order)


def test_a_node_without_windows_has_no_error() -> None:
    found = trace(NODES, order_of(5, 0, 0, 3))
    assert found.windows.sum(axis=0).tolist() == [0, 5, 3, 0, 0, 0, 3]
    assert found.bounds.tolist() == [0, 0.5, 0.5, 0, 0, 0, 0]
    assert not found.lowest[:, 3:6].any()


def test_an_order_whose_shares_change() -> None:
    nodes = [Place(-1, None), Place(0, 0), Place(0, 1)]
    phases = {0: np.array([[30, 10], [10, 30]])}
    found = trace(nodes, Order.plan(tree_of([[-1, -2]], [[40, 40]], phases)), 4)
    assert found.windows[:, 1:].tolist() == [[15, 5], [15, 5], [5, 15], [5, 15]]
    assert np.abs(found.lowest).max() <= 0.5
    assert np.abs(found.highest).max() <= 0.5


def test_a_small_order_has_few_spans() -> None:
    assert len(trace(NODES, order_of(1, 1, 1, 1)).borders) == 5
    assert len(trace(NODES, order_of(400, 300, 200, 100)).borders) == 17
