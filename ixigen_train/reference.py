"""The reference loop: the same training on torch alone (FSDP2), without a Mosaic package.

Tests hold the Composer run equal to it, step by step; and it is the way on where those packages no longer run. Start it
as `torchrun --nproc-per-node N -m ixigen_train.reference RECIPE --shards URL --out RUN`, or without torchrun as one
rank. The same command goes on from the last checkpoint.
"""

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_, get_total_norm
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.going_on import must_be_unchanged
from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.core.random_state import reseed
from ixigen_train.forgetting.measure import HeldOut, Windows, measure
from ixigen_train.forgetting.monitor import Monitor, base_of
from ixigen_train.metering.agreement import check_agreement
from ixigen_train.metering.ledger import Ledger
from ixigen_train.metering.pace import Pace
from ixigen_train.metering.vocabulary import model_token_bytes
from ixigen_train.models.attention import attend_by_documents, rows_of
from ixigen_train.models.isolation import check_isolation, leak_of
from ixigen_train.models.load import checkpoint_activations, decoder_layers, load_model
from ixigen_train.recipe.file import load_recipe
from ixigen_train.recipe.schedule import learning_rate
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import MetricsLog, read_metrics
from ixigen_train.runs.records import PartStep, StepRecord
from ixigen_train.windows.batch import Batch
from ixigen_train.windows.course import Course
from ixigen_train.windows.plan import plan_course, resumed

_CPU = torch.device("cpu")
_IGNORED = -100
_CHUNK_LABELS = 4096  # whose logits are fp32 at once


@dataclass(frozen=True)
class StepLoss:
    """What a step summed over all ranks, by part of the course."""

    step: int  # counted from 0
    lr: float
    grad_norm: float  # before it was clipped
    nll: tuple[float, ...]  # in nats, before the step
    labels: tuple[int, ...]
    bytes: tuple[int, ...]  # of text behind the labels; zeros where the vocabulary is not known
    tokens: tuple[int, ...]  # those that no loss counts too, pad left out

    @property
    def loss(self) -> float:
        """The mean over all labels."""
        return sum(self.nll) / sum(self.labels)


