"""A model that takes no time, its optimizer, and a place in a course."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.windows.course import CoursePlan

RECIPE = TrainRecipe.model_validate({"name": "a", "model": {"path": "m"}, "batch": {"windows": 4}})


class Tied(nn.Module):
    """Two names for one weight, and a buffer."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.embed = nn.Embedding(8, width)
        self.head = nn.Linear(width, 8, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.embed(ids))
        return logits


@dataclass
class Small:
    """A model under training."""

    model: nn.Module
    optimizer: torch.optim.Optimizer

    @classmethod
    def seeded(cls, seed: int, lr: float = 0.1, width: int = 6) -> "Small":
        torch.manual_seed(seed)
        model = Tied(width)
        return cls(model, torch.optim.AdamW(model.parameters(), lr=lr))

    def step(self) -> None:
        loss = self.model(torch.arange(8)).square().mean()
        torch.autograd.backward(loss)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def weights(self) -> list[float]:
        return [value for each in self.model.state_dict().values() for value in each.flatten().tolist()]

    def save(self, checkpoints: Checkpoints, step: int) -> Path:
        return checkpoints.save(self.model, self.optimizer, place(step))

    def load(self, checkpoints: Checkpoints, checkpoint: Path) -> Place:
        return checkpoints.load(checkpoint, self.model, self.optimizer)


def place(step: int) -> Place:
    plan = CoursePlan.model_validate(
        {"stretches": [{"shards": "s", "digest": "0" * 32, "steps": 99}], "batch_windows": 4}
    )
    return Place(step=step, tokens={"telco": step * 100}, course=plan, recipe=RECIPE.deciding(), ranks=1)
