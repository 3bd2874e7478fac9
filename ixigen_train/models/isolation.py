"""Whether a model keeps the documents of a window apart: asked of the model itself, before the first step.

It does where its attention takes position ids that restart for borders, as that of transformers 5 does. Code that comes
with a model may be older; every token would then see the documents before its own, and nothing would say so.
"""

from collections.abc import Callable
from typing import Final

import torch

from ixigen_data.core.errors import IxigenError
from ixigen_train.recipe.settings import TrainRecipe

# (windows, length) of ids, positions and labels -> (windows, length - 1) of nats.
Nll = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_DOCUMENT: Final = 16  # tokens
_TOLERANCE: Final = {"fp32": 1e-5, "bf16": 1e-2}  # nats; rounding is below, a document that is seen is far above


@torch.no_grad()
def leak_of(nll: Nll, vocabulary: int, device: torch.device) -> float:
    """Return how far the losses of a document move, in nats, when the one before it in the window is another.

    Every rank calls it: two windows of two documents each, of which the second are alike.
    """
    generator = torch.Generator().manual_seed(17)
    first, second = torch.randint(0, vocabulary, (2, 2, _DOCUMENT), generator=generator)
    second[1] = second[0]
    ids = torch.cat([first, second], dim=1).to(device)
    positions = torch.arange(_DOCUMENT, device=device).repeat(2, 2)
    losses = nll(ids, positions, ids)[:, _DOCUMENT:].float()
    return float((losses[0] - losses[1]).abs().max())


def check_isolation(leak: float, recipe: TrainRecipe) -> None:
    """Check what `leak_of` has found.

    Raises:
        IxigenError: documents see those before them.
    """
    if not leak <= _TOLERANCE[recipe.precision]:
        raise IxigenError(
            f"model.path: {recipe.model.path}: documents of a window see the ones before them: a loss moves by "
            f"{leak:.2g} nats where none should; attention that ignores position ids cannot train on packed windows, "
            "use the model's layout in transformers itself (trust_remote_code: false), or attention: sdpa"
        )
