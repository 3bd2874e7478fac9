"""Follows an order window by window: how many windows every edge has had, and how far it was from its share."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Phases = tuple[Int64s, Int64s, Int64s, Int64s, Int64s, Int64s]


@kernel
def follow(
    parts: npt.NDArray[np.uint16], chains: Int64s, phases: Phases, taken: Int64s, given: Int64s, extremes: Floats
) -> None:
    """Add the next windows of an order to `taken` and `given`, and widen `extremes` to every error on the way.

    An edge's error is the windows it had less its share of its node's. Between two windows of its own it only falls, so
    the lowest stands right before one of them, the highest right after; `look` sees to the ends of a stretch.

    Args:
        parts: the part of each window.
        chains: (parts, depth) edges from a part up to the root; -1 fills up.
        phases: node of each edge, (edges,); first phase of each node, (nodes + 1,); windows of a node before each
            phase, (phases,); windows of each phase, (phases,); by phase and edge, (phases, edges): windows of the edge
            before the phase, and in it.
        taken: (edges,) windows of each edge so far.
        given: (nodes,) windows of each node so far.
        extremes: (2, edges) lowest and highest error.
    """
    for window in range(len(parts)):
        for level in range(chains.shape[1]):
            edge = chains[parts[window], level]
            if edge < 0:
                break
            node = phases[0][edge]
            extremes[0, edge] = min(extremes[0, edge], _error(phases, edge, taken[edge], given[node]))
            taken[edge] += 1
            given[node] += 1
            extremes[1, edge] = max(extremes[1, edge], _error(phases, edge, taken[edge], given[node]))


@kernel
def look(phases: Phases, taken: Int64s, given: Int64s, extremes: Floats) -> None:
    """Widen `extremes` to the errors of all edges as they stand; arguments as above."""
    for edge in range(len(taken)):
        error = _error(phases, edge, taken[edge], given[phases[0][edge]])
        extremes[0, edge] = min(extremes[0, edge], error)
        extremes[1, edge] = max(extremes[1, edge], error)


@inlined
def _error(phases: Phases, edge: int, taken: int, given: int) -> float:
    node_of_edge, first_phase, starts, windows, before, counts = phases
    node = node_of_edge[edge]
    phase = first_phase[node]
    while phase + 1 < first_phase[node + 1] and starts[phase + 1] <= given:
        phase += 1
    # Integers up to the division: at 10^9 windows both products stay below 10^18.
    ahead = (taken - before[phase, edge]) * windows[phase] - (given - starts[phase]) * counts[phase, edge]
    return float(ahead / windows[phase])
