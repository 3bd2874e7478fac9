"""Windows by segment: how many of a node's windows each child gets in every segment of a schedule, as integers.

A part's windows are due in proportion to its mass. Up to the end of every segment it gets the floor or the ceiling of
what is due, no window where it has no weight, and all of them in the end; a divided node gets the sum of its parts,
rounded to the nearest. What is due to a part that pauses is rounded where it pauses, so there it may be off by another
half. Which parts are rounded up follows from when their next window is due, the earliest first. That always works out:
windows and segments form an interval scheduling problem (Glover, "Maximum matching in a convex bipartite graph", 1967),
and to round the sum to the nearest leaves every stretch of segments at least the windows that are due within it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order import Order
from ixigen_data.mixture.schedule import Schedule
from ixigen_data.mixture.tree import Node, children_of
from ixigen_data.mixture.windows import order_tree

_BITS = 20  # windows that are due are counted in units of 2^-20: up to 2^43 of them in 64 bits

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """A schedule in windows."""

    borders: Int64s  # (segments + 1,) the first window of each segment, and the end
    counts: Mapping[int, Int64s]  # by place of a node that changes: (segments, children) windows of each child


def divide(nodes: Sequence[Node], windows: Sequence[int], schedule: Schedule) -> Segments:
    """Return the windows of every segment.

    Args:
        windows: of every node; those of children sum to their node's.
    """
    counts: dict[int, Int64s] = {}
    whole: dict[int, Int64s] = {}  # by place: windows up to the end of each segment
    children = children_of(nodes)
    for place in reversed(schedule.divided):  # children stand behind their parents
        below = children[place]
        due = [whole[c] << _BITS if c in whole else windows_due(windows[c], schedule.mass[c]) for c in below]
        whole[place], given = round_due(np.stack(due, axis=1))
        counts[place] = np.diff(given, axis=0, prepend=0)
    if 0 in whole:
        return Segments(np.concatenate([[0], whole[0]]), counts)
    borders = [int(position * windows[0] + 1 / 2) for position in schedule.positions]
    return Segments(np.array(borders, np.int64), counts)


def windows_due(windows: int, mass: Sequence[int]) -> Int64s:
    """Return how many windows of a part are due up to the end of each segment, in units of 2^-20, rounded down.

    They grow with the mass; where the part pauses they are whole.
    """
    done = list(accumulate(mass))
    total = done[-1] or 1
    rests = sorted({0, total, *(before for before, after in pairwise(done) if before == after)})
    whole = {rest: (2 * windows * rest + total) // (2 * total) for rest in rests}
    due, upper = [], iter(rests[1:])
    low, high = 0, next(upper)
    for mass_done in done:
        if mass_done > high:
            low, high = high, next(upper)
        grown = (whole[high] - whole[low]) * (mass_done - low) << _BITS
        due.append((whole[low] << _BITS) + grown // (high - low))
    return np.array(due, np.int64)


def round_due(due: Int64s) -> tuple[Int64s, Int64s]:
    """Return windows of a node up to the end of each segment (segments,), and its children's (segments, children).

    Args:
        due: (segments, children) in units of 2^-20; never falls, and is whole in the end.
    """
    whole = (due.sum(axis=1) + (1 << _BITS - 1)) >> _BITS
    floors = due >> _BITS
    between = (due & ((1 << _BITS) - 1)) > 0
    next_due = _next_rise(floors)
    given = np.empty_like(due)
    taken = np.zeros(due.shape[1], np.int64)
    for segment in range(len(due)):
        taken = np.maximum(taken, floors[segment])
        able = np.flatnonzero(between[segment] & (taken == floors[segment]))
        earliest = np.argsort(next_due[segment, able], kind="stable")
        taken[able[earliest[: whole[segment] - taken.sum()]]] += 1
        given[segment] = taken
    return whole, given


def _next_rise(floors: Int64s) -> Int64s:
    """Return for every segment and child the next segment whose floor is higher; the number of segments if none is."""
    found = np.full_like(floors, len(floors))
    for segment in range(len(floors) - 2, -1, -1):
        rises = floors[segment + 1] > floors[segment]
        found[segment] = np.where(rises, segment + 1, found[segment + 1])
    return found


def plan_order(
    nodes: Sequence[Node],
    windows: Sequence[int],
    segments: Segments | None,
    listen: Callable[[int], None] | None = None,
) -> Order:
    """Return the order of a mixture's windows.

    Args:
        windows: of every node.
        segments: None where no weight changes.
        listen: is told how many windows were planned, step by step.
    """
    return Order.plan(order_tree(nodes, windows, segments.counts if segments else {}), listen)
