"""How well a model predicts the hold-out of each part: sums and counts, the same for any number of ranks."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from ixigen_data.core.errors import IxigenError
from ixigen_train.metering.part_sums import PartSums
from ixigen_train.recipe.settings import EvaluationSettings
from ixigen_train.runs.records import perplexity
from ixigen_train.windows.batch import Batch
from ixigen_train.windows.batch_kernel import IGNORED, NO_PART
from ixigen_train.windows.course import Course


@dataclass(frozen=True)
class Windows:
    """Windows on the device; every tensor is (windows, seq_len), int64."""

    input_ids: torch.Tensor
    position_ids: torch.Tensor  # restart at each document; there is no attention mask
    labels: torch.Tensor  # not shifted, -100 where no loss counts
    documents: Sequence[tuple[int, ...]]  # the lengths of each window's, on the host


class Scorer(Protocol):
    """A model's forward, in whatever precision it trains."""

    def __call__(self, windows: Windows, /) -> torch.Tensor:
        """Return the negative log-likelihood of labels[:, 1:] in nats, 0 where ignored: (windows, seq_len - 1)."""


@dataclass(frozen=True)
class Score:
    """Sums over the hold-out windows of one part that were measured, over all ranks."""

    nll: float  # nats
    labels: int
    bytes: int  # of text behind the labels; 0 where the vocabulary is not known

    @property
    def loss(self) -> float:
        """The mean nll in nats; NaN without a label."""
        return self.nll / self.labels if self.labels else math.nan

    @property
    def perplexity(self) -> float:
        """e to the loss."""
        return perplexity(self.loss)

    @property
    def bits_per_byte(self) -> float | None:
        """Bits for each byte of UTF-8; None where the vocabulary is not known."""
        return self.nll / math.log(2) / self.bytes if self.bytes else None


@dataclass(frozen=True)
class HeldOut:
    """The hold-out windows to measure, and how."""

    course: Course
    windows: Mapping[str, int]  # the first so many of each part, by path
    microbatch: int  # windows that a rank computes at a time
    token_bytes: torch.Tensor | None = None  # (vocabulary,) bytes of text of each id; None where not known

    @classmethod
    def of(
        cls, course: Course, settings: EvaluationSettings, microbatch: int, token_bytes: torch.Tensor | None = None
    ) -> Self:
        """Return the hold-outs that a recipe wants measured.

        Raises:
            IxigenError: it names a part without a hold-out.
        """
        streams = course.held_out()
        parts = tuple(streams) if settings.parts is None else settings.parts
        unknown = [part for part in parts if part not in streams]
        if unknown:
            known = ", ".join(streams) or "none of them"
            raise IxigenError(
                f"evaluation.parts: {', '.join(unknown)} has no hold-out in the dataset; these have: {known}"
            )
        windows = {part: min(len(streams[part]), settings.windows or len(streams[part])) for part in parts}
        return cls(course, windows, microbatch, token_bytes)

    @property
    def microbatches(self) -> int:
        """How many there are, over all parts and ranks."""
        return -(-sum(self.windows.values()) // self.microbatch)

    def batch(self, number: int) -> Batch:
        """Return microbatch `number`, always of `microbatch` windows: beyond the last window they are empty.

        One shape throughout, so that the loss of a window does not depend on how many others, or which, are beside it.
        """
        first, stop, begin = number * self.microbatch, (number + 1) * self.microbatch, 0
        found = []
        for path, windows in self.windows.items():
            chosen = range(max(first - begin, 0), min(stop - begin, windows))
            if chosen:
                found.append(self.course.held_out_batch(path, chosen))
            begin += windows
        missing = self.microbatch - sum(len(batch.input_ids) for batch in found)
        return _together([*found, _empty(missing, self.course.seq_len)])


def measure(model: nn.Module, scorer: Scorer, held_out: HeldOut, device: torch.device) -> dict[str, Score]:
    """Return the score of each part; all ranks call it, and all get the same.

    Every rank runs the same number of forwards, as FSDP wants it. The model is in evaluation mode meanwhile, and as it
    was afterwards.
    """
    ranks, rank = (dist.get_world_size(), dist.get_rank()) if dist.is_initialized() else (1, 0)
    parts = held_out.course.parts
    sums = PartSums(len(parts), device, held_out.token_bytes)
    # Not inference_mode: parameters that FSDP gathers in it could not be trained on afterwards.
    with _evaluating(model), torch.no_grad():
        for begin in range(0, held_out.microbatches, ranks):
            batch = held_out.batch(begin + rank)
            ids, positions, labels, part = (
                torch.from_numpy(each).to(device)
                for each in (batch.input_ids, batch.position_ids, batch.labels, batch.part)
            )
            sums.add(scorer(Windows(ids, positions, labels, batch.documents)), labels, part)
    told = sums.reduced()
    places = {path: parts.index(path) for path in held_out.windows}
    return {path: Score(told.nll[place], told.labels[place], told.bytes[place]) for path, place in places.items()}


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Switch to evaluation mode, and back those modules alone that were training."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _together(batches: list[Batch]) -> Batch:
    return Batch(
        np.concatenate([batch.input_ids for batch in batches]),
        np.concatenate([batch.position_ids for batch in batches]),
        np.concatenate([batch.labels for batch in batches]),
        np.concatenate([batch.part for batch in batches]),
    )


def _empty(windows: int, seq_len: int) -> Batch:
    """Return windows that count nothing."""
    shape = (windows, seq_len)
    return Batch(
        np.zeros(shape, np.int64),
        np.broadcast_to(np.arange(seq_len), shape).copy(),
        np.full(shape, IGNORED, np.int64),
        np.full(shape, NO_PART, np.int16),
    )
