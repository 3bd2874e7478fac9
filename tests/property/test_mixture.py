"""Random mixtures of up to 64 parts and three levels: no token too many or too few, at any node, at any prefix."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.mixture.apportion import apportion
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.settlement import settle
from ixigen_data.mixture.targets import Branch, branches, targets
from ixigen_data.mixture.tree import children_of
from ixigen_data.mixture.windows import order_tree, part_windows, window_counts
from tests.unit.mixture.twin import Node

WEIGHTS = st.one_of(st.integers(1, 10**6), st.floats(1e-6, 1e6, allow_nan=False), st.sampled_from([1, 0.1, 24.5]))


@st.composite
def sections(draw: st.DrawFn, level: int = 3, room: int = 64, path: str = "") -> dict[str, object]:
    """Return the parts of a node, with at most `room` leaves below it."""
    names = draw(st.one_of(st.integers(1, min(room, 8)), st.integers(1, room)))
    parts: dict[str, object] = {}
    for number in range(names):
        part: dict[str, object] = {"weight": draw(WEIGHTS)}
        if level > 1 and draw(st.booleans()):
            part["parts"] = draw(sections(level - 1, room // names, f"{path}{number}/"))
        else:
            part["from"] = [f"{path}{number}"]
        parts[f"p{number}"] = part
    return parts


@st.composite
def mixtures(draw: st.DrawFn, windows: int) -> tuple[list[Branch], int, int]:
    """Return the nodes of a mixture, its total and the length of a window."""
    seq_len = draw(st.sampled_from([8, 16, 24, 1000]))
    total = seq_len * draw(st.integers(1, windows))
    parts: Mapping[str, object] = draw(sections())
    return branches(MixtureSettings.model_validate({"total_tokens": total, "parts": parts})), total, seq_len


def twin_of(tree: list[Branch], counts: list[int], place: int = 0) -> Node:
    def below(child: int) -> Node | int:
        part = tree[child].part
        return twin_of(tree, counts, child) if part is None else part

    children = children_of(tree)[place]
    return Node([below(child) for child in children], [counts[child] for child in children])


@given(st.integers(0, 10**15), st.lists(st.fractions(Fraction(1, 10**6), 10**6), min_size=1, max_size=64))
def test_shares_sum_to_the_total_within_one_of_the_ideal(total: int, weights: list[Fraction]) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    assert all(abs(share - total * weight / sum(weights)) < 1 for share, weight in zip(shares, weights, strict=True))


@given(mixtures(5000))
@settings(max_examples=60, deadline=None)
def test_a_mixture_is_exact_at_every_node_and_every_prefix(mixture: tuple[list[Branch], int, int]) -> None:
    tree, total, seq_len = mixture
    tokens = targets(tree, total)
    counts = window_counts(tree, tokens, seq_len)
    for place, children in enumerate(children_of(tree)):
        assert counts[place] in (tokens[place] // seq_len, -(-tokens[place] // seq_len))
        if children:
            assert sum(tokens[child] for child in children) == tokens[place]
            assert sum(counts[child] for child in children) == counts[place]
    order = Order.plan(order_tree(tree, counts))
    parts, _ = order.slice(0, counts[0])
    prefix_errors_are_below_one(tree, counts, parts.astype(np.int64))


def prefix_errors_are_below_one(tree: list[Branch], counts: list[int], parts: np.ndarray) -> None:
    """Check each child against its share of its parent's windows, after every window of the whole."""
    taken = np.zeros((len(tree), len(parts)), np.int64)  # (nodes, windows)
    for place in range(len(tree) - 1, 0, -1):
        if tree[place].part is not None:
            taken[place] = np.cumsum(parts == tree[place].part)
        taken[tree[place].parent] += taken[place]
    for place in range(1, len(tree)):
        parent = tree[place].parent
        # |x_child - x_parent · n_child / n_parent| < 1, in integers.
        assert (abs(taken[place] * counts[parent] - taken[parent] * counts[place]) < max(1, counts[parent])).all()
        assert taken[place, -1] == counts[place]


@given(mixtures(120), st.data())
@settings(max_examples=40, deadline=None)
def test_the_order_is_that_of_its_definition(mixture: tuple[list[Branch], int, int], data: st.DataObject) -> None:
    tree, total, seq_len = mixture
    counts = window_counts(tree, targets(tree, total), seq_len)
    order = Order.plan(order_tree(tree, counts))
    twin = twin_of(tree, counts)  # checks Tijdeman's bound itself, in fractions, at every step
    expected = [twin.next() for _ in range(counts[0])]
    start = data.draw(st.integers(0, counts[0] - 1))
    parts, indices = order.slice(start, counts[0])
    assert list(zip(parts.tolist(), indices.tolist(), strict=True)) == expected[start:]
    assert order.at(start) == expected[start]
    assert order.window_of(*expected[start]) == start


@given(mixtures(5000))
@settings(max_examples=50, deadline=None)
def test_settlement_meets_every_target(mixture: tuple[list[Branch], int, int]) -> None:
    tree, total, seq_len = mixture
    tokens = targets(tree, total)
    parts = part_windows(tree, tokens, seq_len)
    order = Order.plan(order_tree(tree, window_counts(tree, tokens, seq_len)))
    settlement = settle(parts, order, seq_len)
    written = [part.full * seq_len for part in parts]
    for window in settlement:
        owner = parts[window.owner]
        assert order.at(window.window) == (window.owner, owner.full)
        assert owner.owns_settlement
        assert (window.pieces[0].part, window.pieces[0].tokens) == (window.owner, owner.remainder)
        assert sum(piece.tokens for piece in window.pieces) == seq_len
        for piece in window.pieces:
            assert piece.tokens > 0
            assert piece.offset == written[piece.part]  # earlier windows hold earlier tokens
            written[piece.part] += piece.tokens
    assert written == [tokens[place] for place, branch in enumerate(tree) if branch.part is not None]
    assert [window.window for window in settlement] == sorted({window.window for window in settlement})
