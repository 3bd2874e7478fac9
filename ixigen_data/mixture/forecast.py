"""What a build will take and give: the mixture over an estimated supply, disk and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ixigen_data.mixture.estimate import SourceEstimate
from ixigen_data.mixture.plan import MixPlan, outline
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.supply import Supply, shortage
from ixigen_data.mixture.targets import branches

_TEXT_KEPT = 0.55  # cleaned text in the work folder, compressed by lz4: 0.5 to 0.6 on Korean, English and code
_LINEAGE_BYTES = 12  # of a document's piece in a window


@dataclass(frozen=True)
class Forecast:
    """A plan over estimates. Sizes in bytes, time in CPU-seconds."""

    plan: MixPlan
    sources: tuple[SourceEstimate, ...]
    warnings: tuple[str, ...]
    dataset_bytes: int
    work_bytes: int
    cpu_seconds: float
    exact: bool = False  # whether supply was counted in a token store


def forecast(
    settings: MixtureSettings, seq_len: int, seed: int, estimates: Sequence[SourceEstimate], token_bytes: int
) -> Forecast:
    """Return what a build will take and give.

    Args:
        estimates: of every source that feeds a part.
        token_bytes: of one token in the token store, 2 or 4.

    Raises:
        SupplyError: the total follows from the supply of a part that has not enough for one window.
    """
    supply, held = _supply(settings, seq_len, {estimate.source: estimate for estimate in estimates})
    plan = outline(settings, seq_len, seed, supply)
    short = shortage(branches(settings), [node.target_tokens for node in plan.nodes], supply, seq_len)
    tokens = sum(estimate.tokens for estimate in estimates)
    pieces = plan.total_windows + sum(estimate.documents for estimate in estimates)
    window_bytes = 4 * seq_len + seq_len // 8 + 6
    return Forecast(
        plan=plan,
        sources=tuple(estimates),
        warnings=() if short is None else (f"by the estimate, {short}",),
        dataset_bytes=(plan.total_windows + held // seq_len) * window_bytes + pieces * _LINEAGE_BYTES,
        # The token store is written twice: by chunk, then merged.
        work_bytes=round(_TEXT_KEPT * sum(estimate.text_bytes for estimate in estimates)) + 2 * tokens * token_bytes,
        cpu_seconds=sum(estimate.cpu_seconds for estimate in estimates),
    )


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
