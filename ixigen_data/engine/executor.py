"""The seam between a plan and whatever runs it: local workers here, Ray or a Slurm array elsewhere.

A job is three plain words: where the plan lies, which stage, which task. Nothing is pickled but those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

TaskFunction = Callable[[str, str, int], None]  # (plan URL, stage name, task index); writes the completion record


@dataclass(frozen=True)
class Job:
    """One task to run."""

    plan: str
    stage: str
    index: int
    work: int  # in the stage's unit
    folder: str  # of the stage's output: where decisions on the task lie


class Executor(Protocol):
    """Runs jobs that do not depend on each other. A context: what it started ends with the block."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever still runs."""

    def run(self, jobs: Sequence[Job], finished: Callable[[Job], None]) -> None:
        """Run every job, in any order and on any machine; call `finished` here as each ends.

        Raises:
            EngineError: a job failed, or its worker died again and again. Jobs that ended stay done.
        """


class InlineExecutor:
    """Runs jobs one after the other in this process: for tiny builds and tests."""

    def __init__(self, function: TaskFunction) -> None:
        self._function = function

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left running."""

    def run(self, jobs: Sequence[Job], finished: Callable[[Job], None]) -> None:
        """Run every job here."""
        for job in jobs:
            self._function(job.plan, job.stage, job.index)
            finished(job)
