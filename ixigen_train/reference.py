"""The reference loop: the same training on torch alone (FSDP2), without a Mosaic package.

Tests hold the Composer run equal to it, step by step; and it is the way on where those packages no longer run. Start it
as `torchrun --nproc-per-node N -m ixigen_train.reference RECIPE SHARDS OUT`.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn.utils import clip_grad_norm_
from transformers import AutoConfig, AutoModelForCausalLM

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import write_bytes
from ixigen_data.shards.manifest import Manifest
from ixigen_train.recipe.schedule import learning_rate
from ixigen_train.recipe.settings import ModelSettings, TrainRecipe
from ixigen_train.windows.batch import IGNORED, Batch, Batcher
from ixigen_train.windows.dataset import WindowStream, training_windows
from ixigen_train.windows.serving import Serving
from ixigen_train.windows.shard_cache import ShardCache


@dataclass(frozen=True)
class StepLoss:
    """What a step summed over all ranks."""

    step: int
    lr: float
    nll: tuple[float, ...]  # by part, in nats
    labels: tuple[int, ...]  # by part
    tokens: tuple[int, ...]  # by part, those that no loss counts too

    @property
    def loss(self) -> float:
        """The mean over all labels."""
        return sum(self.nll) / sum(self.labels)


class Reference:
    """A run: model, optimizer and the place in the dataset."""

    def __init__(self, recipe: TrainRecipe, url: str) -> None:
        self.recipe = recipe
        self.manifest = Manifest.load(url)
        self.step = 0
        self._windows: WindowStream = training_windows(self.manifest, ShardCache(url))
        self._batcher = Batcher(self.manifest)
        self.serving = Serving(len(self._windows), recipe.batch.windows_of(self.manifest.seq_len))
        self.steps = recipe.steps or self.serving.steps
        self.device = (
            torch.device("cuda", int(os.environ["LOCAL_RANK"])) if torch.cuda.is_available() else torch.device("cpu")
        )
        torch.manual_seed(recipe.seed)
        self.model = _sharded(load_model(recipe.model).to(self.device), recipe)
        settings = recipe.optimizer
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.lr,
            betas=settings.betas,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
        )

    def train_step(self) -> StepLoss:
        """Take a step and return its loss before it."""
        recipe = self.recipe
        lr = learning_rate(recipe.schedule, recipe.optimizer.lr, self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        share = self.serving.share(self.step, dist.get_rank(), dist.get_world_size())
        batch = self._batcher.batch(share.start, self._windows.read(share))
        # Gradients are averaged over ranks, so the mean over all labels is the sum over these times the ranks.
        labels = torch.tensor([(batch.labels != IGNORED).sum()], dtype=torch.int64, device=self.device)
        dist.all_reduce(labels)
        scale = dist.get_world_size() / int(labels)
        sums = torch.zeros(3, len(self.manifest.parts), dtype=torch.float64, device=self.device)
        for piece in _microbatches(batch, recipe.batch.microbatch):
            sums += self._backward(piece, scale)
        if recipe.optimizer.clip is not None:
            clip_grad_norm_(self.model.parameters(), recipe.optimizer.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        dist.all_reduce(sums)
        nll, counted, tokens = sums.tolist()
        self.step += 1
        return StepLoss(self.step - 1, lr, tuple(nll), tuple(map(int, counted)), tuple(map(int, tokens)))

    def save(self, folder: Path) -> None:
        """Write a sharded checkpoint that any number of ranks can load."""
        model, optimizer = get_state_dict(self.model, self.optimizer)
        place = {"step": torch.tensor(self.step)}
        dcp.save({"model": model, "optimizer": optimizer, "place": place}, checkpoint_id=str(folder))
        if dist.get_rank() == 0:
            write_bytes(str(folder / "dataset.json"), json.dumps({"digest": self.manifest.digest}).encode())
        dist.barrier()

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            IxigenError: it was trained on another dataset.
        """
        digest = json.loads((folder / "dataset.json").read_bytes())["digest"]
        if digest != self.manifest.digest:
            raise IxigenError(f"{folder}: was trained on dataset {digest}, this one is {self.manifest.digest}")
        model, optimizer = get_state_dict(self.model, self.optimizer)
        state = {"model": model, "optimizer": optimizer, "place": {"step": torch.tensor(0)}}
        dcp.load(state, checkpoint_id=str(folder))
        set_state_dict(self.model, self.optimizer, model_state_dict=model, optim_state_dict=optimizer)
        self.step = int(state["place"]["step"])

    def _backward(self, batch: Batch, scale: float) -> torch.Tensor:
        """Add the gradients of some windows; return NLL, labels and tokens by part: (3, parts)."""
        ids, positions, labels, part = (
            torch.from_numpy(each).to(self.device)
            for each in (batch.input_ids, batch.position_ids, batch.labels, batch.part)
        )
        logits = self.model(input_ids=ids, position_ids=positions, use_cache=False).logits.float()
        nll = nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="none"
        )
        (nll.sum() * scale).backward()
        parts = len(self.manifest.parts)
        counted = labels[:, 1:].flatten() != IGNORED
        owners = part[:, 1:].flatten()[counted].long()
        return torch.stack(
            [
                torch.bincount(owners, nll.detach()[counted].double(), parts),
                torch.bincount(owners, minlength=parts).double(),
                torch.bincount(part[part >= 0].long(), minlength=parts).double(),
            ]
        )


