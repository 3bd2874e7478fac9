"""Everything that a finished build knows, put together as the manifest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import JsonValue

from ixigen_data.core.ledger import Ledger
from ixigen_data.mixture.plan import MixPlan, PartPlan
from ixigen_data.shards.manifest import (
    ContinuesRecord,
    EvalRecord,
    Manifest,
    NodeRecord,
    PartRecord,
    ScheduleRecord,
    SourceRecord,
    StageRecord,
    StretchRecord,
    TokenizerRecord,
)
from ixigen_data.shards.stage import WrittenShard, settlement_records

LIBRARIES = ("ixigen", "numpy", "pyarrow", "tokenizers", "gigatoken", "xxhash")


@dataclass(frozen=True)
class Written:
    """The shards of a finished shard stage."""

    training: Sequence[WrittenShard]
    held: Mapping[int, Sequence[WrittenShard]]  # by index of the part


@dataclass(frozen=True)
class Provenance:
    """What the stages before the mixture left."""

    name: str
    recipe: JsonValue  # without secrets
    tokenizer: TokenizerRecord
    sources: Mapping[str, SourceRecord]
    ledger: Ledger
    fingerprints: Mapping[str, str]  # by stage
    continues: ContinuesRecord | None = None


def assemble(plan: MixPlan, provenance: Provenance, written: Written) -> Manifest:
    """Return the manifest of a dataset, not yet sealed."""
    tokens = _tokens(plan, written.training)
    return Manifest(
        name=provenance.name,
        seed=plan.seed,
        seq_len=plan.seq_len,
        total_tokens=plan.total_tokens,
        total_windows=plan.total_windows,
        tokenizer=provenance.tokenizer,
        parts=tuple(_part(plan, number, tokens, written.training) for number in range(len(plan.parts))),
        nodes=_nodes(plan, tokens),
        settlement_windows=settlement_records(plan),
        documents=_documents(provenance.ledger),
        unused_documents={part.path: part.unused_documents or 0 for part in plan.parts},
        unused_tokens={part.path: part.unused_tokens for part in plan.parts},
        sources=dict(provenance.sources),
        licenses={name: source.license for name, source in provenance.sources.items() if source.license},
        shards=tuple(entry.shard for entry in written.training),
        lineage=tuple(entry.lineage for entry in written.training),
        eval={part.path: _eval(part, written.held.get(n, ())) for n, part in enumerate(plan.parts) if part.holdout},
        packing=plan.method,
        schedule=_schedule(plan),
        continues=provenance.continues,
        fingerprints=dict(provenance.fingerprints),
        versions={library: version(library) for library in LIBRARIES},
        recipe=provenance.recipe,
    )


def _schedule(plan: MixPlan) -> ScheduleRecord | None:
    """Return the planned shares along the dataset; None where they do not change."""
    if plan.schedule is None:
        return None
    stages = plan.schedule.stages
    return ScheduleRecord(
        stages=tuple(StretchRecord(name=stage.name, start=stage.start, stop=stage.stop) for stage in stages),
        borders=plan.schedule.borders,
        ratios={part.path: ratios for part, ratios in zip(plan.parts, plan.schedule.ratios, strict=True)},
    )


def _tokens(plan: MixPlan, shards: Sequence[WrittenShard]) -> Counter[str]:
    """Return the tokens written, by path of the part."""
    tokens = Counter({part.path: 0 for part in plan.parts})
    for entry in shards:
        tokens.update(entry.shard.tokens)
    return tokens


def _part(plan: MixPlan, number: int, tokens: Mapping[str, int], shards: Sequence[WrittenShard]) -> PartRecord:
    part = plan.parts[number]
    eos = sum(entry.eos_tokens.get(part.path, 0) for entry in shards)
    bos = sum(entry.bos_tokens.get(part.path, 0) for entry in shards)
    written = tokens[part.path]
    return PartRecord(
        path=part.path,
        weight=next(str(node.weight) for node in plan.nodes if node.part == number),
        sources=part.sources,
        target_tokens=part.target_tokens,
        tokens=written,
        content_tokens=written - eos - bos,
        eos_tokens=eos,
        bos_tokens=bos,
        pad_tokens=part.full_windows * plan.seq_len + _settled(plan, number) - written,
        unique_tokens=part.unique_tokens,
        repeated_tokens=written - part.unique_tokens,
        supply_tokens=part.supply_tokens,
        supply_documents=part.supply_documents,
        documents=part.documents or 0,
        served_tokens=part.served_tokens,
        served_documents=part.supply_documents - (part.documents or 0) - (part.unused_documents or 0),
        epochs=part.epochs,
        max_epochs=float(part.max_epochs),
        windows=part.full_windows,
    )


def _settled(plan: MixPlan, number: int) -> int:
    """Return a part's tokens in settlement windows."""
    pieces = [piece for window in plan.settlement_windows for piece in window.pieces]
    return sum(piece.tokens for piece in pieces if piece.part == number)


def _nodes(plan: MixPlan, tokens: Mapping[str, int]) -> tuple[NodeRecord, ...]:
    """Return every node with what its parts sum to; children stand behind their parents in the plan."""
    sums = [tokens[plan.parts[node.part].path] if node.part is not None else 0 for node in plan.nodes]
    for place in range(len(plan.nodes) - 1, 0, -1):
        sums[plan.nodes[place].parent] += sums[place]
    return tuple(
        NodeRecord(path=node.path, weight=str(node.weight), target_tokens=node.target_tokens, tokens=count)
        for node, count in zip(plan.nodes, sums, strict=True)
    )


def _documents(ledger: Ledger) -> dict[str, dict[str, StageRecord]]:
    by_source: dict[str, dict[str, StageRecord]] = {}
    for stage, accounts in ledger.stages.items():
        for source, account in accounts.items():
            by_source.setdefault(source, {})[stage] = StageRecord.of(account)
    return by_source


def _eval(part: PartPlan, entries: Sequence[WrittenShard]) -> EvalRecord:
    assert part.holdout is not None
    tokens = sum(entry.shard.tokens.get(part.path, 0) for entry in entries)
    return EvalRecord(
        windows=sum(entry.shard.windows for entry in entries),
        tokens=tokens,
        unused_tokens=part.holdout.tokens - tokens,
        documents=part.holdout.documents,
        last_key=part.holdout.last_key,
        shards=tuple(entry.shard for entry in entries),
        lineage=tuple(entry.lineage for entry in entries),
    )
