"""The plan of a mixture: every share and every window as integers, before the first shard is written."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict

from ixigen_data.mixture.holdout import Holdout, hold_out
from ixigen_data.mixture.order import Order, Tree
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.settlement import SettlementWindow, settle
from ixigen_data.mixture.shuffle import DocumentStream, holdout_stream, part_stream
from ixigen_data.mixture.supply import SourceStore, Supply, check_supply, total_tokens
from ixigen_data.mixture.targets import Branch, branches, targets
from ixigen_data.mixture.windows import PartWindows, order_tree, part_windows, window_counts


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
    unused_documents: int | None = None  # of the supply; None while the supply is an estimate
    holdout: Holdout | None = None

    @property
    def epochs(self) -> float:
        """How often the supply is read."""
        return self.target_tokens / self.supply_tokens if self.supply_tokens else 0.0

    @property
    def unique_tokens(self) -> int:
        """Tokens written that were not written before."""
        return min(self.target_tokens, self.supply_tokens)

    @property
    def repeated_tokens(self) -> int:
        """Tokens written again."""
        return self.target_tokens - self.unique_tokens

    @property
    def unused_tokens(self) -> int:
        """Tokens of the supply that are not written."""
        return self.supply_tokens - self.unique_tokens


class MixPlan(_Plain):
    """A whole mixture in plain numbers."""

    seq_len: int
    seed: int
    total_tokens: int
    total_windows: int
    nodes: tuple[NodePlan, ...]
    parts: tuple[PartPlan, ...]
    settlement_windows: tuple[SettlementWindow, ...] = ()

    def tree(self) -> Tree:
        """Return the tree that the order of the windows is planned on."""
        return order_tree(self.nodes, [node.windows for node in self.nodes])


def outline(settings: MixtureSettings, seq_len: int, seed: int, supply: Mapping[str, Supply]) -> MixPlan:
    """Return the plan for a supply, without the order of the windows; the supply may be an estimate, and too small.

    Args:
        supply: by path of part, without the hold-out.

    Raises:
        SupplyError: the total follows from the supply of a part that has not enough for one window.
    """
    tree = branches(settings)
    total = total_tokens(settings, supply, seq_len)
    tokens = targets(tree, total)
    counts = window_counts(tree, tokens, seq_len)
    leaves = [branch for branch in tree if branch.part is not None]
    shares = zip(leaves, part_windows(tree, tokens, seq_len), strict=True)
    return MixPlan(
        seq_len=seq_len,
        seed=seed,
        total_tokens=total,
        total_windows=counts[0],
        nodes=tuple(_node_plan(branch, *share) for branch, *share in zip(tree, tokens, counts, strict=True)),
        parts=tuple(_part_plan(branch, share, supply[branch.path], seq_len) for branch, share in shares),
    )


def _node_plan(branch: Branch, tokens: int, windows: int) -> NodePlan:
    return NodePlan(
        path=branch.path,
        weight=branch.settings.weight if branch.settings else 1,
        parent=branch.parent,
        part=branch.part,
        target_tokens=tokens,
        windows=windows,
    )


def _part_plan(branch: Branch, share: PartWindows, supply: Supply, seq_len: int) -> PartPlan:
    assert branch.settings is not None
    return PartPlan(
        path=branch.path,
        sources=branch.settings.from_ or (),
        target_tokens=share.full * seq_len + share.remainder,
        windows=share.windows,
        full_windows=share.full,
        remainder=share.remainder,
        supply_tokens=supply.tokens,
        supply_documents=supply.documents,
        max_epochs=branch.settings.max_epochs,
    )


def plan_mixture(
    settings: MixtureSettings,
    seq_len: int,
    seed: int,
    stores: Mapping[str, SourceStore],
    listen: Callable[[int], None] | None = None,
) -> tuple[MixPlan, Order]:
    """Return the plan of a mixture and the order of its windows.

    Args:
        stores: by name of source.
        listen: is told how many windows of the order were planned, step by step.

    Raises:
        SupplyError: a part has too few tokens for its hold-out or its target; the message says what would work.
    """
    tree = branches(settings)
    streams, holdouts = {}, {}
    for branch in tree:
        if branch.part is not None:
            below = _stores_of(branch, stores)
            holdouts[branch.path] = hold_out(branch.path, below, branch.holdout_tokens, seq_len)
            streams[branch.path] = part_stream(branch.path, below, seed, holdouts[branch.path])
    supply = {path: stream.supply for path, stream in streams.items()}
    plan = outline(settings, seq_len, seed, supply)
    check_supply(tree, [node.target_tokens for node in plan.nodes], supply, seq_len)
    order = Order.plan(plan.tree(), listen)
    windows = [PartWindows(part.windows, part.full_windows, part.remainder) for part in plan.parts]
    parts = [
        part.model_copy(
            update={
                "holdout": holdouts[part.path],
                "unused_documents": part.supply_documents - streams[part.path].documents_before(part.target_tokens),
            }
        )
        for part in plan.parts
    ]
    settlement = tuple(settle(windows, order, seq_len))
    return plan.model_copy(update={"parts": tuple(parts), "settlement_windows": settlement}), order


def _stores_of(branch: Branch, stores: Mapping[str, SourceStore]) -> list[SourceStore]:
    assert branch.settings is not None
    return [stores[source] for source in branch.settings.from_ or ()]


def training_streams(plan: MixPlan, stores: Mapping[str, SourceStore]) -> list[DocumentStream]:
    """Return the training stream of every part, in the order of the parts."""
    return [part_stream(p.path, [stores[source] for source in p.sources], plan.seed, p.holdout) for p in plan.parts]


def holdout_streams(plan: MixPlan, stores: Mapping[str, SourceStore]) -> list[DocumentStream | None]:
    """Return the stream of what is held out of every part, in the order of the parts; None where nothing is."""
    return [holdout_stream([stores[s] for s in p.sources], p.holdout) if p.holdout else None for p in plan.parts]
