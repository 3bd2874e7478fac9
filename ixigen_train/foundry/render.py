"""A training recipe as an LLM-Foundry configuration: plain data that LLM-Foundry itself can run."""

import yaml
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.loggers import loggers_of, run_name
from ixigen_train.recipe.settings import FsdpSettings, TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.windows.course import CoursePlan
from ixigen_train.windows.serving import Serving

Config = dict[str, JsonValue]

_WAY_OUT = "or `python -m ixigen_train.reference`, which can"
_COLLECTIVE_SECONDS = 1800.0  # a rank may wait so long for another one: a first fetch of shards, a checkpoint


def render(recipe: TrainRecipe, plan: CoursePlan, seq_len: int, folder: RunFolder, ranks: int) -> Config:
    """Return the configuration of a run.

    The callbacks of hooks and checkpoints get two keys each: `folder`, the run's, and `recipe`, all of it.

    Args:
        plan: which windows every step serves; it stands under `train_loader.plan`.
        seq_len: tokens of a window.
        ranks: over all machines.

    Raises:
        IxigenError: the batch cannot be divided among the ranks, or a setting is one that Composer's FSDP2 has not.
    """
    share = len(Serving(plan.batch_windows, plan.batch_windows).share(0, 0, ranks))
    return {
        "variables": {"folder": str(folder.root), "recipe": recipe.model_dump(mode="json")},
        "run_name": run_name(recipe, folder),
        "seed": recipe.seed,
        "max_seq_len": seq_len,
        "max_duration": f"{plan.steps}ba",
        "precision": {"bf16": "amp_bf16", "fp32": "fp32"}[recipe.precision],
        "global_train_batch_size": plan.batch_windows,
        "device_train_microbatch_size": min(recipe.batch.microbatch, share),
        "accumulate_train_batch_on_tokens": True,  # the loss is the mean over all labels of the global batch
        "spin_dataloaders": False,  # ours begins at the right window
        "tokenizer": {},  # windows are tokens already
        "model": _model(recipe),
        "train_loader": {
            "name": "ixigen_windows",
            "plan": plan.model_dump(mode="json"),
            "cache": recipe.data.cache or str(folder.cache),
            "cache_limit": recipe.data.cache_limit,
        },
        "optimizer": _optimizer(recipe),
        "scheduler": {"name": "ixigen_schedule", "steps": plan.steps, **recipe.schedule.model_dump(mode="json")},
        "algorithms": {"ixigen_clipping": {"limit": recipe.optimizer.clip}},
        "fsdp_config": _fsdp(recipe.fsdp),
        "callbacks": {
            "ixigen_steps": {"seed": recipe.seed},
            "ixigen_hooks": _callback(),
            "ixigen_checkpoints": _callback() | ({} if folder.url is None else {"mirror": folder.url}),
        },
        "loggers": loggers_of(recipe, folder),
        "log_config": bool(recipe.loggers),
        "log_to_console": False,  # the hooks tell progress
        "python_log_level": None,
        "dist_timeout": _COLLECTIVE_SECONDS,
    }


def to_yaml(config: Config) -> str:
    """Return the file that `llmfoundry.command_utils.train_from_yaml` reads."""
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)


def _model(recipe: TrainRecipe) -> Config:
    return {
        "name": "ixigen_causal_lm",
        "settings": recipe.model.model_dump(mode="json"),
        "seed": recipe.seed,
        "activation_checkpointing": recipe.fsdp.activation_checkpointing,
    }


def _optimizer(recipe: TrainRecipe) -> Config:
    settings = recipe.optimizer
    return {
        "name": "ixigen_adamw",
        "lr": settings.lr,
        "betas": list(settings.betas),
        "eps": settings.eps,
        "weight_decay": settings.weight_decay,
    }


def _fsdp(settings: FsdpSettings) -> Config:
    """Return FSDP2's settings; on one rank LLM-Foundry leaves them aside."""
    if settings.shard != "full":
        raise IxigenError(f"fsdp.shard: {settings.shard}: Composer's FSDP2 cannot; use full, {_WAY_OUT}")
    if settings.cpu_offload:
        raise IxigenError(f"fsdp.cpu_offload: Composer's FSDP2 cannot; use false and more ranks, {_WAY_OUT}")
    return {"reshard_after_forward": True, "mixed_precision": "DEFAULT", "state_dict_type": "sharded"}


def _callback() -> Config:
    return {"folder": "${variables.folder}", "recipe": "${variables.recipe}"}
