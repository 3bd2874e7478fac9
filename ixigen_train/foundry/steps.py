"""What is set at every step: the learning rate of that very step, and the random state."""

from typing import Literal

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import Callback, Logger, State
from composer.optim import ComposerScheduler
from composer.utils import dist

from ixigen_train.core.random_state import reseed
from ixigen_train.foundry.loader import CourseLoader
from ixigen_train.recipe.schedule import learning_rate
from ixigen_train.recipe.settings import ScheduleSettings


class Schedule(ComposerScheduler):
    """The recipe's schedule, registered as `ixigen_schedule`: a multiple of the optimizer's rate."""

    def __init__(self, steps: int, kind: Literal["cosine", "linear", "constant"], warmup: float, floor: float) -> None:
        self._settings = ScheduleSettings(kind=kind, warmup=warmup, floor=floor)
        self._steps = steps

    def __call__(self, state: State, ssr: float = 1.0) -> float:
        """Return the multiple at the step that the timestamp says. `ssr` is Composer's and must be 1."""
        if ssr != 1.0:
            raise ValueError(f"scale_schedule_ratio: {ssr}: the schedule knows its steps; use 1.0")
        return learning_rate(self._settings, 1.0, state.timestamp.batch.value, self._steps)


class Steps(Callback):
    """Sets what belongs to a step before it begins; registered as `ixigen_steps`.

    Composer moves its schedulers before its clock, so that the rate of step 0 would be used twice and all others came a
    step late; and it knows nothing of our loader. Random numbers are seeded by name at each step, so that a resumed run
    needs none saved, and other numbers of ranks draw others only.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def fit_start(self, state: State, logger: Logger) -> None:
        """Send the loader to the step that the timestamp says; fp32 is fp32 from here on, as Composer allows TF32."""
        del logger
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        if isinstance(state.dataloader, CourseLoader):
            state.dataloader.begin_at(state.timestamp.batch.value)

    def batch_start(self, state: State, logger: Logger) -> None:
        """Set the rate of this step, and seed its random numbers."""
        del logger
        reseed(self._seed, state.timestamp.batch.value, dist.get_global_rank())
        for scheduler in state.schedulers:
            for group, base, rate in zip(
                scheduler.optimizer.param_groups, scheduler.base_lrs, scheduler.lr_lambdas, strict=True
            ):
                group["lr"] = base * rate(0)
