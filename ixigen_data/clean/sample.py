"""The cleaning of a few documents of each source, before a long build."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from ixigen_data.clean.chain import rules_for
from ixigen_data.clean.hunks import Hunk
from ixigen_data.clean.shown import shown_edits
from ixigen_data.clean.trace import Trace, trace
from ixigen_data.core.files import without_secrets
from ixigen_data.core.progress import Progress
from ixigen_data.core.steps import Rule, rule_name
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spread import spread_documents

STAGE = "sample"


class RuleEdits(BaseModel):
    """What one rule edited in one document."""

    rule: str
    hunks: list[Hunk]


class SampledDocument(BaseModel):
    """One document before and after cleaning."""

    source: str
    file: str
    id: str
    before: str  # where a rule found personal data, the text after
    after: str  # as it was kept, or when it was dropped
    edits: list[RuleEdits] = Field(default_factory=list)
    dropped_by: str | None = None  # a rule
    reason: str | None = None

    @property
    def changed(self) -> bool:
        """Whether cleaning does anything to it."""
        return bool(self.edits) or self.reason is not None

    @classmethod
    def of(cls, source: str, file: str, found: Trace) -> "SampledDocument":
        """Return a document from its way through the chain."""
        return cls(
            source=source,
            file=file,
            id=found.id,
            before=found.after if found.holds_personal_data else found.before,
            after=found.after,
            edits=[RuleEdits(rule=step.name, hunks=edits) for step, edits in shown_edits(found.steps)],
            dropped_by=None if found.dropped is None else found.dropped.rule,
            reason=None if found.dropped is None else found.dropped.reason,
        )


class SourceSample(BaseModel):
    """What cleaning does to some documents of one source."""

    source: str
    rules: list[str]  # that run on it, in order
    documents: list[SampledDocument]
    unreadable: dict[str, int] = Field(default_factory=dict)  # records met on the way, by reason

    def edited(self) -> Counter[str]:
        """Return how many documents each rule edited."""
        return Counter(edit.rule for document in self.documents for edit in document.edits)

    def dropped(self) -> Counter[str]:
        """Return how many documents were dropped, by reason."""
        return Counter(document.reason for document in self.documents if document.reason is not None)


def sample_cleaning(
    sources: Mapping[str, SourceSettings], rules: Sequence[Rule], documents: int, progress: Progress
) -> list[SourceSample]:
    """Return about `documents` documents, the same number of each source, on their way through its rules.

    Raises:
        SourceError: a source is missing, empty or cannot be read.
    """
    each = -(-documents // max(1, len(sources)))
    progress.begin(STAGE, len(sources), "sources")
    found = []
    for name, settings in sources.items():
        found.append(_sample_source(name, settings, rules_for(rules, name, settings.language), each))
        progress.advance(STAGE, 1)
    progress.end(STAGE)
    return found


def _sample_source(name: str, settings: SourceSettings, rules: Sequence[Rule], count: int) -> SourceSample:
    faults = Faults()
    drawn = [
        SampledDocument.of(name, without_secrets(file.url), found)
        for file, batch in spread_documents(list_files(name, settings), settings, count, faults)
        for found in trace(rules, batch)
    ]
    ran = list(map(rule_name, rules))
    return SourceSample(source=name, rules=ran, documents=drawn[:count], unreadable=dict(faults.reasons))
