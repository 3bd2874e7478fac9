"""What a run's hooks need, made ready when training starts or goes on."""

from dataclasses import dataclass

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer import State
from composer.utils import dist

from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.place import Place
from ixigen_train.forgetting.measure import HeldOut
from ixigen_train.forgetting.monitor import Monitor, base_of
from ixigen_train.foundry.hooks.clipping import Clipping
from ixigen_train.foundry.hooks.console import Console
from ixigen_train.foundry.hooks.cost import flops_of, peak_of
from ixigen_train.foundry.hooks.held_out import device
from ixigen_train.foundry.hooks.meter import Meter
from ixigen_train.foundry.hooks.telling import Telling
from ixigen_train.foundry.loader import CourseLoader
from ixigen_train.foundry.model import CausalLM
from ixigen_train.metering.ledger import Ledger
from ixigen_train.metering.pace import Pace
from ixigen_train.metering.part_sums import PartSums
from ixigen_train.metering.vocabulary import model_token_bytes
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from ixigen_train.windows.course import Course


@dataclass(frozen=True)
class Opened:
    """The parts of the hooks, of a run that has begun."""

    meter: Meter
    clipping: Clipping | None
    held_out: HeldOut
    monitor: Monitor
    telling: Telling


def opened(state: State, folder: RunFolder, recipe: TrainRecipe) -> Opened:
    """Return the parts of the hooks of a run that stands at the step that the timestamp says.

    Raises:
        IxigenError: the configuration has another loader than ours, or the recipe wants a hold-out that is not there.
    """
    course, step = course_of(state), state.timestamp.batch.value
    model = state.model
    assert isinstance(model, CausalLM), "`ixigen_windows` feeds `ixigen_causal_lm`"
    known, note = model_token_bytes(recipe.model.path, course.manifests[0].tokenizer)
    sizes = None if known is None else torch.from_numpy(known).to(device())
    consumed = Place.of(folder.checkpoint(step)).tokens if step else {}
    pace = Pace(flops_of(model.lm.config.to_dict(), course.manifests), peak_of(recipe, dist.get_world_size()))
    sums = PartSums(len(course.parts), device(), sizes)
    telling = Telling(folder.metrics, step, Console(course.steps) if dist.get_global_rank() == 0 else None)
    if note:
        telling.say(note)
    return Opened(
        Meter(course, Ledger(course.parts, consumed), pace, sums),
        next((each for each in state.algorithms if isinstance(each, Clipping)), None),
        HeldOut.of(course, recipe.evaluation, recipe.batch.microbatch, sizes),
        Monitor(recipe.evaluation, base_of(read_metrics(folder.metrics))),
        telling,
    )


def course_of(state: State) -> Course:
    """Return the course that the loader serves.

    Raises:
        IxigenError: the loader is not ours.
    """
    if not isinstance(state.dataloader, CourseLoader):
        raise IxigenError(f"train_loader: {type(state.dataloader).__name__} has no course; use `name: ixigen_windows`")
    return state.dataloader.course


def digests_of(course: Course, recipe: TrainRecipe) -> dict[str, str]:
    """Return what all ranks must have alike, by what it is of."""
    digests = {"the recipe": recipe.digest()}
    stretches = [stretch.model_dump(mode="json", exclude={"shards"}) for stretch in course.plan.stretches]
    digests["the course"] = digest_value([course.plan.batch_windows, *stretches])
    for number, manifest in enumerate(course.manifests, 1):
        digests[f"dataset {number} ({manifest.name})"] = manifest.digest_of()
    return digests
