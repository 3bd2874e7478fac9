"""What a token costs and what the devices give, of the run at hand; None where it is not known."""

from collections.abc import Mapping, Sequence

import torch
from pydantic import JsonValue

from ixigen_data.shards.manifest import Manifest
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.sizing.devices import peak_flops
from ixigen_train.sizing.flops import flops_per_token
from ixigen_train.sizing.shape import shape_of


def flops_of(config: Mapping[str, JsonValue], manifests: Sequence[Manifest]) -> float | None:
    """Return the FLOPs of a token, forward and backward.

    A token attends within its document alone, so the context is the mean length of the documents, at most a window.
    Long documents have more tokens than short ones, so this is less than what the model needs: a told utilization errs
    on the low side.

    Args:
        config: a model's config.json.
        manifests: of the datasets that it trains on.
    """
    shape = shape_of(config)
    documents = sum(part.documents for manifest in manifests for part in manifest.parts)
    if shape is None or not documents:
        return None
    tokens = sum(part.unique_tokens for manifest in manifests for part in manifest.parts)
    return flops_per_token(shape, max(1, min(manifests[0].seq_len, tokens // documents)))


def peak_of(recipe: TrainRecipe, ranks: int) -> float | None:
    """Return the FLOP/s of all ranks' devices together."""
    if not torch.cuda.is_available():
        return None
    peak = peak_flops(torch.cuda.get_device_name(), recipe.precision)
    return None if peak is None else peak * ranks
