"""Hold-outs measured on the model that Composer trains, in the precision in which it trains."""

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import State
from composer.core.precision import get_precision_context

from ixigen_train.forgetting.measure import HeldOut, Score, Windows, measure


def device() -> torch.device:
    """Return the device of this rank."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def scores_of(state: State, held_out: HeldOut) -> dict[str, Score]:
    """Return the score of each part; all ranks call it, and all get the same."""

    def scorer(windows: Windows) -> torch.Tensor:
        batch = {
            "input_ids": windows.input_ids,
            "position_ids": windows.position_ids,
            "labels": windows.labels,
        }
        with get_precision_context(state.precision, state.precision_config):
            nll: torch.Tensor = state.model(batch)
        return nll

    return measure(state.model, scorer, held_out, device())
