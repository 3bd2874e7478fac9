"""The order of windows: which part's which window stands at every position, exact at every prefix of every node.

Every child of a node is less than one window (1 - 1/(2k - 2) for k children) from its share of its node's windows at
every position, and exactly on it at the end; a leaf is less than its depth from its share of the whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order_kernel import EDGE_BITS, advance

CHECKPOINT_WINDOWS = 1 << 18

Int64s = npt.NDArray[np.int64]
UInt16s = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Tree:
    """Windows at every edge of a mixture; node 0 is the root, edges lie in node order, every share is at least 1."""

    first_edge: Int64s  # (nodes + 1,)
    child: Int64s  # (edges,): the node below, or -1 - part
    shares: Int64s  # (edges,): windows of the whole

    @property
    def windows(self) -> int:
        """Windows of the whole."""
        return int(self.shares[: self.first_edge[1]].sum())

    def sums_by_node(self, values: Int64s) -> Int64s:
        """Return the sum over each node's edges of one value an edge."""
        return np.diff(np.concatenate([[0], np.cumsum(values)])[self.first_edge])

    def node_of_edge(self) -> Int64s:
        """Return the node above each edge."""
        return np.repeat(np.arange(len(self.first_edge) - 1), np.diff(self.first_edge))


def tree_of(children: Sequence[Sequence[int]], shares: Sequence[Sequence[int]]) -> Tree:
    """Return the tree whose node v has the children `children[v]` (a node, or -1 - part) with `shares[v]` windows.

    Children without windows are left out, and so is all below them.

    >>> tree_of([[-1, 1, -2], [-3]], [[2, 0, 1], [0]]).child.tolist()
    [-1, -2]
    """
    place = {0: 0}
    kept: list[list[tuple[int, int]]] = []
    waiting = [0]
    for node in waiting:
        active = [(child, share) for child, share in zip(children[node], shares[node], strict=True) if share]
        kept.append(active)
        for child, _ in active:
            if child >= 0:
                place[child] = len(waiting)
                waiting.append(child)
    edges = [(child if child < 0 else place[child], share) for active in kept for child, share in active]
    first = np.cumsum([0, *map(len, kept)], dtype=np.int64)
    return Tree(first, np.array([e[0] for e in edges], np.int64), np.array([e[1] for e in edges], np.int64))


class Order:
    """A planned order; it is walked from the nearest checkpoint, so any window is answered in milliseconds."""

    def __init__(self, tree: Tree, checkpoints: Int64s | None = None) -> None:
        """Take the checkpoints of an order planned before, or only its beginning.

        Args:
            checkpoints: (checkpoints, edges) windows that each edge took before window checkpoint · 2^18.
        """
        self.tree = tree
        self.checkpoints = np.zeros((1, len(tree.child)), np.int64) if checkpoints is None else checkpoints
        self._totals = tree.sums_by_node(tree.shares)

    @classmethod
    def plan(cls, tree: Tree, listen: Callable[[int], None] | None = None) -> "Order":
        """Return the order of a tree, walked once for its checkpoints; `listen` is told of windows as they are done."""
        windows = tree.windows
        checkpoints = np.zeros((max(1, -(-windows // CHECKPOINT_WINDOWS)), len(tree.child)), np.int64)
        order = cls(tree, checkpoints)
        walk = order._walk(0)
        parts, indices = np.empty(CHECKPOINT_WINDOWS, np.uint16), np.empty(CHECKPOINT_WINDOWS, np.int64)
        for place in range(1, len(checkpoints)):
            walk.advance(parts, indices)
            checkpoints[place] = walk.state[0]
            if listen is not None:
                listen(CHECKPOINT_WINDOWS)
        return order

    @property
    def windows(self) -> int:
        """Windows in the order."""
        return self.tree.windows

    def at(self, window: int) -> tuple[int, int]:
        """Return the part that `window` belongs to, and how many windows of that part stand before it.

        Raises:
            IndexError: there is no such window.
        """
        parts, indices = self.slice(window, window + 1)
        return int(parts[0]), int(indices[0])

    def slice(self, start: int, stop: int) -> tuple[UInt16s, Int64s]:
        """Return the parts (windows,) of windows start … stop - 1, and each one's index in its part (windows,).

        Raises:
            IndexError: the windows are not all there.
        """
        if not 0 <= start <= stop <= self.windows:
            raise IndexError(f"windows {start:,} to {stop:,} of an order of {self.windows:,}")
        parts, indices = np.empty(stop - start, np.uint16), np.empty(stop - start, np.int64)
        if start == stop:
            return parts, indices
        place = min(start // CHECKPOINT_WINDOWS, len(self.checkpoints) - 1)
        walk = self._walk(place)
        skipped = start - place * CHECKPOINT_WINDOWS
        walk.advance(np.empty(skipped, np.uint16), np.empty(skipped, np.int64))
        walk.advance(parts, indices)
        return parts, indices

    def window_of(self, part: int, index: int) -> int:
        """Return the position of a part's window number `index`.

        Raises:
            IndexError: the part has no such window.
        """
        edges = np.flatnonzero(self.tree.child == -1 - part)
        if len(edges) == 0 or not 0 <= index < self.tree.shares[edges[0]]:
            raise IndexError(f"part {part} has no window {index:,}")
        place = int(np.searchsorted(self.checkpoints[:, edges[0]], index, side="right")) - 1
        start = place * CHECKPOINT_WINDOWS
        last = place == len(self.checkpoints) - 1
        parts, indices = self.slice(start, self.windows if last else start + CHECKPOINT_WINDOWS)
        return start + int(np.flatnonzero((parts == part) & (indices == index))[0])

    def _walk(self, place: int) -> "_Walk":
        """Return a walk that stands at a checkpoint."""
        return _Walk(self.tree, self._totals, self.checkpoints[place])


class _Walk:
    """The state of the order at one position; see order_kernel for what its arrays hold."""

    def __init__(self, tree: Tree, totals: Int64s, x_of_edge: Int64s) -> None:
        self._tree = tree
        self.step = np.zeros((3, len(tree.child)), np.int64)
        self.state = np.zeros((5, len(tree.child)), np.int64)
        children = np.diff(tree.first_edge)
        for edge, node in enumerate(tree.node_of_edge().tolist()):
            share, total, x = int(tree.shares[edge]), int(totals[node]), int(x_of_edge[edge])
            self.step[:, edge], rest = _terms(edge, share, total, x, int(children[node]))
            self.state[:, edge] = rest
        self.taken = tree.sums_by_node(x_of_edge)

    def advance(self, parts: UInt16s, indices: Int64s) -> None:
        """Fill `parts` and `indices` with the next windows."""
        advance(self._tree.first_edge, self._tree.child, self.step, self.state, self.taken, parts, indices)


def _terms(edge: int, share: int, total: int, x: int, children: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return an edge's step and state (see order_kernel) after it took `x` windows.

    Python's integers: x · total · (2k - 2) reaches 10^20 at 10^9 windows.
    """
    scale = 2 * children - 2
    if scale == 0:  # an only child takes every window
        return (0, 0, 1), (x, 0, 0, edge, 0)
    modulus = scale * share
    release, release_rest = divmod((x * scale + 1) * total + modulus - 1, modulus)
    deadline, deadline_rest = divmod(((x + 1) * scale - 1) * total, modulus)
    step = (total // share, scale * (total % share), modulus)
    return step, (x, release, release_rest, (deadline << EDGE_BITS) + edge, deadline_rest)
