"""The plan of a mixture: every share and every window as integers, before the first shard is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.accounts import accounts_of
from ixigen_data.mixture.holdout import Holdout, held_up_to, hold_out
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.pools import Fitter, Pools
from ixigen_data.mixture.schedule_plan import SchedulePlan, plan_schedule
from ixigen_data.mixture.segments import divide, plan_order
from ixigen_data.mixture.served import NOTHING, Earlier
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.settlement import SettlementWindow, settle
from ixigen_data.mixture.shuffle import DocumentStream, holdout_stream, part_stream
from ixigen_data.mixture.supply import SourceStore, Supply, check_supply, total_tokens
from ixigen_data.mixture.targets import Branch, branches, schedule_of, targets
from ixigen_data.mixture.tree import Node
from ixigen_data.mixture.windows import PartWindows, part_windows, window_counts


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NodePlan(_Plain):
    """The share of one node; the list of them is depth first, with the root (path "") at place 0."""

    path: str
    weight: int | float
    parent: int
    part: int | None  # place among the parts; None where the node is divided
    target_tokens: int
    windows: int


class PartPlan(_Plain):
    """What one part gives: its share, and the supply it comes from."""

    path: str
    sources: tuple[str, ...]
    target_tokens: int
    windows: int  # positions in the order
    full_windows: int  # of which hold nothing but the part
    remainder: int  # tokens that go to settlement windows
    supply_tokens: int  # one epoch, without the hold-out
    supply_documents: int
    max_epochs: int | float
    served_tokens: int = 0  # by earlier datasets, over all epochs
    served_first: int = 0  # of the first epoch among them
    unique_tokens: int  # written of the first epoch, which earlier datasets may have begun
    documents: int | None = None  # different ones written; None while the supply is an estimate
    unused_documents: int | None = None  # of the supply, neither written here nor served before
    holdout: Holdout | None = None

    @property
    def epochs(self) -> float:
        """How often the supply is read."""
        return self.target_tokens / self.supply_tokens if self.supply_tokens else 0.0

    @property
    def repeated_tokens(self) -> int:
        """Tokens written again."""
        return self.target_tokens - self.unique_tokens

    @property
    def unused_tokens(self) -> int:
        """Tokens of the supply that are not written, here or before."""
        return self.supply_tokens - self.served_first - self.unique_tokens


@dataclass(frozen=True)
class Shape:
    """What windows look like, and what their order is seeded with."""

    seq_len: int
    seed: int
    method: Literal["concat", "best_fit"] = "concat"

    @property
    def unit(self) -> int:
        """Tokens that a total is a multiple of."""
        return self.seq_len if self.method == "concat" else 1


class MixPlan(_Plain):
    """A whole mixture in plain numbers."""

    seq_len: int
    seed: int
    method: Literal["concat", "best_fit"] = "concat"
    continues: bool = False  # whether an earlier dataset served some of the supply
    total_tokens: int
    total_windows: int
    nodes: tuple[NodePlan, ...]
    parts: tuple[PartPlan, ...]
    settlement_windows: tuple[SettlementWindow, ...] = ()
    schedule: SchedulePlan | None = None  # where weights change over the position


@dataclass(frozen=True)
class Mix:
    """A planned mixture: everything that its windows follow from."""

    plan: MixPlan
    order: Order
    pools: tuple[Pools, ...] = ()  # of every part, where the packing has pools
    earlier: Earlier = NOTHING


@dataclass(frozen=True)
class Inputs:
    """What a mixture is planned on."""

    stores: Mapping[str, SourceStore]  # by name of source
    fitter: Fitter | None = None  # of a packing whose windows do not follow from the number of tokens
    earlier: Earlier = NOTHING


def outline(settings: MixtureSettings, shape: Shape, supply: Mapping[str, Supply]) -> MixPlan:
    """Return the plan for a supply, without the order of the windows; the supply may be an estimate, and too small.

    Windows that a packing has to fit are counted as if they were full.

    Args:
        supply: by path of part, without the hold-out.

    Raises:
        SupplyError: the total follows from the supply of a part that has not enough for one window.
    """
    tree = branches(settings)
    tokens = targets(tree, total_tokens(settings, supply, shape.unit))
    leaves = [place for place, branch in enumerate(tree) if branch.part is not None]
    if shape.method == "concat":
        shares = part_windows(tree, tokens, shape.seq_len)
        counts = window_counts(tree, tokens, shape.seq_len)
    else:
        shares = [_fitted(-(-tokens[place] // shape.seq_len)) for place in leaves]
        counts = _sums(tree, [share.windows for share in shares])
    return MixPlan(
        seq_len=shape.seq_len,
        seed=shape.seed,
        method=shape.method,
        total_tokens=tokens[0],
        total_windows=counts[0],
        nodes=tuple(_node_plan(branch, *share) for branch, *share in zip(tree, tokens, counts, strict=True)),
        parts=tuple(
            _part_plan(tree[place], tokens[place], share, supply[tree[place].path])
            for place, share in zip(leaves, shares, strict=True)
        ),
    )


def _fitted(windows: int) -> PartWindows:
    """Return the windows of a part whose packing leaves no remainder."""
    return PartWindows(windows, windows, 0)


def _sums(tree: Sequence[Node], windows: Sequence[int]) -> list[int]:
    """Return the windows of every node, from those of the parts."""
    sums = [windows[node.part] if node.part is not None else 0 for node in tree]
    for place in range(len(tree) - 1, 0, -1):  # children stand behind their parents
        sums[tree[place].parent] += sums[place]
    return sums


def _node_plan(branch: Branch, tokens: int, windows: int) -> NodePlan:
    return NodePlan(
        path=branch.path,
        weight=branch.settings.weight if branch.settings else 1,
        parent=branch.parent,
        part=branch.part,
        target_tokens=tokens,
        windows=windows,
    )


def _part_plan(branch: Branch, tokens: int, share: PartWindows, supply: Supply) -> PartPlan:
    assert branch.settings is not None
    return PartPlan(
        path=branch.path,
        sources=branch.settings.from_ or (),
        target_tokens=tokens,
        windows=share.windows,
        full_windows=share.full,
        remainder=share.remainder,
        supply_tokens=supply.tokens,
        supply_documents=supply.documents,
        max_epochs=branch.settings.max_epochs,
        served_tokens=supply.served,
        served_first=supply.served_first,
        unique_tokens=min(tokens, supply.tokens - supply.served_first),
    )


def plan_mixture(
    settings: MixtureSettings, shape: Shape, inputs: Inputs, listen: Callable[[int], None] | None = None
) -> Mix:
    """Return the plan of a mixture, the order of its windows, and what they follow from.

    Args:
        listen: is told how many windows of the order were planned, step by step.

    Raises:
        SupplyError: a part has too few tokens for its hold-out or its target; the message says what would work.
    """
    tree = branches(settings)
    streams = {branch.path: _stream(branch, shape, inputs) for branch in tree if branch.part is not None}
    supply = {path: stream.supply for path, stream in streams.items()}
    plan = outline(settings, shape, supply)
    check_supply(tree, [node.target_tokens for node in plan.nodes], supply, shape.unit)
    pools: tuple[Pools, ...] = ()
    if inputs.fitter is not None:
        pools = tuple(inputs.fitter.pools(streams[part.path], part.target_tokens) for part in plan.parts)
        plan = _with_windows(plan, [pool.windows for pool in pools])
    counts = [node.windows for node in plan.nodes]
    schedule = schedule_of(settings)
    segments = divide(plan.nodes, counts, schedule) if schedule else None
    order = plan_order(plan.nodes, counts, segments, listen)
    windows = [PartWindows(part.windows, part.full_windows, part.remainder) for part in plan.parts]
    settlement = tuple(settle(windows, order, shape.seq_len)) if shape.method == "concat" else ()
    parts = tuple(_accounted(part, streams[part.path]) for part in plan.parts)
    changes = {"parts": parts, "settlement_windows": settlement, "continues": inputs.earlier is not NOTHING}
    if schedule and segments:
        changes["schedule"] = plan_schedule(tree, schedule, segments)
    plan = plan.model_copy(update=changes)
    return Mix(plan, order, pools, inputs.earlier)


def _stream(branch: Branch, shape: Shape, inputs: Inputs) -> DocumentStream:
    assert branch.settings is not None
    sources = branch.settings.from_ or ()
    stores = [inputs.stores[source] for source in sources]
    holdout = _holdout(branch, stores, shape.seq_len, inputs.earlier)
    return part_stream(branch.path, stores, shape.seed, holdout, inputs.earlier.of(sources))


def _holdout(branch: Branch, stores: Sequence[SourceStore], seq_len: int, earlier: Earlier) -> Holdout | None:
    """Return the hold-out of a part: that of an earlier dataset, where its sources were served before.

    Raises:
        SupplyError: the sources have too few tokens, or what is asked for would hold out what was trained on.
    """
    assert branch.settings is not None
    keys = {earlier.last_key[source] for source in branch.settings.from_ or () if source in earlier.last_key}
    elsewhere = earlier.held_elsewhere
    if not keys:
        found = hold_out(branch.path, stores, branch.holdout_tokens, seq_len)
        if elsewhere is None or (found is not None and found.last_key >= elsewhere):
            return found
        return held_up_to(stores, elsewhere).model_copy(update={"windows": found.windows if found else 0})
    if len(keys) > 1:
        raise SupplyError(
            f"{branch.recipe_path}: its sources were held out by different keys in the earlier dataset; "
            "keep them in parts of their own, as they were there"
        )
    last_key = keys.pop()
    new = [source for source in branch.settings.from_ or () if source not in earlier.last_key]
    if new and (elsewhere or "") > (last_key or ""):
        raise SupplyError(
            f"{branch.recipe_path}: source {new[0]!r} may hold copies of documents held out of "
            f"{', '.join(sorted(earlier.left_out))}; put it into a part of its own, or keep those sources in the recipe"
        )
    held = None if last_key is None else held_up_to(stores, last_key)
    if branch.holdout_tokens > (held.tokens if held else 0):
        raise SupplyError(
            f"{branch.recipe_path}: a hold-out of {branch.holdout_tokens:,} tokens takes documents that the earlier "
            f"dataset trained on; it held out {held.tokens if held else 0:,}: lower holdout.tokens to that"
        )
    windows = -(-branch.holdout_tokens // seq_len)
    return held and held.model_copy(update={"windows": min(windows, held.tokens // seq_len)})


def _with_windows(plan: MixPlan, windows: Sequence[int]) -> MixPlan:
    """Return a plan whose parts have the windows that they were fitted into."""
    counts = _sums(plan.nodes, windows)
    nodes = [node.model_copy(update={"windows": count}) for node, count in zip(plan.nodes, counts, strict=True)]
    shares = [{"windows": count, "full_windows": count} for count in windows]
    parts = [part.model_copy(update=share) for part, share in zip(plan.parts, shares, strict=True)]
    return plan.model_copy(update={"total_windows": counts[0], "nodes": tuple(nodes), "parts": tuple(parts)})


def _accounted(part: PartPlan, stream: DocumentStream) -> PartPlan:
    found = accounts_of(stream, part.target_tokens)
    return part.model_copy(
        update={
            "holdout": stream.holdout,
            "unique_tokens": found.unique_tokens,
            "documents": found.documents,
            "unused_documents": found.unused_documents,
        }
    )


def training_streams(mix: Mix, stores: Mapping[str, SourceStore]) -> list[DocumentStream]:
    """Return the training stream of every part, in the order of the parts."""
    return [
        part_stream(
            part.path,
            [stores[source] for source in part.sources],
            mix.plan.seed,
            part.holdout,
            mix.earlier.of(part.sources),
        )
        for part in mix.plan.parts
    ]


def holdout_streams(plan: MixPlan, stores: Mapping[str, SourceStore]) -> list[DocumentStream | None]:
    """Return the stream of what is held out of every part, in the order of the parts; None where nothing is."""
    return [holdout_stream([stores[s] for s in p.sources], p.holdout) if p.holdout else None for p in plan.parts]
