"""The order of windows: which part's which window stands at every position, exact at every prefix of every node.

Every child of a node is less than one window (1 - 1/(2k - 2) for k children) from its share of its node's windows at
every position, and exactly on it at the end; a leaf is less than its depth from its share of the whole. Where weights
change, a node's windows come in phases, and all this holds in each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order_kernel import EDGE_BITS, NEVER, advance

CHECKPOINT_WINDOWS = 1 << 18

Int64s = npt.NDArray[np.int64]
UInt16s = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Tree:
    """Windows at every edge of a mixture; node 0 is the root, edges lie in node order, every share is at least 1.

    A node gives its windows in one phase or in several; within a phase its children have constant ratios.
    """

    first_edge: Int64s  # (nodes + 1,)
    child: Int64s  # (edges,): the node below, or -1 - part
    shares: Int64s  # (edges,): windows of the whole
    first_phase: Int64s  # (nodes + 1,)
    counts: Int64s  # by phase in node order, by edge of its node: windows of the phase

    @property
    def windows(self) -> int:
        """Windows of the whole."""
        return int(self.shares[: self.first_edge[1]].sum())

    def sums_by_node(self, values: Int64s) -> Int64s:
        """Return the sum over each node's edges of one value an edge."""
        return np.diff(_running(values)[self.first_edge])

    @cached_property
    def first_count(self) -> Int64s:
        """Where the counts of each phase begin, and the end: (phases + 1,)."""
        return _running(np.repeat(np.diff(self.first_edge), np.diff(self.first_phase)))

    @cached_property
    def phase_windows(self) -> Int64s:
        """Windows of each phase: (phases,)."""
        return np.diff(_running(self.counts)[self.first_count])

    def counts_of(self, node: int) -> Int64s:
        """Return the windows of a node: (phases, edges)."""
        first, last = self.first_phase[node : node + 2]
        counts = self.counts[self.first_count[first] : self.first_count[last]]
        return counts.reshape(last - first, -1)


def _running(values: Int64s) -> Int64s:
    """Return the sum of the values before each, and of all at the end."""
    return np.concatenate([[0], np.cumsum(values, dtype=np.int64)])


def tree_of(
    children: Sequence[Sequence[int]], shares: Sequence[Sequence[int]], phases: Mapping[int, Int64s] | None = None
) -> Tree:
    """Return the tree whose node v has the children `children[v]` (a node, or -1 - part) with `shares[v]` windows.

    Children without windows are left out, and so is all below them; and so are phases without windows.

    Args:
        phases: by node, where it has several: (phases, children) windows, which sum to the node's shares.

    >>> tree_of([[-1, 1, -2], [-3]], [[2, 0, 1], [0]]).child.tolist()
    [-1, -2]
    """
    place = {0: 0}
    kept: list[list[tuple[int, int]]] = []
    counts: list[Int64s] = []
    waiting = [0]
    for node in waiting:
        active = [(child, share) for child, share in zip(children[node], shares[node], strict=True) if share]
        kept.append(active)
        rows = np.array([shares[node]], np.int64) if phases is None or node not in phases else phases[node]
        rows = rows[:, np.array(shares[node], np.int64) > 0]
        counts.append(rows[rows.any(axis=1)] if rows.any() else rows[:1])
        for child, _ in active:
            if child >= 0:
                place[child] = len(waiting)
                waiting.append(child)
    edges = [(child if child < 0 else place[child], share) for active in kept for child, share in active]
    return Tree(
        first_edge=_running(np.array([len(active) for active in kept])),
        child=np.array([child for child, _ in edges], np.int64),
        shares=np.array([share for _, share in edges], np.int64),
        first_phase=_running(np.array([len(rows) for rows in counts])),
        counts=np.concatenate([rows.ravel() for rows in counts]),
    )


class Order:
    """A planned order; it is walked from the nearest checkpoint, so any window is answered in milliseconds."""

    def __init__(self, tree: Tree, checkpoints: Int64s | None = None) -> None:
        """Take the checkpoints of an order planned before, or only its beginning.

        Args:
            checkpoints: (checkpoints, edges) windows that each edge took before window checkpoint · 2^18.
        """
        self.tree = tree
        self.checkpoints = np.zeros((1, len(tree.child)), np.int64) if checkpoints is None else checkpoints

    @classmethod
    def of(cls, arrays: Mapping[str, Int64s]) -> "Order":
        """Return an order planned before, from its `arrays`."""
        return cls(Tree(*(arrays[field.name] for field in fields(Tree))), arrays["checkpoints"])

    def arrays(self) -> dict[str, Int64s]:
        """Return everything that the order follows from, by name."""
        return {field.name: getattr(self.tree, field.name) for field in fields(Tree)} | {
            "checkpoints": self.checkpoints
        }

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
        return _Walk(self.tree, self.checkpoints[place])


class _Walk:
    """The state of the order at one position; see order_kernel for what its arrays hold."""

    def __init__(self, tree: Tree, taken: Int64s) -> None:
        """Stand where every edge has taken so many windows: (edges,)."""
        self._tree = (tree.first_edge, tree.child, tree.phase_windows, tree.first_count, tree.counts)
        self.step = np.zeros((3, len(tree.child)), np.int64)
        self.state = np.zeros((5, len(tree.child)), np.int64)
        self.phase = np.zeros((3, len(tree.first_edge) - 1), np.int64)
        self.state[0] = taken
        given = tree.sums_by_node(taken)
        for node in range(len(given)):
            self._stand(tree, node, int(given[node]))

    def _stand(self, tree: Tree, node: int, given: int) -> None:
        """Set the phase and the edges of a node that gave so many windows."""
        first, last = tree.first_phase[node : node + 2]
        stops = np.cumsum(tree.phase_windows[first:last])
        number = min(int(np.searchsorted(stops, given, side="right")), int(last - first) - 1)
        counts = tree.counts_of(node)
        before = counts[:number].sum(axis=0)
        total = int(tree.phase_windows[first + number])
        self.phase[:, node] = first + number, total, given - before.sum()
        active = int(np.count_nonzero(counts[number]))
        for place, edge in enumerate(range(int(tree.first_edge[node]), int(tree.first_edge[node + 1]))):
            taken = int(self.state[0, edge] - before[place])
            self.step[:, edge], rest = _terms(int(counts[number, place]), total, taken, 2 * active - 2)
            self.state[1:, edge] = rest
            self.state[3, edge] += edge

    def advance(self, parts: UInt16s, indices: Int64s) -> None:
        """Fill `parts` and `indices` with the next windows."""
        advance(self._tree, self.step, self.state, self.phase, parts, indices)


def _terms(share: int, total: int, taken: int, scale: int) -> tuple[tuple[int, int, int], tuple[int, int, int, int]]:
    """Return an edge's step and state (see order_kernel), less the edge's name, after it took windows of a phase.

    Python's integers: taken · total · (2k - 2) reaches 10^20 at 10^9 windows.
    """
    if share == 0:
        return (0, 0, 1), (NEVER, 0, 0, 0)
    if scale == 0:  # an only child takes every window
        return (0, 0, 1), (0, 0, 0, 0)
    modulus = scale * share
    release, release_rest = divmod((taken * scale + 1) * total + modulus - 1, modulus)
    deadline, deadline_rest = divmod(((taken + 1) * scale - 1) * total, modulus)
    step = (total // share, scale * (total % share), modulus)
    return step, (release, release_rest, deadline << EDGE_BITS, deadline_rest)
