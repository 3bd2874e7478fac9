"""The windows of a course as LLM-Foundry's data loader `ixigen_windows`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import DataSpec
from composer.utils import dist
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.model import Inputs
from ixigen_train.windows.batch import IGNORED, NO_PART, Batch, Int16s, Int64s
from ixigen_train.windows.course import Course, CoursePlan
from ixigen_train.windows.reader import Reader, Seat


class Served(Inputs):
    """A batch as the model and the hooks take it.

    What is counted of it stands there as numbers, by window, which Composer divides among microbatches and leaves on
    the host: it asks for counts when the tensors are on the device already, which would have to be waited for.
    """

    part: torch.Tensor  # (windows, seq_len), int16
    tokens: list[int]  # of each window, without pad
    targets: list[int]  # labels of each window that a loss counts


class CourseLoader:
    """Batches of one rank, step by step.

    Callbacks find it as `state.dataloader`, and with it `state.dataloader.course`. There is no length and no dataset:
    the course is one pass, and a run's duration is given in steps.
    """

    def __init__(self, course: Course, seat: Seat) -> None:
        self.course = course
        self.seat = seat
        self._first: int | None = None

    def begin_at(self, step: int) -> None:
        """Say at which step the next iteration begins; the callback `ixigen_steps` does, when training starts."""
        self._first = step

    def __iter__(self) -> Iterator[Served]:
        """Yield the batches from that step on.

        Raises:
            IxigenError: nobody has said where to begin, or no step is left.
            ShardError: as `Reader`.
        """
        if self._first is None:
            raise IxigenError("ixigen_windows: nobody told it the first step; put `ixigen_steps` among the callbacks")
        if self._first >= self.course.steps:
            told = f"step {self._first + 1:,} of a course of {self.course.steps:,} steps"
            raise IxigenError(f"{told}: max_duration: use {self.course.steps}ba at most")
        with Reader(self.course, self.seat, self._first) as reader:
            for batch in reader:
                yield served(batch)


def build_windows_loader(
    plan: Mapping[str, JsonValue],
    cache: str | None,
    cache_limit: int | None,
    device_batch_size: int,
    tokenizer: object = None,
) -> DataSpec:
    """Return the data of a run; LLM-Foundry calls it with the keys of `train_loader`.

    Args:
        plan: a `CoursePlan` as plain data.
        cache: the folder of fetched shards.
        cache_limit: its bytes at most.
        device_batch_size: windows of a rank and step, as LLM-Foundry has worked them out.
        tokenizer: LLM-Foundry gives one; windows need none.

    Raises:
        IxigenError: the batch of the configuration is not the plan's.
        ShardError: a dataset is not the one that the plan names.
    """
    del tokenizer
    course_plan = CoursePlan.model_validate(plan)
    ranks = dist.get_world_size()
    if device_batch_size * ranks != course_plan.batch_windows:
        told = f"global_train_batch_size: {device_batch_size * ranks:,} windows on {ranks} ranks"
        raise IxigenError(f"{told}, but the plan says {course_plan.batch_windows:,}; render the recipe again")
    course = Course.open(course_plan, None if cache is None else Path(cache), cache_limit)
    return DataSpec(CourseLoader(course, Seat(dist.get_global_rank(), ranks)), get_num_tokens_in_batch=count_tokens)


def served(batch: Batch) -> Served:
    """Return a batch; its tensors are pinned where there is a GPU to copy them to."""
    return {
        "input_ids": _tensor(batch.input_ids),
        "position_ids": _tensor(batch.position_ids),
        "labels": _tensor(batch.labels),
        "part": _tensor(batch.part),
        "documents": batch.documents,
        "tokens": (batch.part != NO_PART).sum(axis=1).tolist(),
        "targets": (batch.labels[:, 1:] != IGNORED).sum(axis=1).tolist(),
    }


def count_tokens(batch: Served) -> dict[str, int]:
    """Return the tokens of a batch or microbatch without pad, and those that a loss counts.

    Composer weights the loss of a microbatch by the latter, so that a step's is the mean over all its labels.
    """
    return {"total": sum(batch["tokens"]), "loss_generating": sum(batch["targets"])}


def _tensor(array: Int64s | Int16s) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    return tensor.pin_memory() if torch.cuda.is_available() else tensor
