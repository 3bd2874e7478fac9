"""Counts by name and source: edits by rule, drops by reason, personal data by kind."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ixigen_data.report.funnel import funnels
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


@dataclass(frozen=True)
class MatrixRow:
    """One name with its counts."""

    name: str
    note: str  # what else to say of it, such as a rule's number; may be empty
    total: int
    by_source: Mapping[str, int]  # above 0

    def heat(self, source: str, documents_in: Mapping[str, int]) -> float:
        """Return the share of a source's documents that the count is."""
        documents = documents_in.get(source, 0)
        return self.by_source.get(source, 0) / documents if documents else 0.0


def matrix(counts: Mapping[str, Mapping[str, int]], notes: Mapping[str, str] | None = None) -> list[MatrixRow]:
    """Return counts by source, then by name, as rows, the largest first."""
    totals: Counter[str] = Counter()
    for found in counts.values():
        totals.update(found)
    ranked = sorted(((name, total) for name, total in totals.items() if total), key=lambda item: (-item[1], item[0]))
    return [
        MatrixRow(
            name,
            (notes or {}).get(name, ""),
            total,
            {source: found[name] for source, found in counts.items() if found.get(name)},
        )
        for name, total in ranked
    ]


def edit_rows(statistics: Statistics) -> list[MatrixRow]:
    """Return documents changed, by rule; the note is its number, where it is known here."""
    return matrix(statistics.edited, {sample.rule: sample.number for sample in statistics.edit_samples})


def reason_rows(manifest: Manifest) -> list[MatrixRow]:
    """Return documents lost, by reason; the note is the stage."""
    counts: dict[str, Counter[str]] = {}
    stages: dict[str, str] = {}
    for funnel in funnels(manifest):
        lost = counts.setdefault(funnel.source, Counter())
        for loss in funnel.losses:
            lost[loss.reason] += loss.documents
            stages.setdefault(loss.reason, loss.stage)
    return matrix(counts, stages)


def found_rows(statistics: Statistics) -> list[MatrixRow]:
    """Return personal data found, by kind."""
    return matrix(statistics.personal_data)
