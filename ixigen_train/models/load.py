"""Open a causal language model by folder or hub id."""

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.seeds import seed_for
from ixigen_train.recipe.settings import ModelSettings


def load_model(settings: ModelSettings, seed: int = 0, empty: bool = False) -> PreTrainedModel:
    """Return a causal language model in fp32: the master weights that an optimizer steps on.

    Args:
        seed: of random weights; the same seed gives the same weights on every rank.
        empty: parameters without values, on the meta device, for a rank that is given its share by another.

    Raises:
        IxigenError: there is no such model, or it cannot be opened so.
    """
    try:
        config = _config(settings)
        if empty:
            with torch.device("meta"):
                return _of_layout(config, settings)
        if settings.weights == "random":
            with torch.random.fork_rng():
                torch.manual_seed(seed_for(seed, "weights"))
                return _of_layout(config, settings)
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            settings.path, config=config, trust_remote_code=settings.trust_remote_code, dtype=torch.float32
        )
    except (OSError, ValueError, ImportError) as error:
        raise IxigenError(f"model: {settings.path}: {error}") from error
    return model


def decoder_layers(model: PreTrainedModel) -> tuple[nn.Module, ...]:
    """Return the layers of a model in their order: the units that FSDP divides.

    Raises:
        IxigenError: its layers do not stand in one list.
    """
    number = model.config.get_text_config().num_hidden_layers
    for module in model.base_model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == number:
            return tuple(module)
    raise IxigenError(f"{type(model).__name__}: has no list of {number} layers, so FSDP does not know how to divide it")


def checkpoint_activations(model: PreTrainedModel) -> None:
    """Let the backward pass compute every layer again instead of keeping what it made.

    Raises:
        IxigenError: the model cannot.
    """
    if not model.supports_gradient_checkpointing:
        raise IxigenError(f"fsdp.activation_checkpointing: {type(model).__name__} cannot; use false")
    model.gradient_checkpointing_enable({"use_reentrant": False})  # type: ignore[no-untyped-call]


def _config(settings: ModelSettings) -> PretrainedConfig:
    config: PretrainedConfig = AutoConfig.from_pretrained(
        settings.path,
        trust_remote_code=settings.trust_remote_code,
        attn_implementation=settings.attention,
        **settings.overrides,
    )
    unknown = [key for key in settings.overrides if not hasattr(config, key)]
    if unknown:
        raise IxigenError(f"model.overrides.{unknown[0]}: {type(config).__name__} has no such key")
    return config


def _of_layout(config: PretrainedConfig, settings: ModelSettings) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
        config, trust_remote_code=settings.trust_remote_code, dtype=torch.float32
    )
    return model
