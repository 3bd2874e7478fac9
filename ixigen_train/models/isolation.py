"""Whether a model keeps the documents of a window apart, and its loss is its own: asked of it before the first step.

It does where its attention takes position ids that restart for borders, as that of transformers 5 does. Code that comes
with a model may be older; every token would then see the documents before its own, and nothing would say so.
"""

from collections.abc import Callable, Sequence
from typing import Final

import torch

from ixigen_data.core.errors import IxigenError
from ixigen_train.models.window_nll import WindowNll
from ixigen_train.recipe.settings import TrainRecipe

# (windows, length) of ids, positions and labels, and each window's documents' lengths -> (windows, length - 1) of nats.
Nll = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Sequence[tuple[int, ...]]], torch.Tensor]

_DOCUMENT: Final = 16  # tokens
_HEAD_TOLERANCE: Final = {"fp32": 1e-3, "bf16": 5e-2}  # nats; a logit of 16 in bf16 is rounded by as much
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
    losses = nll(ids, positions, ids, [(_DOCUMENT, _DOCUMENT)] * 2)[:, _DOCUMENT:].float()
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


@torch.no_grad()
def head_gap_of(model: WindowNll, nll: Nll, vocabulary: int, device: torch.device) -> float:
    """Return by how much losses made in chunks differ from those of the model's own logits: a mean, in nats.

    Every rank calls it. `nll`: asks `model`.
    """
    if not model.in_chunks:
        return 0.0
    ids = torch.randint(0, vocabulary, (1, 4 * _DOCUMENT), generator=torch.Generator().manual_seed(17)).to(device)
    positions = torch.arange(4 * _DOCUMENT, device=device)[None]
    documents = [(4 * _DOCUMENT,)]
    chunked = nll(ids, positions, ids, documents)
    model.in_chunks = False
    try:
        return float((nll(ids, positions, ids, documents) - chunked).abs().float().mean())
    finally:
        model.in_chunks = True


def check_head(gap: float, recipe: TrainRecipe) -> None:
    """Check what `head_gap_of` has found.

    Raises:
        IxigenError: more stands between the last hidden state and the logits than the output embeddings.
    """
    if not gap <= _HEAD_TOLERANCE[recipe.precision]:
        raise IxigenError(
            f"model.path: {recipe.model.path}: losses are {gap:.2g} nats off those of its own logits, which more makes "
            "of the last hidden state than its output embeddings; this layout cannot be trained here, use another model"
        )
