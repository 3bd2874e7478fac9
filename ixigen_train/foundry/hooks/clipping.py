"""Clipping that remembers the norm; LLM-Foundry's own does not tell it."""

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import Algorithm, Event, Logger, State

from ixigen_train.metering.gradients import clip_gradients


class Clipping(Algorithm):
    """Scales the gradients of a step down to a norm of `limit`; registered as `ixigen_clipping`."""

    def __init__(self, limit: float | None = None) -> None:
        """A `limit` of None measures alone."""
        self.limit = limit
        self.norm: torch.Tensor | None = None  # of the last step, before clipping; a scalar on the device

    def match(self, event: Event, state: State) -> bool:
        """Return whether the gradients of all microbatches are there."""
        del state
        return event == Event.AFTER_TRAIN_BATCH

    def apply(self, event: Event, state: State, logger: Logger) -> None:
        """Clip."""
        del event, logger
        self.norm = clip_gradients(state.model.parameters(), self.limit)
