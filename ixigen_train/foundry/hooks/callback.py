"""The hooks of a run as one Composer callback: its events in their order, and who is asked at each of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import Callback, Logger, State
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.foundry.hooks.held_out import head_gap_in, leak_in, scores_of
from ixigen_train.foundry.hooks.opening import Opened, course_of, digests_of, opened
from ixigen_train.metering.agreement import check_agreement
from ixigen_train.metering.ledger import Ledger
from ixigen_train.models.isolation import check_head, check_isolation
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.records import StepRecord


class Hooks(Callback):
    """Watches a run; registered as `ixigen_hooks`. It stands before `ixigen_checkpoints`: first tell, then save."""

    def __init__(self, folder: str, recipe: Mapping[str, JsonValue]) -> None:
        """`folder`: the run's; `recipe`: the whole of it as plain data."""
        self._folder = RunFolder(Path(folder))
        self._recipe = TrainRecipe.model_validate(recipe)
        self._opened: Opened | None = None
        self._lr = 0.0

    @property
    def ledger(self) -> Ledger:
        """The tokens that the run was trained on so far, by part."""
        return self._parts.meter.ledger

    def fit_start(self, state: State, logger: Logger) -> None:
        """Compare the ranks, go on from where the run stands, and measure hold-outs before the first step.

        Raises:
            IxigenError: ranks disagree, the model does not keep documents apart or its losses are not its own, or the
                tokens of a checkpoint are not those that the dataset plans up to it.
        """
        course = course_of(state)
        check_agreement(digests_of(course, self._recipe))
        vocabulary = course.manifests[0].tokenizer.vocab_size
        check_isolation(leak_in(state, vocabulary), self._recipe)
        check_head(head_gap_in(state, vocabulary), self._recipe)
        self._opened = opened(state, self._folder, self._recipe)
        step = state.timestamp.batch.value
        self.ledger.check(step, self._parts.meter.course.planned(step))
        if step == 0 and (measures := self._hold_outs(state, step)):
            self._opened.telling.step(StepRecord(0, 0, 0.0, {}, (0, 0), measures), logger)

    def before_dataloader(self, state: State, logger: Logger) -> None:
        """Start the clock."""
        del state, logger
        self._parts.meter.pace.asked()

    def after_dataloader(self, state: State, logger: Logger) -> None:
        """Note how long the windows took: until the last rank had its own, as Composer waits for all."""
        del state, logger
        self._parts.meter.pace.served()
        self._parts.meter.begin()

    def after_loss(self, state: State, logger: Logger) -> None:
        """Count a microbatch, on the device."""
        del logger
        assert isinstance(state.outputs, torch.Tensor), "the output of `ixigen_causal_lm`"
        self._parts.meter.add(state.outputs, state.batch["labels"], state.batch["part"])

    def after_train_batch(self, state: State, logger: Logger) -> None:
        """Note the learning rate while it is that of this step."""
        del logger
        self._lr = float(state.optimizers[0].param_groups[0]["lr"])

    def batch_end(self, state: State, logger: Logger) -> None:
        """Tell the step, and stop where it went wrong or was the last one.

        Raises:
            IxigenError: on every rank, where the loss or the norm of the gradients is no finite number.
        """
        parts, step = self._parts, state.timestamp.batch.value
        record = parts.meter.finish(step, self._lr, parts.clipping.norm if parts.clipping else None)
        fault = parts.meter.fault(record, self._folder)
        measures = {} if fault else self._extras(state, step)
        parts.telling.step(replace(record, measures={**record.measures, **measures}), logger)
        if fault:
            raise IxigenError(fault)
        if step == parts.meter.course.steps:
            # Whatever max_duration says: a second pass would serve windows twice.
            state.max_duration = state.timestamp.batch

    def fit_end(self, state: State, logger: Logger) -> None:
        """Compare the ledger once more, and tell which windows no step has served."""
        del logger
        step, course = state.timestamp.batch.value, self._parts.meter.course
        self.ledger.check(step, course.planned(step))
        self._parts.telling.say(f"trained {step:,} of {course.steps:,} steps, {self.ledger.total:,} tokens")
        for url, windows in course.unserved.items():
            told = f"{windows:,} windows at the end of {url} fill no batch of {course.plan.batch_windows:,}"
            self._parts.telling.say(f"{told}: they are left unserved")

    @property
    def _parts(self) -> Opened:
        assert self._opened is not None, "fit_start comes first"
        return self._opened

    def _extras(self, state: State, step: int) -> dict[str, float]:
        """Return what some steps have to tell, and steps on some devices."""
        measures = self._hold_outs(state, step)
        if torch.cuda.is_available():
            measures["peak_memory_bytes"] = float(torch.cuda.max_memory_allocated())
        if step == self._parts.meter.course.steps:
            measures["unserved_windows"] = float(sum(self._parts.meter.course.unserved.values()))
        return measures

    def _hold_outs(self, state: State, step: int) -> dict[str, float]:
        parts = self._parts
        if not parts.monitor.due(step, parts.meter.course.steps):
            return {}
        told = parts.monitor.tell(step, scores_of(state, parts.held_out))
        for alarm in told.alarms:
            parts.telling.say(str(alarm))
        return told.measures
