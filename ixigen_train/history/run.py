"""A run as it lies in its folder, local or on an object store, read for people."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import join, sizes_below, without_secrets
from ixigen_data.core.settings import first_mistake
from ixigen_train.recipe.file import load_recipe
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.checkpoint_names import checkpoint_name, steps_complete
from ixigen_train.runs.journal import Metrics, columns_of
from ixigen_train.runs.run_file import RunFile
from ixigen_train.windows.course import Course, CoursePlan


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint of the run."""

    step: int
    size_bytes: int


@dataclass(frozen=True)
class Dataset:
    """What is known of the datasets of a run's course."""

    course: Course | None  # None where they cannot be reached any more
    planned: Mapping[str, int] | None = None  # tokens by part in the windows that were served; None where unknown
    reason: str = ""  # why not


@dataclass(frozen=True)
class Run:
    """Everything that a run's folder says."""

    url: str
    file: RunFile
    recipe: TrainRecipe
    plan: CoursePlan
    metrics: Metrics
    checkpoints: tuple[Checkpoint, ...]
    dataset: Dataset

    @property
    def step(self) -> int:
        """Finished steps."""
        return self.metrics.step

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.plan.steps

    @property
    def tokens(self) -> dict[str, int]:
        """Tokens consumed since the run began, by part."""
        return {part: int(self.metrics.last(f"tokens/{part}") or 0) for part in self.metrics.parts}


def load_run(url: str, step: int | None = None) -> Run:
    """Return a run by its folder.

    Args:
        url: the folder that `ixigen-train pretrain` got as `--out`.
        step: as it stood after so many steps; None: as it stands.

    Raises:
        IxigenError: it is not the folder of a run.
    """
    file = RunFile.load(join(url, "run.json"))
    plan, metrics = plan_of(url, file), columns_of(join(url, "metrics.jsonl"))
    metrics = metrics if step is None else metrics.until(step)
    recipe = load_recipe(join(url, "recipe.yaml"))
    return Run(url, file, recipe, plan, metrics, checkpoints_of(url), _open(plan, metrics.step))


def plan_of(url: str, file: RunFile) -> CoursePlan:
    """Return the plan of a run's windows.

    Raises:
        IxigenError: `run.json` holds none.
    """
    try:
        return CoursePlan.model_validate(file.course)
    except ValidationError as error:
        raise IxigenError(f"{without_secrets(join(url, 'run.json'))}: course.{first_mistake(error)}") from None


def checkpoints_of(url: str) -> tuple[Checkpoint, ...]:
    """Return the whole checkpoints of a run, in order: on an object store `place.json` is put last."""
    try:
        files = sizes_below(join(url, "checkpoints"))
    except FileNotFoundError:  # none yet, or an old one goes while the run goes on
        files = {}
    return tuple(
        Checkpoint(step, sum(size for name, size in files.items() if name.startswith(f"{checkpoint_name(step)}/")))
        for step in steps_complete(files)
    )


def _open(plan: CoursePlan, step: int) -> Dataset:
    course = None
    try:
        course = Course.open(plan, None, None)
        return Dataset(course, dict(zip(course.parts, course.planned(min(step, course.steps)), strict=True)))
    except Exception as error:  # clients of object stores raise their own kinds; a page without the plan beats none
        return Dataset(course, None, without_secrets(str(error)))
