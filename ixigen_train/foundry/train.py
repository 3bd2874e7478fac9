"""Run an LLM-Foundry configuration with our parts in its registries."""

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import Trainer
from llmfoundry import registry
from llmfoundry.command_utils import train as train_with_foundry
from omegaconf import DictConfig, OmegaConf

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.checkpointing import Checkpointing
from ixigen_train.foundry.hooks.callback import Hooks
from ixigen_train.foundry.hooks.clipping import Clipping
from ixigen_train.foundry.loader import build_windows_loader
from ixigen_train.foundry.model import CausalLM
from ixigen_train.foundry.render import Config
from ixigen_train.foundry.steps import Schedule, Steps


def train(config: Config) -> Trainer:
    """Train as `render` has written it down; every rank calls this. Return the finished trainer.

    Raises:
        IxigenError: the configuration does not fit the machine, the model or the data.
    """
    if config["precision"] == "amp_bf16" and not torch.cuda.is_available():
        raise IxigenError("precision: bf16 needs a GPU, and there is none here; use fp32")
    register()
    created = OmegaConf.create(config)
    assert isinstance(created, DictConfig)
    trainer: Trainer = train_with_foundry(created)
    return trainer


def register() -> None:
    """Put our parts into LLM-Foundry's registries, as the entry points of setup.cfg do for an installed package."""
    registry.dataloaders.register("ixigen_windows", func=build_windows_loader)
    registry.models.register("ixigen_causal_lm", func=CausalLM)
    registry.optimizers.register("ixigen_adamw", func=torch.optim.AdamW)
    registry.schedulers.register("ixigen_schedule", func=Schedule)
    registry.algorithms.register("ixigen_clipping", func=Clipping)
    registry.callbacks.register("ixigen_steps", func=Steps)
    registry.callbacks.register("ixigen_hooks", func=Hooks)
    registry.callbacks.register("ixigen_checkpoints", func=Checkpointing)
