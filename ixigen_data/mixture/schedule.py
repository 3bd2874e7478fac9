"""A schedule as segments: stretches of the dataset within which every node divides in constant ratios.

Borders are where a weight jumps or begins to move; a stretch over which one moves is divided evenly, and each of its
segments has the ratios of its middle.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ixigen_data.mixture.course import Course
from ixigen_data.mixture.tree import children_of

MOST_SEGMENTS = 4096
_MOST_CELLS = 1 << 20  # segments × nodes: planned in seconds, kept in 8 MB; up to 256 nodes have all 4,096 segments
_BITS = 64  # of a ratio


@dataclass(frozen=True)
class Schedule:
    """The segments of a dataset, and how every node that changes divides within each."""

    positions: tuple[Fraction, ...]  # (segments + 1,), from 0 to 1
    stages: tuple[tuple[str, int], ...]  # name, and the segment that follows the stage
    divided: tuple[int, ...]  # places of the nodes that change, or have one below that does; parents first
    mass: Mapping[int, Sequence[int]]  # by place of their children: how much of the dataset, by segment
    weights: Mapping[int, Fraction]  # by place: the weight over the whole, where it is not the written one

    @property
    def segments(self) -> int:
        """Number of segments."""
        return len(self.positions) - 1


def make_schedule(course: Course) -> Schedule:
    """Return the segments of a course that has no faults.

    The children of a node are on one scale in `mass` and in `weights`. Ratios are rounded up to 2^-64, so that no
    weight becomes nothing.
    """
    positions, children = _positions(course), children_of(course.tree)
    middles = [(start + stop) / 2 for start, stop in pairwise(positions)]
    known = {}  # by place of a node: the weights of its children
    for place, below in enumerate(children):
        if any(course.changing(child) for child in below):
            known[place] = [_weights(course, child, middles) for child in below]
    varying = {place for place, rows in known.items() if _vary(rows)}
    divided = _divided(course, varying)
    mass = {0: _lengths(positions)}
    for place in divided:
        rows = known.get(place) or [[course.tree[child].weight] * len(mass[0]) for child in children[place]]
        for child, ratios in zip(children[place], _ratios(rows), strict=True):
            mass[child] = [whole * ratio for whole, ratio in zip(mass[place], ratios, strict=True)]
    weights = {
        child: Fraction(sum(mass[child]), sum(mass[place]) << _BITS) if place in varying else row[0]
        for place, rows in known.items()
        for child, row in zip(children[place], rows, strict=True)
    }
    stops = [(stage.name, positions.index(stop)) for stage, stop in zip(course.stages, course.stage_stops, strict=True)]
    return Schedule(tuple(positions), tuple(stops), tuple(divided), mass, weights)


def _positions(course: Course) -> list[Fraction]:
    """Return the borders of the segments: at most 4,096 segments, unless more weights jump."""
    stretches = list(pairwise(course.borders()))
    moving = {(start, stop) for start, stop in stretches if course.moves(start, stop)}
    length = sum(stop - start for start, stop in moving)
    spare = max(0, min(MOST_SEGMENTS, _MOST_CELLS // len(course.tree)) - len(stretches))
    positions = [Fraction(0)]
    for start, stop in stretches:
        pieces = 1 + math.floor(spare * (stop - start) / length) if (start, stop) in moving else 1
        positions += [start + (stop - start) * piece / pieces for piece in range(1, pieces + 1)]
    return positions


def _lengths(positions: Sequence[Fraction]) -> list[int]:
    """Return the lengths of the segments, in the largest unit that makes them whole."""
    scale = math.lcm(*(position.denominator for position in positions))
    return [int((stop - start) * scale) for start, stop in pairwise(positions)]


def _weights(course: Course, place: int, middles: Sequence[Fraction]) -> list[Fraction]:
    """Return the weight of a node in the middle of every segment."""
    if not course.changing(place):
        return [course.tree[place].weight] * len(middles)
    return [course.weight(place, middle) for middle in middles]


def _vary(rows: Sequence[Sequence[Fraction]]) -> bool:
    """Return whether the weights of sisters are not the same in every segment."""
    return any(weight is not row[0] and weight != row[0] for row in rows for weight in row)


def _divided(course: Course, varying: Set[int]) -> list[int]:
    """Return the places of some nodes and all above them, parents first."""
    found = set(varying)
    for place in range(len(course.tree) - 1, 0, -1):  # children stand behind their parents
        if place in found:
            found.add(course.tree[place].parent)
    return sorted(found)


def _ratios(rows: Sequence[Sequence[Fraction]]) -> list[list[int]]:
    """Return the ratios of sisters in every segment, in units of 2^-64, from their weights by sister and segment."""
    fixed = [[-(-(weight.numerator << _BITS) // weight.denominator) for weight in row] for row in rows]
    wholes = [sum(sisters) for sisters in zip(*fixed, strict=True)]
    return [[-(-(weight << _BITS) // (whole or 1)) for weight, whole in zip(row, wholes, strict=True)] for row in fixed]
