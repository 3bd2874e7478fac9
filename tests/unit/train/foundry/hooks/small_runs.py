"""Small runs of Composer in this process, over tests/dataset.py."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import JsonValue
from transformers import AutoModelForCausalLM

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    from composer import Trainer

    from ixigen_train.foundry.render import render
    from ixigen_train.foundry.train import train

from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.windows.course import Course
from ixigen_train.windows.plan import plan_course
from tests.dataset import write_dataset
from tests.unit.train.models.layouts import layout, model_settings

BATCH = 4  # windows; of the 18, two are left over


def small_recipe(folder: Path, changes: Mapping[str, object] | None = None) -> TrainRecipe:
    """Write a model's folder, without weights, and return a recipe of four steps."""
    keys = {
        "name": "small",
        "model": model_settings(folder),
        "precision": "fp32",
        "batch": {"windows": BATCH, "microbatch": 2},
        "optimizer": {"lr": 1e-2, "clip": 0.5},
        "schedule": {"warmup": 1},
        "evaluation": {"every": 2},
    }
    return TrainRecipe.model_validate(keys | dict(changes or {}))


def small_course(folder: Path, recipe: TrainRecipe) -> Course:
    """Write the dataset, unless it is there, and return the course of a recipe over it."""
    if not (folder / "data" / "manifest.json").exists():
        write_dataset(str(folder / "data"))
    return Course.open(plan_course(recipe, str(folder / "data")), None, None)


def run(
    recipe: TrainRecipe, course: Course, folder: RunFolder, changes: Mapping[str, JsonValue] | None = None
) -> Trainer:
    """Train a recipe on one rank. `changes`: keys of the configuration."""
    folder.make()
    config = render(recipe, course.plan, course.seq_len, folder, ranks=1)
    return train(config | {"loggers": {"inmemory": {}}} | dict(changes or {}))


def poisoned(recipe: TrainRecipe, folder: Path, token: int) -> TrainRecipe:
    """Write weights in which the embedding of a token is no number, and return the recipe that takes them."""
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(layout("llama"))
    with torch.no_grad():
        model.get_input_embeddings().weight[token] = float("nan")
    model.save_pretrained(folder)
    settings = recipe.model.model_copy(update={"path": str(folder), "weights": "pretrained"})
    return recipe.model_copy(update={"model": settings})


def late_token(course: Course) -> tuple[int, int, list[int]]:
    """Return a token that no window has before the third step, that step, from 0, and its windows that have it."""
    batches = [course.batch(step, 0, 1).input_ids for step in range(course.steps)]
    early = set(batches[0].flatten().tolist()) | set(batches[1].flatten().tolist())
    token = min(set(batches[2].flatten().tolist()) - early)
    return token, 2, [2 * BATCH + row for row in range(BATCH) if token in batches[2][row]]
