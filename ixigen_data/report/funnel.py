"""What became of the documents: by source and stage, with the reason of every loss."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ixigen_data.shards.manifest import Manifest, StageRecord
from ixigen_data.shards.statistics import Statistics

# In the order bytes flow; any other follows as recorded.
STAGES = ("read", "clean", "dedup", "near", "contained", "lines", "tokenize")
COPY_STAGES = {"dedup", "near", "contained"}  # each document that they drop is a copy of one that stays
QUARANTINED = "quarantined"


@dataclass(frozen=True)
class Loss:
    """Documents lost at a stage for one reason."""

    stage: str
    reason: str  # as the ledger counts it, such as "length_short"; "quarantined" for what could not be processed
    documents: int


@dataclass(frozen=True)
class Step:
    """One stage of a funnel."""

    stage: str
    documents_in: int
    documents_out: int
    losses: tuple[Loss, ...]  # the largest first

    @property
    def lost(self) -> int:
        """Documents lost at this stage, by the reasons."""
        return sum(loss.documents for loss in self.losses)


@dataclass(frozen=True)
class Funnel:
    """The documents of one source, stage by stage."""

    source: str
    steps: tuple[Step, ...]

    @property
    def read(self) -> int:
        """Records found in the source."""
        return self.steps[0].documents_in if self.steps else 0

    @property
    def kept(self) -> int:
        """Documents that came through every stage."""
        return self.steps[-1].documents_out if self.steps else 0

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Every loss, in the order of the stages."""
        return tuple(loss for step in self.steps for loss in step.losses)

    @property
    def telling(self) -> tuple[Step, ...]:
        """The first stage, and those that lost documents."""
        return tuple(step for place, step in enumerate(self.steps) if place == 0 or step.lost)

    def text_after(self, step: Step, text_bytes: Mapping[str, int]) -> int | None:
        """Return the size of the text that came out of a step; None where it was not measured.

        Stages that only drop rows measure nothing: behind the last of them stands what was encoded.
        """
        following = next((later.stage for earlier, later in pairwise(self.steps) if earlier is step), "")
        return text_bytes.get(step.stage, text_bytes.get(following) if following == "tokenize" else None)

    @property
    def closes(self) -> bool:
        """Whether every document is accounted for, within each stage and from one to the next."""
        within = all(step.documents_in == step.documents_out + step.lost for step in self.steps)
        between = all(a.documents_out == b.documents_in for a, b in pairwise(self.steps))
        return within and between


@dataclass(frozen=True)
class Account:
    """Where all documents of a dataset are: read = lost + trained on + held out + not used."""

    read: int
    lost: int
    kept: int
    trained: int
    held_out: int
    unused: int
    sources_close: bool

    @property
    def closes(self) -> bool:
        """Whether every document is accounted for, from the record in its source to the window."""
        return self.sources_close and self.kept == self.trained + self.held_out + self.unused


def funnels(manifest: Manifest) -> list[Funnel]:
    """Return the funnel of each source, sources in the order of the manifest."""
    return [
        Funnel(source, tuple(_step(stage, record) for stage, record in sorted(stages.items(), key=_flow)))
        for source, stages in manifest.documents.items()
    ]


def losses_by_reason(all_funnels: Iterable[Funnel]) -> list[tuple[str, int]]:
    """Return documents lost by reason over all sources, the largest first."""
    counter: Counter[str] = Counter()
    for funnel in all_funnels:
        for loss in funnel.losses:
            counter[loss.reason] += loss.documents
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def account(manifest: Manifest) -> Account:
    """Return the account of all documents."""
    sources = funnels(manifest)
    return Account(
        read=sum(funnel.read for funnel in sources),
        lost=sum(loss.documents for funnel in sources for loss in funnel.losses),
        kept=sum(funnel.kept for funnel in sources),
        trained=sum(part.documents for part in manifest.parts),
        held_out=sum(entry.documents for entry in manifest.eval.values()),
        unused=sum(manifest.unused_documents.values()),
        sources_close=all(funnel.closes for funnel in sources),
    )


@dataclass(frozen=True)
class TokenAccount:
    """Where the tokens of all encoded documents are, each counted once."""

    encoded: int
    written: int  # in windows; as often as they may be repeated, once
    held_out: int
    unused: int

    @property
    def elsewhere(self) -> int:
        """Served by an earlier dataset that this one continues."""
        return max(0, self.encoded - self.written - self.held_out - self.unused)


def token_account(manifest: Manifest, statistics: Statistics) -> TokenAccount:
    """Return the account of all tokens."""
    return TokenAccount(
        encoded=sum(text.tokens for text in statistics.texts.values()),
        written=sum(part.unique_tokens for part in manifest.parts),
        held_out=sum(entry.tokens + entry.unused_tokens for entry in manifest.eval.values()),
        unused=sum(manifest.unused_tokens.values()),
    )


def exact_copies(manifest: Manifest) -> int | None:
    """Return the documents that were dropped as copies of others; None where nothing looked for them."""
    found = [
        stages["dedup"].dropped.get("exact_duplicate", 0) for stages in manifest.documents.values() if "dedup" in stages
    ]
    return sum(found) if looks_for(manifest, "exact") or any(found) else None


def looks_for(manifest: Manifest, key: str) -> bool:
    """Return whether the recipe asks for a key of `dedup:`, such as "near" or "lines"."""
    recipe = manifest.recipe if isinstance(manifest.recipe, dict) else {}
    dedup = recipe.get("dedup")
    return isinstance(dedup, dict) and dedup.get(key) is not None


def looks_for_personal_data(manifest: Manifest) -> bool:
    """Return whether the recipe has a rule for personal data."""
    recipe = manifest.recipe if isinstance(manifest.recipe, dict) else {}
    clean = recipe.get("clean")
    rules = [rule for rule in clean if isinstance(rule, dict)] if isinstance(clean, list) else []
    return any(rule.get("rule") == "pii" for rule in rules)


def plain(reason: str) -> str:
    """Return a reason for a reader.

    >>> plain("length_short")
    'length short'
    """
    return reason.replace("_", " ")


def _flow(item: tuple[str, StageRecord]) -> int:
    return STAGES.index(item[0]) if item[0] in STAGES else len(STAGES)


def _step(stage: str, record: StageRecord) -> Step:
    reasons = {**record.dropped, QUARANTINED: record.quarantined}
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    losses = tuple(Loss(stage, reason, documents) for reason, documents in ranked if documents)
    return Step(stage, record.documents_in, record.documents_out, losses)