class Reference:
    """Model, optimizer, and the place in the course."""

    def __init__(self, recipe: TrainRecipe, course: Course) -> None:
        self.recipe = recipe
        self.course = course
        self.step = 0  # finished
        self.pace = Pace()
        self.device = torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else _CPU
        self.model = _sharded(load_model(recipe.model, recipe.seed), recipe, self.device.type)
        settings = recipe.optimizer
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.lr,
            betas=settings.betas,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
        )
        sizes, self.note = model_token_bytes(recipe.model.path, course.manifests[0].tokenizer)
        self.token_bytes = None if sizes is None else torch.from_numpy(sizes).to(self.device)

    def train_step(self) -> StepLoss:
        """Take the next step.

        Raises:
            IxigenError: the loss is not a number; the weights are as before the step.
            ShardError: the windows cannot be read.
        """
        recipe, step, ranks = self.recipe, self.step, dist.get_world_size()
        self.pace.asked()
        batch = self.course.batch(step, dist.get_rank(), ranks)
        self.pace.served()
        reseed(recipe.seed, step, dist.get_rank())
        lr = learning_rate(recipe.schedule, recipe.optimizer.lr, step, self.course.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        labels = torch.tensor([(batch.labels[:, 1:] != _IGNORED).sum()], dtype=torch.int64, device=self.device)
        dist.all_reduce(labels)
        # FSDP means gradients over ranks, and the loss is the mean over all labels.
        scale = ranks / max(1, int(labels))
        sums = torch.zeros(4, len(self.course.parts), dtype=torch.float64, device=self.device)
        losses = []  # (windows of the microbatch,) each
        for piece in _microbatches(batch, recipe.batch.microbatch):
            found, nll = self._backward(piece, scale)
            sums += found
            losses.append(nll.sum(dim=1))
        dist.all_reduce(sums)
        if not math.isfinite(sum(sums[0].tolist())):
            raise IxigenError(self._not_finite(torch.cat(losses)))
        norm = self._clip()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        counts = [tuple(map(int, row)) for row in sums[1:].tolist()]
        return StepLoss(step, lr, norm, tuple(sums[0].tolist()), *counts)

    def nll(self, windows: Windows) -> torch.Tensor:
        """Return the negative log-likelihood of labels[:, 1:] in nats, 0 where ignored: (windows, seq_len - 1)."""
        inputs = rows_of(self.model, windows.input_ids, windows.position_ids, windows.documents)
        logits = self.model(**inputs).logits.view(*windows.labels.shape, -1)
        rows, targets = logits[:, :-1].flatten(0, 1), windows.labels[:, 1:]
        chunks = zip(torch.split(rows, _CHUNK_LABELS), torch.split(targets.flatten(), _CHUNK_LABELS), strict=True)
        found = [checkpoint(_chunk_nll, *chunk, use_reentrant=False, preserve_rng_state=False) for chunk in chunks]
        return torch.cat(found).view(targets.shape)

    def leak(self) -> float:
        """Return by how much documents of a window see those before them, in nats."""
        vocabulary = self.course.manifests[0].tokenizer.vocab_size
        return leak_of(lambda *windows: self.nll(Windows(*windows)), vocabulary, self.device)

    def _backward(self, batch: Batch, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the gradients of some windows.

        Returns:
            NLL, labels, bytes and tokens by part, (4, parts); the NLL of each label, (windows, seq_len - 1).
        """
        ids, positions, labels, part = (
            torch.from_numpy(each).to(self.device)
            for each in (batch.input_ids, batch.position_ids, batch.labels, batch.part)
        )
        nll = self.nll(Windows(ids, positions, labels, batch.documents))
        torch.autograd.backward(nll.sum() * scale)
        parts = len(self.course.parts)
        counted = labels[:, 1:] != _IGNORED
        owners, targets = part[:, 1:][counted].long(), labels[:, 1:][counted]
        text = torch.zeros_like(targets) if self.token_bytes is None else self.token_bytes[targets]
        rows = (
            torch.bincount(owners, nll.detach()[counted].double(), parts),
            torch.bincount(owners, minlength=parts).double(),
            torch.bincount(owners, text.double(), parts),
            torch.bincount(part[part >= 0].long(), minlength=parts).double(),
        )
        return torch.stack(rows), nll.detach()

    def _clip(self) -> float:
        """Clip the gradients where the recipe says so; return their norm before."""
        parameters, limit = list(self.model.parameters()), self.recipe.optimizer.clip
        if limit is None:
            norm = get_total_norm([each.grad for each in parameters if each.grad is not None])
        else:
            norm = clip_grad_norm_(parameters, limit)
        return float(getattr(norm, "full_tensor", lambda: norm)())

    def _not_finite(self, losses: torch.Tensor) -> str:
        """Return what is told of a loss that is no number; every rank calls it. losses: (windows of the rank,)."""
        ranks, told = dist.get_world_size(), list[int]()
        first, _ = self.course.windows_of(self.step)
        places = torch.nonzero(~losses.isfinite()).flatten() + first + dist.get_rank() * len(losses)
        gathered: list[list[int]] = [[] for _ in range(ranks)]
        dist.all_gather_object(gathered, places.tolist())
        for found in gathered:
            told += found
        return (
            f"step {self.step + 1:,}: the loss is not a number in window {', '.join(map(str, told))} of the course; "
            "the last checkpoint stands; lower optimizer.lr, or look at these windows with `ixigen-data sample`"
        )


def train(recipe: TrainRecipe, shards_url: str, folder: RunFolder) -> None:
    """Train to the end of the course, from the last checkpoint on where there is one; every rank calls it.

    Raises:
        IxigenError: the dataset is not that of the checkpoint, ranks disagree, the model does not keep documents apart,
            or as `Reference.train_step`.
    """
    if recipe.precision == "bf16" and not torch.cuda.is_available():
        raise IxigenError("precision: bf16 wants a GPU, and there is none; use fp32")
    checkpoints = Checkpoints.opened(folder.checkpoints, recipe.checkpoints.keep)
    last = checkpoints.last()
    place = None if last is None else Place.of(last)
    if place is None:
        plan = plan_course(recipe, shards_url)
    else:
        must_be_unchanged(recipe, place)
        plan = resumed(place.course, place.step, shards_url, recipe.steps)
    digests = ", ".join(stretch.digest for stretch in plan.stretches)
    check_agreement({"the recipe": recipe.digest(), "the dataset": digests})
    cache = folder.cache if recipe.data.cache is None else Path(recipe.data.cache)
    run = Reference(recipe, Course.open(plan, cache, recipe.data.cache_limit))
    if last is not None:
        run.step = checkpoints.load(last, run.model, run.optimizer).step
    ledger = Ledger(run.course.parts, None if place is None else place.tokens)
    check_isolation(run.leak(), recipe)
    _Loop(run, folder, checkpoints, ledger).run()


class _Loop:
    """Steps, and what is written of them; rank 0 alone writes lines."""

    def __init__(self, run: Reference, folder: RunFolder, checkpoints: Checkpoints, ledger: Ledger) -> None:
        self._run, self._checkpoints, self._ledger = run, checkpoints, ledger
        settings = run.recipe.evaluation
        self._held_out = HeldOut.of(run.course, settings, run.recipe.batch.microbatch, run.token_bytes)
        self._log = MetricsLog(folder.metrics, run.step) if dist.get_rank() == 0 else None
        self._monitor = Monitor(settings, base_of(read_metrics(folder.metrics)) if self._log else None)

    def run(self) -> None:
        """Take all steps that are left."""
        run = self._run
        steps, every = run.course.steps, run.recipe.checkpoints.every
        self._say(run.note)
        if run.step == 0:
            self._write(StepRecord(0, 0, 0.0, {}, (0, 0), self._measures()))
        while run.step < steps:
            told = run.train_step()
            self._ledger.add(told.tokens)
            measures = run.pace.measures(sum(told.tokens)) | {"grad_norm": told.grad_norm}
            self._write(self._record(told, measures | self._measures()))
            if run.step == steps or (every is not None and run.step % every == 0):
                self._save()

    def _measures(self) -> dict[str, float]:
        """Return what the hold-outs say, where they are due."""
        run = self._run
        if not self._monitor.due(run.step, run.course.steps):
            return {}
        told = self._monitor.tell(run.step, measure(run.model, run.nll, self._held_out, run.device))
        for alarm in told.alarms:
            self._say(str(alarm))
        return told.measures

    def _record(self, told: StepLoss, measures: dict[str, float]) -> StepRecord:
        consumed = self._ledger.tokens
        parts = {
            path: PartStep(told.nll[index], told.labels[index], told.bytes[index], consumed[path])
            for index, path in enumerate(self._run.course.parts)
        }
        windows = self._run.course.windows_of(told.step)
        return StepRecord(self._run.step, self._ledger.total, told.lr, parts, windows, measures)

    def _save(self) -> None:
        """Keep the weights, once the tokens consumed are those that the dataset plans."""
        run = self._run
        self._ledger.check(run.step, run.course.planned(run.step))
        recipe, ranks = run.recipe.deciding(), dist.get_world_size()
        place = Place(step=run.step, tokens=self._ledger.tokens, course=run.course.plan, recipe=recipe, ranks=ranks)
        self._checkpoints.save(run.model, run.optimizer, place)

    def _write(self, record: StepRecord) -> None:
        if self._log is not None:
            self._log.append(record.line())
            self._say(", ".join([f"step {record.step:,} of {self._run.course.steps:,}", *_figures(record)]))

    def _say(self, line: str) -> None:
        if line and dist.get_rank() == 0:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def _figures(record: StepRecord) -> Iterator[str]:
    """Yield what is shown of a line: loss and rate where a step was taken, hold-outs where they were measured."""
    if record.parts:
        speed = record.measures["tokens_per_second"]
        yield f"loss {record.loss:.4f}, lr {record.lr:.3g}, {speed:,.0f} tokens/s"
    prefix = "held_out/loss/"
    yield from (f"{key[len(prefix) :]} {value:.4f}" for key, value in record.measures.items() if key.startswith(prefix))


def _sharded(model: PreTrainedModel, recipe: TrainRecipe, device: str) -> PreTrainedModel:
    """Divide the parameters of each layer, and of what is left, among the ranks, and move them to their device."""
    settings = recipe.fsdp
    attend_by_documents(model)
    if settings.activation_checkpointing:
        checkpoint_activations(model)
    dtype = torch.bfloat16 if recipe.precision == "bf16" else torch.float32
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    offload = CPUOffloadPolicy() if settings.cpu_offload else OffloadPolicy()
    mesh = _mesh(device, hybrid=settings.shard == "hybrid")
    for layer in (*decoder_layers(model), model):
        fully_shard(layer, mesh=mesh, mp_policy=policy, offload_policy=offload)
    model.train()
    return model


def _mesh(device: str, hybrid: bool) -> DeviceMesh:
    """Return the ranks: in one row, or (nodes, ranks of a node), where each node holds the whole model."""
    ranks, local = dist.get_world_size(), int(os.environ["LOCAL_WORLD_SIZE"])
    return init_device_mesh(device, (ranks // local, local) if hybrid else (ranks,))


def _chunk_nll(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits.float(), labels, ignore_index=_IGNORED, reduction="none")


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
        ("LOCAL_WORLD_SIZE", "1"),
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


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code. Errors of the user's are told in one line by rank 0."""
    parser = argparse.ArgumentParser(prog="python -m ixigen_train.reference", description="Train on torch alone.")
    parser.add_argument("recipe", metavar="RECIPE", help="a training recipe (YAML)")
    parser.add_argument("--shards", required=True, metavar="URL", help="a dataset")
    parser.add_argument("--out", required=True, type=Path, metavar="RUN", help="the run's folder")
    told = parser.parse_args(words)
    with process_group():
        try:
            folder = RunFolder(told.out)
            folder.make()
            train(load_recipe(told.recipe), told.shards, folder)
        except IxigenError as error:
            if dist.get_rank() == 0:
                sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
