"""What a build will take and give: the mixture over an estimated supply, disk and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ixigen_data.core.units import format_percent, format_size
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.mixture.costs import Demand, MachineCost, StageCost, measure_pace, on_machine, scaled, stage_costs
from ixigen_data.mixture.estimate import SourceEstimate
from ixigen_data.mixture.plan import MixPlan, Shape, outline
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.supply import Supply, shortage
from ixigen_data.mixture.targets import branches

_ENOUGH_BYTES = 1 << 20


@dataclass(frozen=True)
class Forecast:
    """A plan over estimates, and what building it takes."""

    plan: MixPlan
    sources: tuple[SourceEstimate, ...]
    warnings: tuple[str, ...]
    stages: tuple[StageCost, ...]
    pace: float
    exact: bool = False  # whether supply was counted in a token store

    @property
    def text_bytes(self) -> int:
        """The cleaned text of all sources."""
        return sum(source.text_bytes for source in self.sources)

    @property
    def dataset_bytes(self) -> int:
        """The dataset."""
        return sum(stage.disk_bytes for stage in self.stages if stage.stage == "shards")

    @property
    def work_bytes(self) -> int:
        """The work folder, which may be removed when the dataset stands; later mixtures go faster with it."""
        return sum(stage.disk_bytes for stage in self.stages) - self.dataset_bytes

    def on(self, cores: int, scale_bytes: int | None = None) -> MachineCost:
        """Return what it takes on a machine of so many processors like this one.

        Args:
            scale_bytes: of cleaned text, in place of what the sources have: more files of the same make-up.
        """
        return on_machine(self.scaled_to(scale_bytes), cores, self.pace)

    def scaled_to(self, scale_bytes: int | None) -> tuple[StageCost, ...]:
        """Return the stages of a build from so much cleaned text; as they are for None."""
        return self.stages if scale_bytes is None else scaled(self.stages, scale_bytes / max(1, self.text_bytes))


def forecast(
    settings: MixtureSettings,
    shape: Shape,
    estimates: Sequence[SourceEstimate],
    token_bytes: int,
    near: NearSettings | None = None,
) -> Forecast:
    """Return what a build will take and give.

    Args:
        estimates: of every source that feeds a part.
        token_bytes: of one token in the token store, 2 or 4.
        near: how near-duplicates are looked for, if they are. A sample does not show them: supply may be smaller.

    Raises:
        SupplyError: the total follows from the supply of a part that has not enough for one window.
    """
    supply, held = _supply(settings, shape.seq_len, {estimate.source: estimate for estimate in estimates})
    plan = outline(settings, shape, supply)
    short = shortage(branches(settings), [node.target_tokens for node in plan.nodes], supply, shape.unit)
    warnings = [*_copies(estimates), *_little(estimates), *([f"by the estimate, {short}"] if short else [])]
    if near is not None:
        warnings.append("near-duplicates do not show in a sample: supply is smaller by as many as there are")
    pace = measure_pace()
    stages = stage_costs(estimates, Demand(plan, token_bytes, held, near, pace))
    return Forecast(plan, tuple(estimates), tuple(warnings), stages, pace)


def _supply(
    settings: MixtureSettings, seq_len: int, estimates: Mapping[str, SourceEstimate]
) -> tuple[dict[str, Supply], int]:
    """Return the supply of every part without its hold-out, and the tokens held out in all."""
    supply, held = {}, 0
    for branch in branches(settings):
        if branch.part is not None and branch.settings is not None:
            mine = [estimates[source] for source in branch.settings.from_ or ()]
            tokens, kept = sum(estimate.tokens for estimate in mine), -(-branch.holdout_tokens // seq_len) * seq_len
            supply[branch.path] = Supply(max(0, tokens - kept), sum(estimate.documents for estimate in mine))
            held += kept
    return supply, held


def _little(estimates: Sequence[SourceEstimate]) -> list[str]:
    text = sum(source.text_bytes for source in estimates)
    if text >= _ENOUGH_BYTES:
        return []
    return [f"{format_size(text)} of text in all: too little to tell from it how long a larger corpus takes"]


def _copies(estimates: Sequence[SourceEstimate]) -> list[str]:
    """Return a warning for each source that was read in part and has copies there."""
    told = []
    for source in estimates:
        if source.sampled < 1 and source.copies:
            read = source.documents * source.sampled + source.copies
            # Copies that lie anywhere are seen where both were read; those side by side, wherever one was.
            least = source.copies / read
            most = min(1.0, least / source.sampled)
            told.append(
                f"source {source.source}: {format_percent(least)} of the documents that were read equal earlier ones; "
                f"of all, up to {format_percent(most)} may, and supply is smaller by these"
            )
    return told
