"""Which windows of a step have a loss that is no number; the device is asked once the step's sums say that one has."""

from collections.abc import Sequence

import torch
import torch.distributed as dist


class WindowLosses:
    """The loss of each window of a rank's share of a step, kept on the device."""

    def __init__(self) -> None:
        self._sums: list[torch.Tensor] = []  # (windows of the microbatch,) each

    @torch.no_grad()
    def add(self, nll: torch.Tensor) -> None:
        """Add a microbatch. nll: (windows, seq_len - 1)."""
        self._sums.append(nll.detach().sum(dim=1))

    def clear(self) -> None:
        """Begin another step."""
        self._sums.clear()

    def not_finite(self) -> tuple[int, ...]:
        """Return the places in this rank's share, from 0, of windows whose loss is not finite; waits for the device."""
        if not self._sums:
            return ()
        return tuple(torch.nonzero(~torch.isfinite(torch.cat(self._sums))).flatten().tolist())


def gathered(places: Sequence[int]) -> list[tuple[int, ...]]:
    """Return what each rank has, by rank; every rank calls it."""
    if not dist.is_initialized():
        return [tuple(places)]
    told: list[tuple[int, ...]] = [()] * dist.get_world_size()
    dist.all_gather_object(told, tuple(places))
    return told
