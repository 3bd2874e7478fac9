"""The statistics of a dataset, gathered from the folders of its finished stages."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from ixigen_data.core.ledger import Account, Ledger, personal_data
from ixigen_data.core.samples import EDITS_SUFFIX, SUFFIX, Ranked, Sampler, read_edits, read_samples
from ixigen_data.dedup.lines.frequent import FrequentLines
from ixigen_data.dedup.lines.strip import RULE
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.plan import MixPlan
from ixigen_data.mixture.trace import trace
from ixigen_data.shards.dedup_statistics import LinesStatistics
from ixigen_data.shards.lines import lines_statistics
from ixigen_data.shards.statistics import NodeTrace, Statistics, TextRecord, TraceRecord
from ixigen_data.tokens.encode_stage import TokenizeSummary

_READERS = 8  # threads: files of samples are small and many, and an object store answers slowly
_DIGITS = 4  # of errors, in windows
_Ranked = TypeVar("_Ranked", bound=Ranked)


@dataclass(frozen=True)
class Surveyed:
    """Folders of finished stages by source, in recipe order, and the sum of their ledgers."""

    clean_folders: Mapping[str, str]
    tokenize_folders: Mapping[str, str]
    ledger: Ledger
    first_window: int = 0  # of this generation, in the dataset
    lines: Mapping[str, FrequentLines] = field(default_factory=dict)  # by source, where frequent lines are cut

    def folders(self) -> list[str]:
        """Return the folders that hold samples."""
        return [*self.clean_folders.values(), *self.tokenize_folders.values()]


def survey(stages: Surveyed, plan: MixPlan, order: Order, samples: int) -> Statistics:
    """Return the statistics; `samples`: how many texts of a source, and of each reason for a drop, are shown."""
    sources = list(stages.clean_folders)
    files = [(folder, name) for folder in stages.folders() for out in read_outcomes(folder) for name in out.files]
    return Statistics(
        text_bytes={source: _text_bytes(stages.ledger, source) for source in sources},
        edited={source: _edited(stages.ledger, source) for source in sources},
        texts={source: _text(stages.ledger, source, folder) for source, folder in stages.tokenize_folders.items()},
        trace=_trace(plan, order, stages.first_window),
        samples=_lowest(read_samples, [file for file in files if file[1].endswith(SUFFIX)], sources, samples),
        edit_samples=_lowest(read_edits, [file for file in files if file[1].endswith(EDITS_SUFFIX)], sources, samples),
        lines=_lines(stages),
        personal_data={source: found for source in sources if (found := _personal_data(stages.ledger, source))},
    )


def _accounts(ledger: Ledger, source: str) -> Iterator[tuple[str, Counter[str], Counter[str]]]:
    """Yield the stages that a source went through, with their sums and their edits."""
    for stage, accounts in ledger.stages.items():
        if source in accounts:
            yield stage, accounts[source].counts, accounts[source].edited


def _lines(stages: Surveyed) -> dict[str, LinesStatistics] | None:
    accounts = stages.ledger.stages.get(RULE, {})
    found = {source: lines_statistics(table, accounts.get(source, Account())) for source, table in stages.lines.items()}
    return found or None


def _text_bytes(ledger: Ledger, source: str) -> dict[str, int]:
    return {stage: counts["text_bytes"] for stage, counts, _ in _accounts(ledger, source) if "text_bytes" in counts}


def _edited(ledger: Ledger, source: str) -> dict[str, int]:
    edited: Counter[str] = Counter()
    for _, _, by_rule in _accounts(ledger, source):
        edited.update(by_rule)
    return dict(sorted(edited.items()))


def _personal_data(ledger: Ledger, source: str) -> dict[str, int]:
    found = personal_data(counts for _, counts, _ in _accounts(ledger, source))
    return dict(sorted(found.items()))


def _text(ledger: Ledger, source: str, folder: str) -> TextRecord:
    lengths: Counter[int] = Counter()
    for outcome in read_outcomes(folder):
        lengths.update(TokenizeSummary.model_validate(outcome.summary).lengths)
    account = ledger.account("tokenize", source)
    counts = account.counts
    return TextRecord(
        documents=account.documents_out,
        text_bytes=counts["text_bytes"],
        words=counts["words"],
        tokens=counts["tokens"],
        content_tokens=counts["content_tokens"],
        lengths=dict(sorted(lengths.items())),
    )


def _trace(plan: MixPlan, order: Order, first_window: int) -> TraceRecord:
    found = trace(plan.nodes, order)
    return TraceRecord(
        borders=tuple((found.borders + first_window).tolist()),
        nodes=tuple(
            NodeTrace(
                path=node.path,
                bound=round(float(found.bounds[place]), _DIGITS),
                windows=tuple(found.windows[:, place].tolist()),
                lowest=tuple(round(error, _DIGITS) for error in found.lowest[:, place].tolist()),
                highest=tuple(round(error, _DIGITS) for error in found.highest[:, place].tolist()),
            )
            for place, node in enumerate(plan.nodes)
            if place
        ),
    )


def _lowest(
    read: Callable[[str, str], Sequence[_Ranked]],
    files: Sequence[tuple[str, str]],
    sources: Sequence[str],
    per_group: int,
) -> tuple[_Ranked, ...]:
    """Return the samples of all tasks with the lowest ranks, by source in their order, what was kept first."""
    if per_group == 0:
        return ()
    sampler: Sampler[_Ranked] = Sampler(per_group)
    with ThreadPoolExecutor(_READERS) as pool:
        for found in pool.map(lambda file: read(*file), files):
            for sample in found:
                sampler.add(sample)
    place = {source: number for number, source in enumerate(sources)}
    return tuple(sorted(sampler.chosen(), key=lambda sample: place[sample.group[0]]))
