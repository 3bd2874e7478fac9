"""Checkpoints of a Composer run, by the room `checkpoints`: Composer's own are read by pickle, and not written here."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

from composer import Callback, Logger, State
from composer.utils import dist
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.going_on import must_be_unchanged
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import CheckpointError, Place
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.foundry.hooks.callback import Hooks
from ixigen_train.foundry.hooks.opening import course_of
from ixigen_train.foundry.model import CausalLM
from ixigen_train.foundry.stop_signal import StopSignal
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder

_LOG = logging.getLogger(__name__)
_SECONDS = 60.0  # between two uploads of metrics, where no checkpoint takes them along


class Checkpointing(Callback):
    """Goes on from the last checkpoint and writes new ones; registered as `ixigen_checkpoints`.

    It saves every so many steps, at the end, and where a rank is sent SIGTERM: the step that it came in is given up at
    its next microbatch, the last finished one is saved, and the same command goes on from there. A microbatch and a
    save must fit into the grace that ranks are given (`--grace`).
    """

    def __init__(self, folder: str, recipe: Mapping[str, JsonValue], mirror: str | None = None) -> None:
        """`folder`: the run's; `recipe`: the whole of it as plain data; `mirror`: URL of the run on an object store."""
        self._folder = RunFolder(Path(folder))
        self._recipe = TrainRecipe.model_validate(recipe)
        keep = self._recipe.checkpoints.keep
        self._mirror = None if mirror is None else Mirror(mirror, keep)
        self._checkpoints = Checkpoints.opened(self._folder.checkpoints, keep, self._mirror)
        self._saved = 0  # the step of the last one
        self._uploaded = time.monotonic()
        self._stop = StopSignal()

    def after_load(self, state: State, logger: Logger) -> None:
        """Put the last checkpoint into model, optimizer and clock.

        Raises:
            IxigenError: the recipe has changed in what decides weights.
            CheckpointError: the checkpoint is damaged, or that of another model.
        """
        del logger
        last = self._checkpoints.last()
        if last is not None:
            must_be_unchanged(self._recipe, Place.of(last))
            place = self._checkpoints.load(last, _model(state).lm, state.optimizers[0])
            self._saved = place.step
            _set_clock(state, place)

    def fit_start(self, state: State, logger: Logger) -> None:
        """Begin to listen for SIGTERM."""
        del state, logger
        self._stop.listen()

    def before_forward(self, state: State, logger: Logger) -> None:
        """End the process where a rank was sent SIGTERM: until the optimizer's step, weights are those of the last one.

        Raises:
            CheckpointError: as `batch_checkpoint`.
            SystemExit: on every rank, when that is saved.
        """
        if self._stop.was_sent():
            for optimizer in state.optimizers:
                optimizer.zero_grad(set_to_none=True)  # room for what saving needs
            self.fit_end(state, logger)
            raise SystemExit(0)

    def batch_checkpoint(self, state: State, logger: Logger) -> None:
        """Save where it is time; the hooks have checked the step before.

        Raises:
            CheckpointError: on every rank, where it could not be written; names the last good one.
        """
        del logger
        step, every = state.timestamp.batch.value, self._recipe.checkpoints.every
        is_stopped = self._stop.was_sent()
        is_due = step == course_of(state).steps or (every is not None and step % every == 0)
        if is_due or is_stopped:
            self._save(state)
        elif self._mirror is not None and time.monotonic() - self._uploaded > _SECONDS:
            self._upload_metrics(self._mirror)
        if is_stopped:
            stop: Callable[[], None] = state.stop_training
            stop()

    def fit_end(self, state: State, logger: Logger) -> None:
        """Save what a run leaves that ends before its course does."""
        del logger
        if state.timestamp.batch.value > self._saved:
            self._save(state)
        if self._mirror is not None:
            self._upload_metrics(self._mirror)

    def close(self, state: State, logger: Logger) -> None:
        """Leave SIGTERM to whoever had it before."""
        del state, logger
        self._stop.unlisten()

    def _save(self, state: State) -> None:
        step, hooks = state.timestamp.batch.value, _hooks(state)
        hooks.ledger.check(step, course_of(state).planned(step))
        place = Place(
            step=step,
            tokens=hooks.ledger.tokens,
            course=course_of(state).plan,
            recipe=self._recipe.deciding(),
            ranks=dist.get_world_size(),
        )
        if self._mirror is not None:  # first: lines beyond a checkpoint are dropped, missing ones never come back
            self._upload_metrics(self._mirror)
        self._checkpoints.save(_model(state).lm, state.optimizers[0], place)
        self._saved = step

    def _upload_metrics(self, mirror: Mirror) -> None:
        if dist.get_global_rank() == 0:
            try:
                mirror.put_files(self._folder.root)
            except CheckpointError as error:  # a run does not end for its metrics; the next upload has them
                _LOG.warning("%s", error)
        self._uploaded = time.monotonic()


def _model(state: State) -> CausalLM:
    if not isinstance(state.model, CausalLM):
        raise IxigenError("model: ixigen_checkpoints saves `name: ixigen_causal_lm`; use that, or leave it out")
    return state.model


def _hooks(state: State) -> Hooks:
    found = next((each for each in state.callbacks if isinstance(each, Hooks)), None)
    if found is None:
        raise IxigenError("callbacks: ixigen_checkpoints needs the ledger of `ixigen_hooks`; put it before")
    return found


def _set_clock(state: State, place: Place) -> None:
    """Set Composer's clock to a place: a course is one epoch."""
    windows, tokens = place.step * place.course.batch_windows, sum(place.tokens.values())
    state.timestamp = state.timestamp.copy(
        batch=place.step,
        batch_in_epoch=place.step,
        sample=windows,
        sample_in_epoch=windows,
        token=tokens,
        token_in_epoch=tokens,
        token_in_iteration=tokens,
    )
