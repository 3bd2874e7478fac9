"""How exact a mixture is on its way: every node's error at its worst, against the bound of the order."""

from collections import Counter
from dataclasses import dataclass

from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import NodeTrace, Statistics

ROUNDING = 1e-4  # windows: figures are written with four digits


@dataclass(frozen=True)
class ErrorRow:
    """One node of the mixture; errors in windows had, less its share of those of the node above."""

    path: str
    lowest: tuple[float, ...]  # by span
    highest: tuple[float, ...]
    bound: float  # less than a window
    borders: tuple[int, ...]  # windows at which spans begin, and the end

    @property
    def largest(self) -> float:
        """The largest error at any window, without its sign."""
        return max(map(abs, (*self.lowest, *self.highest)), default=0.0)

    @property
    def strain(self) -> float:
        """The largest error as a ratio of the bound."""
        return self.largest / self.bound if self.bound else float(self.largest > ROUNDING)

    @property
    def within(self) -> bool:
        """Whether the promise is kept."""
        return self.largest <= self.bound + ROUNDING

    @property
    def at(self) -> int:
        """The window at which the span with the largest error begins."""
        errors = [max(abs(low), abs(high)) for low, high in zip(self.lowest, self.highest, strict=True)]
        return self.borders[errors.index(max(errors))] if errors else 0


def error_rows(statistics: Statistics | None) -> list[ErrorRow]:
    """Return every node that has sisters, as the tree is read; none where the order was not followed."""
    if statistics is None or statistics.trace is None:
        return []
    trace = statistics.trace
    sisters = Counter(node.path.rpartition("/")[0] for node in trace.nodes)
    return [
        ErrorRow(node.path, node.lowest, node.highest, node.bound, trace.borders)
        for node in trace.nodes
        if sisters[node.path.rpartition("/")[0]] > 1
    ]


def worst(rows: list[ErrorRow]) -> ErrorRow | None:
    """Return the node that came nearest to its bound."""
    return max(rows, key=lambda row: row.strain, default=None)


def leaves(manifest: Manifest, statistics: Statistics) -> list[NodeTrace]:
    """Return the traces of the parts, in their order."""
    if statistics.trace is None:
        return []
    traces = {node.path: node for node in statistics.trace.nodes}
    return [traces[part.path] for part in manifest.parts if part.path in traces]


def stages(manifest: Manifest) -> list[tuple[str, float, float]]:
    """Return the named stages of the last generation: name, where it begins, how long it is; in ratios of the whole."""
    schedule = manifest.schedule
    whole = schedule.borders[-1] if schedule else 0
    return [
        (stage.name, stage.start / whole, (stage.stop - stage.start) / whole)
        for stage in (schedule.stages if schedule else ())
        if whole
    ]
