"""The weights of a checkpoint in a model of transformers, on the CPU."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from transformers import PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.state import read_weights, weights_in
from ixigen_train.models.load import load_model
from ixigen_train.recipe.settings import ModelSettings

DTYPES: Mapping[str, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
GROUP_BYTES = 1 << 30  # read at a time: beside the weights in their new type, no more than this is held, or one tensor


def trained_model(settings: ModelSettings, checkpoint: Path, dtype: torch.dtype) -> PreTrainedModel:
    """Return the model that a checkpoint holds, its weights rounded to `dtype`; they are in memory once.

    Raises:
        IxigenError: the checkpoint is that of another model.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]
    model = load_model(settings, empty=True)
    weights: dict[str, torch.Tensor] = {}
    for names in groups(weights_in(checkpoint), GROUP_BYTES):
        weights |= {
            name: weight.to(dtype) if weight.is_floating_point() else weight
            for name, weight in read_weights(checkpoint, names).items()
        }
    missing, unknown = model.load_state_dict(weights, strict=False, assign=True)
    if unknown:
        raise IxigenError(f"{checkpoint}: holds {unknown[0]}, which {settings.path} does not have: another model")
    model.tie_weights()
    empty = [name for name, weight in model.named_parameters() if weight.is_meta]
    if empty:
        raise IxigenError(f"{checkpoint}: {empty[0]} of {settings.path} is missing there: another model")
    del missing  # tied weights, which stand there under one name
    return model


def groups(sizes: Mapping[str, int], limit: int) -> Iterator[list[str]]:
    """Yield names in their order, together at most `limit` bytes, or one alone.

    >>> list(groups({"a": 3, "b": 3, "c": 9, "d": 1}, 6))
    [['a', 'b'], ['c'], ['d']]
    """
    group: list[str] = []
    total = 0
    for name, size in sizes.items():
        if group and total + size > limit:
            yield group
            group, total = [], 0
        group.append(name)
        total += size
    if group:
        yield group
