"""Loss by part: sums and counts in float64, never means, so that parts add up to the total."""

from dataclasses import dataclass

import torch
import torch.distributed as dist

IGNORED = -100  # a label that no loss counts


@dataclass(frozen=True)
class StepSums:
    """Sums over all ranks since the last reduction, by part."""

    nll: tuple[float, ...]  # nats
    labels: tuple[int, ...]
    bytes: tuple[int, ...]  # of the text behind the labels; zeros where the vocabulary is not known
    tokens: tuple[int, ...]  # pad left out


class PartSums:
    """Adds up microbatches on the device; one all-reduce a step."""

    def __init__(self, parts: int, device: torch.device, token_bytes: torch.Tensor | None = None) -> None:
        """token_bytes: (vocabulary,) bytes of text of each id, or None."""
        self._token_bytes = None if token_bytes is None else token_bytes.to(device)
        self._sums = torch.zeros(4, parts, dtype=torch.float64, device=device)

    @torch.no_grad()
    def add(self, nll: torch.Tensor, labels: torch.Tensor, part: torch.Tensor) -> None:
        """Add the windows of a microbatch.

        Args:
            nll: (windows, seq_len - 1), of labels[:, 1:], 0 where ignored.
            labels: (windows, seq_len), not shifted.
            part: (windows, seq_len), -1 at pad.
        """
        targets, owners = labels[:, 1:].flatten(), part[:, 1:].flatten().long().clamp(min=0)
        counted = (targets != IGNORED).double()
        weights = [nll.detach().flatten().double(), counted]
        if self._token_bytes is not None:
            weights.append(self._token_bytes[targets.clamp(min=0)].double() * counted)
        # Not bincount: it waits for a CUDA device, to learn the largest index.
        for row, weight in enumerate(weights):
            self._sums[row].index_add_(0, owners, weight)
        inked = part.flatten().long()
        self._sums[3].index_add_(0, inked.clamp(min=0), (inked >= 0).double())

    def reduced(self) -> StepSums:
        """Return the sums over all ranks, and begin anew."""
        sums = self._sums.clone()
        if dist.is_initialized() and dist.get_world_size() > 1:
            dist.all_reduce(sums)
        self._sums.zero_()
        nll, labels, text, tokens = sums.tolist()
        return StepSums(tuple(nll), *(tuple(map(int, row)) for row in (labels, text, tokens)))
