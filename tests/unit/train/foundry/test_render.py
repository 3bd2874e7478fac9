import configparser
from pathlib import Path

import pytest
import yaml

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.render import render, to_yaml
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.windows.course import CoursePlan, Stretch

PLAN = CoursePlan(
    stretches=(
        Stretch(shards="s3://bucket/first", digest="a" * 32, steps=30),
        Stretch(shards="s3://bucket/second", digest="b" * 32, first_window=5, steps=10),
    ),
    batch_windows=64,
)
FOLDER = RunFolder(Path("runs/telco"))
RECIPE = {
    "name": "telco",
    "model": {"path": "Qwen/Qwen2.5-3B"},
    "batch": {"windows": 64, "microbatch": 4},
    "schedule": {"warmup": 0.05},
}


def recipe(**changes: object) -> TrainRecipe:
    return TrainRecipe.model_validate(RECIPE | changes)


def test_a_recipe_becomes_a_configuration() -> None:
    config = render(recipe(), PLAN, 32_768, FOLDER, ranks=8)
    assert config["max_duration"] == "40ba"
    assert config["max_seq_len"] == 32_768
    assert config["precision"] == "amp_bf16"
    assert (config["global_train_batch_size"], config["device_train_microbatch_size"]) == (64, 4)
    assert config["train_loader"] == {
        "name": "ixigen_windows",
        "plan": PLAN.model_dump(mode="json"),
        "cache": "runs/telco/cache",
        "cache_limit": None,
    }
    assert config["optimizer"] == {
        "name": "ixigen_adamw",
        "lr": 1e-5,
        "betas": [0.9, 0.95],
        "eps": 1e-8,
        "weight_decay": 0.1,
    }
    assert config["scheduler"] == {
        "name": "ixigen_schedule",
        "steps": 40,
        "kind": "cosine",
        "warmup": 0.05,
        "floor": 0.1,
    }
    assert list(config["callbacks"]) == ["ixigen_steps", "ixigen_hooks", "ixigen_checkpoints"]  # the order they run in
    assert "save_folder" not in config
    assert config["spin_dataloaders"] is False


def test_the_plan_and_the_recipe_can_be_read_back_from_the_file() -> None:
    told = recipe(fsdp={"activation_checkpointing": True}, data={"cache": "/fast", "cache_limit": "1GiB"})
    config = yaml.safe_load(to_yaml(render(told, PLAN, 4096, FOLDER, ranks=2)))
    assert CoursePlan.model_validate(config["train_loader"]["plan"]) == PLAN
    assert TrainRecipe.model_validate(config["variables"]["recipe"]) == told
    assert config["model"]["activation_checkpointing"] is True
    assert (config["train_loader"]["cache"], config["train_loader"]["cache_limit"]) == ("/fast", 1 << 30)


def test_a_microbatch_is_no_more_than_the_share_of_a_rank() -> None:
    assert render(recipe(), PLAN, 4096, FOLDER, ranks=32)["device_train_microbatch_size"] == 2


def test_loggers_get_the_runs_folder() -> None:
    loggers = {"tensorboard": {}, "wandb": {"project": "telco"}}
    config = render(recipe(loggers=loggers), PLAN, 4096, FOLDER, ranks=1)
    assert config["loggers"]["tensorboard"] == {"log_dir": "runs/telco/tracking"}
    assert config["loggers"]["wandb"]["project"] == "telco"
    assert config["log_config"] is True


def test_a_batch_that_ranks_cannot_share_is_refused() -> None:
    with pytest.raises(IxigenError, match=r"^batch\.windows: 64 is no multiple of 3 ranks; use 1, 2, 4, 8, 16, 32, 64"):
        render(recipe(), PLAN, 4096, FOLDER, ranks=3)


@pytest.mark.parametrize(
    ("fsdp", "told"),
    [
        ({"shard": "hybrid"}, r"^fsdp\.shard: hybrid: Composer's FSDP2 cannot; use full, or `python -m .*reference`"),
        ({"cpu_offload": True}, r"^fsdp\.cpu_offload: Composer's FSDP2 cannot; use false and more ranks, or `python"),
    ],
)
def test_what_composers_fsdp2_cannot_is_refused(fsdp: dict[str, object], told: str) -> None:
    with pytest.raises(IxigenError, match=told):
        render(recipe(fsdp=fsdp), PLAN, 4096, FOLDER, ranks=2)


def test_every_part_of_the_configuration_is_an_entry_point_of_the_package() -> None:
    config = render(recipe(), PLAN, 4096, FOLDER, ranks=2)
    used = {
        "llmfoundry_dataloaders": {config["train_loader"]["name"]},
        "llmfoundry_models": {config["model"]["name"]},
        "llmfoundry_optimizers": {config["optimizer"]["name"]},
        "llmfoundry_schedulers": {config["scheduler"]["name"]},
        "llmfoundry_algorithms": set(config["algorithms"]),
        "llmfoundry_callbacks": set(config["callbacks"]),
    }
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).resolve().parents[4] / "setup.cfg", encoding="utf-8")
    told = {
        group: {line.partition("=")[0].strip() for line in lines.splitlines() if line}
        for group, lines in setup["options.entry_points"].items()
        if group.startswith("llmfoundry_")
    }
    assert told == used
