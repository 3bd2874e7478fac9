"""What is asked of the model that Composer trains beside its steps, in the precision in which it trains."""

from collections.abc import Sequence
from functools import partial

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import State
from composer.core.precision import get_precision_context
from composer.utils import model_eval_mode

from ixigen_train.forgetting.measure import HeldOut, Score, Windows, measure
from ixigen_train.foundry.model import CausalLM, Inputs
from ixigen_train.models.isolation import head_gap_of, leak_of


def device() -> torch.device:
    """Return the device of this rank."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def scores_of(state: State, held_out: HeldOut) -> dict[str, Score]:
    """Return the score of each part; all ranks call it, and all get the same."""

    def scorer(windows: Windows) -> torch.Tensor:
        return _nll(state, windows.input_ids, windows.position_ids, windows.labels, windows.documents)

    return measure(state.model, scorer, held_out, device())


def leak_in(state: State, vocabulary: int) -> float:
    """Return by how much documents see those before them; all ranks call it, and all get the same."""
    with model_eval_mode(state.model):
        return leak_of(partial(_nll, state), vocabulary, device())


def head_gap_in(state: State, vocabulary: int) -> float:
    """Return how far losses are from those of the model's own logits; all ranks call it, and all get the same."""
    model = state.model
    assert isinstance(model, CausalLM), "`ixigen_windows` feeds `ixigen_causal_lm`"
    with model_eval_mode(model):
        return head_gap_of(model.nll, partial(_nll, state), vocabulary, device())


def _nll(
    state: State,
    ids: torch.Tensor,
    positions: torch.Tensor,
    labels: torch.Tensor,
    documents: Sequence[tuple[int, ...]],
) -> torch.Tensor:
    windows: Inputs = {"input_ids": ids, "position_ids": positions, "labels": labels, "documents": documents}
    with get_precision_context(state.precision, state.precision_config):
        nll: torch.Tensor = state.model(windows)
    return nll
