"""The norm of the gradients, and clipping to it."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.distributed.tensor import DTensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm


@torch.no_grad()
def clip_gradients(parameters: Iterable[nn.Parameter], limit: float | None) -> torch.Tensor:
    """Scale the gradients down to a norm of `limit`, as torch's `clip_grad_norm_` does, and return the norm before it.

    The norm is over all ranks, a scalar on the device; nobody waits for it here. A `limit` of None measures alone.
    """
    known = [parameter for parameter in parameters if parameter.grad is not None]
    norm = get_total_norm([parameter.grad for parameter in known if parameter.grad is not None])
    if isinstance(norm, DTensor):
        norm = norm.full_tensor()  # of gradients that FSDP2 divided: the one reduction over ranks
    if limit is not None:
        clip_grads_with_norm_(known, limit, norm)
    return norm
