"""Which samples a page has room for."""

from collections import Counter
from dataclasses import dataclass

from ixigen_data.core.samples import EditSample, Sample
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics

MAX_BYTES = 300_000  # of sampled text on a page; the file of statistics has them all


@dataclass(frozen=True)
class SourceSamples:
    """The samples of one source, those that were dropped by rule and reason."""

    source: str
    lang: str  # as HTML writes it; empty where the recipe gives no language of people
    kept: tuple[Sample, ...]
    dropped: tuple[Sample, ...]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Reasons for a drop, with the samples of each."""
        return list(Counter(sample.reason for sample in self.dropped).items())


def samples_by_source(manifest: Manifest, statistics: Statistics) -> tuple[list[SourceSamples], int]:
    """Return the samples of every source that has any, and how many more a page has no room for."""
    room, shown, left_out = MAX_BYTES, dict[str, list[Sample]](), 0
    for sample in statistics.samples:
        room -= len(sample.text.encode())
        if room >= 0:
            shown.setdefault(sample.source, []).append(sample)
        else:
            left_out += 1
    return [_of_source(manifest, source, samples) for source, samples in shown.items()], left_out


@dataclass(frozen=True)
class RuleSamples:
    """What one rule did in some documents."""

    rule: str
    number: str
    samples: tuple[EditSample, ...]


def samples_by_rule(statistics: Statistics) -> tuple[list[RuleSamples], int]:
    """Return the samples of every rule that edited anything, and how many more a page has no room for."""
    room, shown, left_out = MAX_BYTES, dict[str, list[EditSample]](), 0
    for sample in sorted(statistics.edit_samples, key=lambda sample: (len(sample.number), sample.number, sample.rule)):
        room -= len(sample.model_dump_json())
        if room >= 0:
            shown.setdefault(sample.rule, []).append(sample)
        else:
            left_out += 1
    return [RuleSamples(rule, found[0].number, tuple(found)) for rule, found in shown.items()], left_out


def languages(manifest: Manifest) -> dict[str, str]:
    """Return the language of each source as HTML writes it; empty where it is no language of people."""
    return {source: _lang(record.language) for source, record in manifest.sources.items()}


def _lang(language: str | None) -> str:
    return language if language and language.isalpha() and len(language) in (2, 3) else ""


def _of_source(manifest: Manifest, source: str, samples: list[Sample]) -> SourceSamples:
    return SourceSamples(
        source=source,
        lang=languages(manifest).get(source, ""),
        kept=tuple(sample for sample in samples if not sample.rule),
        dropped=tuple(sample for sample in samples if sample.rule),
    )
