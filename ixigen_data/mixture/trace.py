"""An order followed from its first window to its last: what it is made of where, and how exact it is on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order import CHECKPOINT_WINDOWS, Int64s, Order, Tree, UInt16s
from ixigen_data.mixture.trace_kernel import Phases, follow, look
from ixigen_data.mixture.tree import Node

SPANS = 120  # equal stretches that an order is cut into
SPAN_WINDOWS = 200  # at least, so that a part's last window does not show as a step; but no fewer spans than
FEW_SPANS = 16  # that, where there are as many windows


@dataclass(frozen=True)
class Trace:
    """Spans of an order, the end of one being the beginning of the next. Nodes as in the plan, the root included."""

    borders: Int64s  # (spans + 1,) windows
    windows: Int64s  # (spans, nodes) windows of each node in each span
    lowest: npt.NDArray[np.float64]  # (spans, nodes) windows had, less the share of those of the node above; the least
    highest: npt.NDArray[np.float64]  # (spans, nodes) the most
    bounds: npt.NDArray[np.float64]  # (nodes,) what the order promises: 1 - 1/(2k - 2) of k sisters, 0 of one


def trace(nodes: Sequence[Node], order: Order, spans: int = SPANS) -> Trace:
    """Return the trace of an order. It is walked once, which takes little longer than planning it did."""
    tree, windows = order.tree, order.windows
    spans = min(spans, max(windows // SPAN_WINDOWS, min(FEW_SPANS, windows)))
    borders = np.array([windows * place // max(spans, 1) for place in range(spans + 1)], np.int64)
    taken = np.zeros((spans + 1, len(tree.child)), np.int64)  # before each span
    given = np.zeros(len(tree.first_edge) - 1, np.int64)
    extremes = np.full((spans, 2, len(tree.child)), [[np.inf], [-np.inf]])
    phases, chains = _phases(tree), _chains(tree)
    for span, start, parts in _pieces(order, borders):
        if start == borders[span]:
            taken[span + 1] = taken[span]
            look(phases, taken[span], given, extremes[span])
        follow(parts, chains, phases, taken[span + 1], given, extremes[span])
        if start + len(parts) == borders[span + 1]:
            look(phases, taken[span + 1], given, extremes[span])
    place = _places(nodes, tree)
    counts, errors = np.zeros((spans, len(nodes)), np.int64), np.zeros((spans, 2, len(nodes)))
    bounds = np.zeros(len(nodes))
    counts[:, place], errors[:, :, place], bounds[place] = np.diff(taken, axis=0), extremes, _bounds(tree)
    return Trace(borders, counts, errors[:, 0], errors[:, 1], bounds)


def _pieces(order: Order, borders: Int64s) -> Iterator[tuple[int, int, UInt16s]]:
    """Yield the order in pieces that lie within one span each: the span, where it begins, the parts of its windows.

    The order is asked for stretches between its checkpoints: from anywhere else it would walk there first.
    """
    span = 0
    for first in range(0, order.windows, CHECKPOINT_WINDOWS):
        stop = min(first + CHECKPOINT_WINDOWS, order.windows)
        parts, _ = order.slice(first, stop)
        start = first
        while start < stop:
            end = min(stop, int(borders[span + 1]))
            yield span, start, parts[start - first : end - first]
            span += end == borders[span + 1]
            start = end


def _node_of_edge(tree: Tree) -> Int64s:
    return np.repeat(np.arange(len(tree.first_edge) - 1), np.diff(tree.first_edge))


def _phases(tree: Tree) -> Phases:
    """Return the phases of every node as `follow` takes them."""
    nodes = len(tree.first_edge) - 1
    before = np.zeros((len(tree.phase_windows), len(tree.child)), np.int64)
    counts, starts = np.zeros_like(before), np.zeros(len(tree.phase_windows), np.int64)
    for node in range(nodes):
        rows = slice(tree.first_phase[node], tree.first_phase[node + 1])
        edges = slice(tree.first_edge[node], tree.first_edge[node + 1])
        counts[rows, edges] = tree.counts_of(node)
        before[rows, edges] = np.cumsum(counts[rows, edges], axis=0) - counts[rows, edges]
        starts[rows] = np.cumsum(tree.phase_windows[rows]) - tree.phase_windows[rows]
    return _node_of_edge(tree), tree.first_phase, starts, tree.phase_windows, before, counts


def _bounds(tree: Tree) -> npt.NDArray[np.float64]:
    """Return the bound of every edge, that of its node's fullest phase."""
    bounds = []
    for node in range(len(tree.first_edge) - 1):
        sisters = max((int(np.count_nonzero(row)) for row in tree.counts_of(node)), default=0)
        edges = int(tree.first_edge[node + 1] - tree.first_edge[node])
        bounds += [1 - 1 / (2 * sisters - 2) if sisters > 1 else 0.0] * edges
    return np.array(bounds)


def _chains(tree: Tree) -> Int64s:
    """Return the edges from each part up to the root: (parts, depth), filled up with -1; none for absent parts."""
    above = {int(child): edge for edge, child in enumerate(tree.child) if child >= 0}
    nodes = _node_of_edge(tree)
    chains: dict[int, list[int]] = {}
    for edge, child in enumerate(tree.child.tolist()):
        if child < 0:
            chain = [edge]
            while node := int(nodes[chain[-1]]):
                chain.append(above[node])
            chains[-1 - child] = chain
    depth = max(map(len, chains.values()), default=0)
    rows = [chains.get(part, []) for part in range(max(chains, default=-1) + 1)]
    return np.array([row + [-1] * (depth - len(row)) for row in rows], np.int64).reshape(len(rows), depth)


def _places(nodes: Sequence[Node], tree: Tree) -> list[int]:
    """Return the place in the plan of the node below every edge; a tree leaves out nodes without windows."""
    by_part = {node.part: place for place, node in enumerate(nodes) if node.part is not None}
    places = [0] * len(tree.child)
    below: dict[int, int] = {}  # node of the tree to its place in the plan
    for node in reversed(range(len(tree.first_edge) - 1)):  # the tree numbers children after their parents
        for edge in range(int(tree.first_edge[node]), int(tree.first_edge[node + 1])):
            child = int(tree.child[edge])
            places[edge] = by_part[-1 - child] if child < 0 else below[child]
            below[node] = nodes[places[edge]].parent
    return places
