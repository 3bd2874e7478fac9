"""A schedule for readers: where its stages begin, and the planned shares of the parts along the dataset."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from ixigen_data.mixture.schedule import Schedule
from ixigen_data.mixture.segments import Segments
from ixigen_data.mixture.targets import Branch
from ixigen_data.mixture.tree import children_of

_MOST_STRETCHES = 64
_MOST_RATIOS = 1 << 14  # of all parts: some 150 kB in a manifest


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StagePlan(_Plain):
    """Windows start … stop - 1 of a dataset."""

    name: str
    start: int
    stop: int


class SchedulePlan(_Plain):
    """A schedule in windows and ratios."""

    stages: tuple[StagePlan, ...]
    borders: tuple[int, ...]  # (stretches + 1,) the first window of each stretch, and the end; at most 64 stretches
    ratios: tuple[tuple[float, ...], ...]  # (parts, stretches) each part's planned ratio of a stretch, to 10^-6


def plan_schedule(tree: Sequence[Branch], schedule: Schedule, segments: Segments) -> SchedulePlan:
    """Return a schedule for readers.

    Args:
        tree: with the weights over the whole.
    """
    starts = [0, *(stop for _, stop in schedule.stages)]
    stages = [
        StagePlan(name=name, start=int(segments.borders[start]), stop=int(segments.borders[stop]))
        for start, (name, stop) in zip(starts, schedule.stages, strict=False)
    ]
    cuts = _cuts(schedule, max(1, min(_MOST_STRETCHES, _MOST_RATIOS // len(tree))))
    ratios = [_ratios(tree, schedule, start, stop) for start, stop in pairwise(cuts)]
    return SchedulePlan(
        stages=tuple(stages),
        borders=tuple(int(segments.borders[cut]) for cut in cuts),
        ratios=tuple(zip(*ratios, strict=True)),
    )


def _cuts(schedule: Schedule, most: int) -> list[int]:
    """Return borders of segments, the first and the last among them, that make at most so many stretches."""
    cuts = [0]
    for segment, position in enumerate(schedule.positions):
        if position >= (Fraction(int(schedule.positions[cuts[-1]] * most)) + 1) / most:
            cuts.append(segment)
    return cuts


def _ratios(tree: Sequence[Branch], schedule: Schedule, start: int, stop: int) -> list[float]:
    """Return the ratio of every part in segments start … stop - 1."""
    ratios = [1.0] * len(tree)
    for place, children in enumerate(children_of(tree)):
        if place in schedule.divided:
            amounts = [Fraction(sum(schedule.mass[child][start:stop])) for child in children]
        else:
            amounts = [tree[child].weight for child in children]
        whole = sum(amounts, Fraction(0)) or Fraction(1)
        for child, amount in zip(children, amounts, strict=True):
            ratios[child] = ratios[place] * float(amount / whole)
    return [round(ratio, 6) for ratio, branch in zip(ratios, tree, strict=True) if branch.part is not None]
