"""What a recipe says about weights over the position: written weights, a `schedule` and `stages`, put together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise

from ixigen_data.mixture.curves import Curve, StageSettings
from ixigen_data.mixture.tree import children_of
from ixigen_data.mixture.written import Location, exact


@dataclass(frozen=True)
class WrittenNode:
    """A node of a mixture as the recipe has it, in a list that is depth first with the root at place 0."""

    path: str  # "replay/ko"; empty for the root
    parent: int
    weight: Fraction  # relative to its sisters


@dataclass(frozen=True)
class Course:
    """Weights over the position in the dataset, from 0 to 1.

    A stage's weights stand for the written ones, and a schedule's for both; no part has them from both.
    """

    tree: Sequence[WrittenNode]
    curves: Mapping[str, Curve]  # by path
    stages: Sequence[StageSettings]

    @cached_property
    def stage_stops(self) -> list[Fraction]:
        """Where each stage ends."""
        weights = [exact(stage.weight) for stage in self.stages]
        return [done / sum(weights) for done in accumulate(weights)]

    def borders(self) -> list[Fraction]:
        """Return the positions from 0 to 1 where a weight jumps or begins to move, and the stages' borders."""
        inner = (border for curve in self.curves.values() for border in curve.borders())
        return sorted({Fraction(0), *self.stage_stops, *inner, Fraction(1)})

    def changing(self, place: int) -> bool:
        """Return whether the recipe says more than one weight for a node."""
        path = self.tree[place].path
        return path in self.curves or any(path in stage.weights for stage in self.stages)

    def weight(self, place: int, position: Fraction) -> Fraction:
        """Return the weight of a node at a position within (0, 1) that is no border."""
        node = self.tree[place]
        if node.path in self.curves:
            return self.curves[node.path].weight(position)
        for stage, stop in zip(self.stages, self.stage_stops, strict=True):
            if position < stop:
                return exact(stage.weights[node.path]) if node.path in stage.weights else node.weight
        return node.weight

    def moves(self, start: Fraction, stop: Fraction) -> bool:
        """Return whether a weight moves between two neighbouring borders."""
        quarter = (stop - start) / 4
        return any(curve.weight(start + quarter) != curve.weight(stop - quarter) for curve in self.curves.values())

    def faults(self) -> Iterator[tuple[Location, str]]:
        """Yield nodes whose children all lack weight while it has some, and parts that never have any; with places."""
        children = children_of(self.tree)
        served = {0}
        for start, stop in pairwise(self.borders()):
            alive = {0}
            for place, below in enumerate(children):
                some = [child for child in below if self.weight(child, (start + stop) / 2)]
                if place in alive and below and not some:
                    yield self._place_of(below), self._nothing_below(place, below, (start, stop))
                    return
                alive.update(some if place in alive else ())
            served |= alive
        for place, node in enumerate(self.tree):
            if place not in served:
                message = f"part {node.path!r} has no weight over the whole dataset; give it some, or leave it out"
                yield self._place_of([place, node.parent]), message
                return

    def _nothing_below(self, place: int, below: Sequence[int], stretch: tuple[Fraction, Fraction]) -> str:
        names = ", ".join(self.tree[child].path for child in below)
        path = self.tree[place].path
        owner, advice = (f"no part of {path!r}", f", or {path!r} none") if place else ("no part", "")
        start, stop = (f"{float(border):.4g}" for border in stretch)
        return f"from position {start} to {stop} {owner} has weight; give one of {names} some there{advice}"

    def _place_of(self, places: Sequence[int]) -> Location:
        """Return where the recipe changes the weight of one of some nodes."""
        for place in places:
            path = self.tree[place].path
            if path in self.curves:
                return ("schedule", path)
            for number, stage in enumerate(self.stages):
                if path in stage.weights:
                    return ("stages", number, "weights", path)
        return ("schedule",) if self.curves else ("stages",)
