"""One rank of a comparison: LLM-Foundry runs a file of ours, then the reference loop trains the same.

Started by torch.distributed.run with the folders of runs, each with `foundry.yaml`; `compat` is all that this process
knows of us before LLM-Foundry reads the file.
"""

import json
import sys
from pathlib import Path

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from llmfoundry.command_utils import train_from_yaml
from torch import distributed as dist


def main() -> None:
    foreign = [name for name in sys.modules if name.startswith("ixigen_train") and "compat" not in name]
    assert foreign == ["ixigen_train", "ixigen_train.foundry"], foreign
    for folder in map(Path, sys.argv[1:]):
        trainer = train_from_yaml(str(folder / "foundry.yaml"))
        told = compared(trainer.state.model.lm, folder)
        if dist.get_rank() == 0:
            (folder / "compared.json").write_text(json.dumps(told), encoding="utf-8")


def compared(ours: torch.nn.Module, folder: Path) -> dict[str, object]:
    """Return what the reference loop measures at each step, and how far its weights end up from ours."""
    from ixigen_train.models.load import load_model
    from ixigen_train.recipe.settings import TrainRecipe
    from ixigen_train.reference import Reference
    from ixigen_train.runs.metrics import read_metrics
    from ixigen_train.windows.course import Course, CoursePlan

    recipe = TrainRecipe.model_validate_json((folder / "recipe.json").read_bytes())
    plan = CoursePlan.model_validate_json((folder / "plan.json").read_bytes())
    reference = Reference(recipe, Course.open(plan, None, None))
    steps = [reference.train_step() for _ in range(plan.steps)]
    return {
        "reference": [{"loss": step.loss, "lr": step.lr, "norm": step.grad_norm, "nll": step.nll} for step in steps],
        "ours": [line for line in read_metrics(folder / "metrics.jsonl") if line["step"]],
        "distance": distance(ours, reference.model),
        "moved": distance(ours, load_model(recipe.model, recipe.seed)),
        "is_sharded": hasattr(next(ours.parameters()), "full_tensor"),
    }


def distance(one: torch.nn.Module, other: torch.nn.Module) -> float:
    """Return the largest difference between two models' weights; every rank calls it."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((whole(ours) - whole(theirs)).abs().max()) for ours, theirs in pairs)


def whole(parameter: torch.Tensor) -> torch.Tensor:
    """Return all of a parameter that is divided among ranks."""
    return getattr(parameter.detach(), "full_tensor", parameter.detach)()


if __name__ == "__main__":
    main()
