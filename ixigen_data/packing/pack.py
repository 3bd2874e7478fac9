"""Windows of a planned mixture, by the method of its recipe."""

from collections.abc import Sequence

from ixigen_data.mixture.plan import Mix
from ixigen_data.mixture.pools import Fitter
from ixigen_data.packing.best_fit import BestFit, Documents, pack_best_fit
from ixigen_data.packing.concat import pack_concat
from ixigen_data.packing.lineage import Lineage
from ixigen_data.packing.settings import PackingSettings
from ixigen_data.packing.windows import Windows


def fitter_of(settings: PackingSettings) -> Fitter | None:
    """Return what counts the windows of a mixture when it is planned; None where they follow from its tokens."""
    return BestFit(settings.seq_len) if settings.method == "best_fit" else None


def pack_windows(mix: Mix, streams: Sequence[Documents], start: int, stop: int, pad: int) -> tuple[Windows, Lineage]:
    """Return windows start … stop - 1 of a mixture, and where their tokens come from.

    Args:
        streams: the training stream of every part, in the order of the parts.
        pad: the id of pad.
    """
    if mix.plan.method == "best_fit":
        return pack_best_fit(mix, streams, start, stop, pad)
    return pack_concat(mix.plan, mix.order, streams, start, stop)
