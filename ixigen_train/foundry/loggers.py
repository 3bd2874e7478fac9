"""Composer's loggers with what a recipe leaves open: files in the run's folder, and one run there for all starts."""

import os
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from ixigen_data.core.digests import digest_value
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder

Settings = dict[str, JsonValue]
# A file store of MLflow's has a file for every metric: `loss` cannot stand beside the folder of `loss/telco`.
_TOTALS: Final = {name: f"total_{name}" for name in ("loss", "perplexity", "tokens", "bits_per_byte")}
# MLflow refuses a parameter that changes, and every metric that came with it; a start may be on other ranks.
_CHANGING: Final = (
    *("run_name", "variables", "loggers", "log_*", "callbacks", "model", "train_loader", "scheduler", "max_duration"),
    *("fsdp_config", "n_gpus", "num_*", "node_name", "device_*", "composer_*"),
)
_ELSEWHERE: Final = ("MLFLOW_TRACKING_URI", "DATABRICKS_TOKEN")  # where one is set, MLflow knows its server


def run_name(recipe: TrainRecipe, folder: RunFolder) -> str:
    """Return the name that Composer knows a run by: TensorBoard's folder, and the tag by which MLflow finds it again.

    Runs of one recipe in two places are two, on one server too: "telco-33b95e26" below one URL, another below another.
    """
    return f"{recipe.name}-{digest_value(folder.place)[:8]}"


def loggers_of(recipe: TrainRecipe, folder: RunFolder) -> Settings:
    """Return the loggers of a recipe; what it says itself stands."""
    identity = run_name(recipe, folder)
    ours: Mapping[str, Settings] = {
        "tensorboard": {"log_dir": str(folder.tracking)},
        "wandb": {"name": recipe.name, "init_kwargs": _wandb(folder, identity)},
        "mlflow": {"run_name": recipe.name, **_mlflow(folder)},
    }
    return {name: _merged(ours[name], settings) for name, settings in recipe.loggers.items()}


def _wandb(folder: RunFolder, identity: str) -> Settings:
    return {"id": identity, "resume": "allow", "allow_val_change": True, "dir": str(folder.tracking)}


def _mlflow(folder: RunFolder) -> Settings:
    found: Settings = {
        "resume": True,
        "rename_metrics": dict(_TOTALS),
        "ignore_hyperparameters": list(_CHANGING),
        "log_duplicated_metric_every_n_steps": 1,  # else a value that stays is left out for a hundred steps
    }
    here = not any(key in os.environ for key in _ELSEWHERE)
    return found | ({"tracking_uri": str(folder.tracking / "mlflow")} if here else {})


def _merged(ours: Settings, theirs: Mapping[str, JsonValue]) -> Settings:
    """Return both, theirs before ours, one level down too."""
    found = ours | dict(theirs)
    for key, value in ours.items():
        given = theirs.get(key)
        if isinstance(value, dict) and isinstance(given, dict):
            found[key] = value | given
    return found