def load_model(settings: ModelSettings) -> nn.Module:
    """Return a causal language model in fp32, whose master weights the optimizer steps on."""
    config = AutoConfig.from_pretrained(
        settings.path,
        trust_remote_code=settings.trust_remote_code,
        attn_implementation=settings.attention,
        **settings.overrides,
    )
    if settings.weights == "random":
        return AutoModelForCausalLM.from_config(
            config, trust_remote_code=settings.trust_remote_code, dtype=torch.float32
        )
    return AutoModelForCausalLM.from_pretrained(
        settings.path, config=config, trust_remote_code=settings.trust_remote_code, dtype=torch.float32
    )


def _sharded(model: nn.Module, recipe: TrainRecipe) -> nn.Module:
    """Divide the parameters of each layer, and of what is left, among the ranks."""
    policy = MixedPrecisionPolicy(
        param_dtype=torch.bfloat16 if recipe.precision == "bf16" else torch.float32, reduce_dtype=torch.float32
    )
    for layer in model.model.layers:
        fully_shard(layer, mp_policy=policy)
    fully_shard(model, mp_policy=policy)
    model.train()
    return model


def _microbatches(batch: Batch, windows: int) -> Iterator[Batch]:
    for first in range(0, len(batch.input_ids), windows):
        rows = slice(first, first + windows)
        yield Batch(batch.input_ids[rows], batch.position_ids[rows], batch.labels[rows], batch.part[rows])


@contextmanager
def process_group() -> Iterator[None]:
    """Join the ranks that torchrun started; be the only one where it did not."""
    for name, value in (
        ("RANK", "0"),
        ("WORLD_SIZE", "1"),
        ("LOCAL_RANK", "0"),
        ("MASTER_ADDR", "127.0.0.1"),
        ("MASTER_PORT", "0"),
    ):
        os.environ.setdefault(name, value)
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("cuda:nccl,cpu:gloo" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def main() -> None:
    """Train a recipe, one JSON object a step on standard output."""
    recipe_file, url, out = sys.argv[1:]
    recipe = TrainRecipe.model_validate_json(Path(recipe_file).read_bytes())
    with process_group():
        run = Reference(recipe, url)
        folder = Path(out) / "checkpoint"
        if folder.exists():
            run.load(folder)
        while run.step < run.steps:
            told = run.train_step()
            if dist.get_rank() == 0:
                print(
                    json.dumps({"step": told.step, "lr": told.lr, "loss": told.loss, "labels": sum(told.labels)}),
                    flush=True,
                )
        run.save(folder)


if __name__ == "__main__":
    main()
