"""Completion records: a task is done when its record stands, and only then.

A record is written after the task's files; it lists them with their sizes, so a file that was lost or cut afterwards
makes the task run again. Records are by task of a fingerprinted stage, never by worker or rank.
"""

from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, TypeAdapter

from ixigen_data.core.files import exists, join, names_in, read_bytes, size_of, write_bytes, write_model
from ixigen_data.engine.guard import Searched
from ixigen_data.engine.stage import Outcome, Stage, Task

_ALL = TypeAdapter(tuple[Outcome, ...])
_SUFFIX = ".done.json"
_OUTCOMES = "outcomes.json"
_PLAN = "tasks.json"


class StagePlan(BaseModel):
    """A stage's tasks as they were planned, before the first of them ran."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    stage: str
    fingerprint: str
    tasks: tuple[Task, ...]


class Completion(BaseModel):
    """The record of a finished task."""

    model_config = ConfigDict(extra="forbid")

    version: int = 1
    stage: str
    fingerprint: str
    task: Task
    outcome: Outcome


def stage_folder(work: str, name: str, fingerprint: str) -> str:
    """Return the folder of a stage's output; another fingerprint has another folder."""
    return join(work, name, fingerprint[:16])


def plan_tasks(stage: Stage, folder: str) -> tuple[Task, ...]:
    """Return a stage's tasks: those written down when it was first planned, else planned and written down now."""
    url = join(folder, _PLAN)
    if not exists(url):
        write_model(url, StagePlan(stage=stage.name, fingerprint=stage.fingerprint, tasks=tuple(stage.tasks())))
    return read_plan(folder).tasks


@lru_cache(maxsize=8)
def read_plan(folder: str) -> StagePlan:
    """Return what was planned for a stage folder; it never changes once it stands."""
    return StagePlan.model_validate_json(read_bytes(join(folder, _PLAN)))


def complete_task(stage: Stage, index: int, folder: str) -> None:
    """Run one planned task and write its completion record.

    The fingerprint comes from the plan: a worker must not look at the sources again to find out what it works on.
    A search for a document that ends workers is no completion.
    """
    plan = read_plan(folder)
    task = plan.tasks[index]
    try:
        outcome = stage.run(task, folder)
    except Searched:
        return
    record = Completion(stage=plan.stage, fingerprint=plan.fingerprint, task=task, outcome=outcome)
    write_model(join(folder, f"{index:05d}{_SUFFIX}"), record)


def read_outcome(folder: str, index: int) -> Outcome:
    """Return what a finished task left."""
    return Completion.model_validate_json(read_bytes(join(folder, f"{index:05d}{_SUFFIX}"))).outcome


def gather_outcomes(folder: str, tasks: Sequence[Task]) -> None:
    """Write the outcomes of a finished stage into one file, so that later stages open one and not thousands."""
    write_bytes(join(folder, _OUTCOMES), _ALL.dump_json(tuple(read_outcome(folder, task.index) for task in tasks)))


def read_outcomes(folder: str) -> tuple[Outcome, ...]:
    """Return what every task of a finished stage left, in task order."""
    return _ALL.validate_json(read_bytes(join(folder, _OUTCOMES)))


def incomplete(folder: str, tasks: Sequence[Task], outputs: str) -> list[Task]:
    """Return the tasks whose record or any of whose files, below `outputs`, are missing or of another size."""
    names = set(names_in(folder))
    return [task for task in tasks if f"{task.index:05d}{_SUFFIX}" not in names or not _intact(folder, task, outputs)]


def _intact(folder: str, task: Task, outputs: str) -> bool:
    for name, size_bytes in read_outcome(folder, task.index).files.items():
        url = join(outputs, name)
        if not exists(url) or size_of(url) != size_bytes:
            return False
    return True


def is_finished(folder: str) -> bool:
    """Return whether every task of a stage folder is complete."""
    return exists(join(folder, _OUTCOMES))
