"""The negative log-likelihood of every label, from logits of some tokens at a time."""

from collections.abc import Callable
from functools import partial

import torch
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from ixigen_train.metering.part_sums import IGNORED

Head = Callable[[torch.Tensor], torch.Tensor]  # (tokens, hidden) -> (tokens, vocabulary)


def nll_of(hidden: torch.Tensor, head: Head, labels: torch.Tensor, chunk_tokens: int, again: bool) -> torch.Tensor:
    """Return the negative log-likelihood of labels, in nats and fp32.

    Logits are made for some tokens at a time, in the head's precision, and reduced in fp32.

    Args:
        hidden: (windows, length, hidden): the last hidden state that predicts each label.
        head: makes logits of it.
        labels: (windows, length), those of the tokens that follow; IGNORED where no loss counts.
        chunk_tokens: whose logits are made at a time.
        again: the backward pass makes the logits again, so that never more than a chunk of them is there.

    Returns:
        (windows, length); 0 where the label is IGNORED.
    """
    rows = torch.split(hidden.flatten(0, 1), chunk_tokens)
    targets = torch.split(labels.flatten(), chunk_tokens)
    chunk = partial(checkpoint, _chunk, use_reentrant=False, preserve_rng_state=False) if again else _chunk
    parts = [chunk(row, head, target) for row, target in zip(rows, targets, strict=True)]
    return torch.cat(parts).view(labels.shape).clone()  # FSDP warns where a module returns a view


def nll_of_logits(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the same of logits that are there. logits: (windows, length, vocabulary)."""
    flat = cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return flat.view(labels.shape).clone()


def mean_nll(nll: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean over labels that count; 0 where none does. Shapes of both are alike."""
    return nll.sum() / (labels != IGNORED).sum().clamp(min=1)


def _chunk(hidden: torch.Tensor, head: Head, labels: torch.Tensor) -> torch.Tensor:
    return cross_entropy(head(hidden).float(), labels, ignore_index=IGNORED, reduction="none")
