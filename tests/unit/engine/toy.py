"""A stage of eight small tasks, and task functions that fail in chosen ways, for the engine's tests."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import join, write_bytes
from ixigen_data.engine.completion import complete_task
from ixigen_data.engine.stage import Outcome, Task

TASKS = 8


class ToyStage:
    """Writes one small file a task."""

    name = "toy/one"
    unit = "bytes"
    fingerprint = "0" * 32

    def tasks(self) -> Sequence[Task]:
        return [
            Task(index=index, name=str(index), work=10, payload={"text": f"task {index}"}) for index in range(TASKS)
        ]

    def outputs(self, folder: str) -> str:
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        data = str(task.payload).encode()
        write_bytes(join(folder, f"{task.index}.txt"), data)
        return Outcome(files={f"{task.index}.txt": len(data)})


def run_toy(plan: str, stage: str, index: int) -> None:
    """Run a task; `plan` is the stage's folder."""
    complete_task(ToyStage(), index, plan)


def run_killed_once(plan: str, stage: str, index: int) -> None:
    """Kill this worker at task 3, the first time."""
    marker = Path(plan) / "killed"
    if index == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    run_toy(plan, stage, index)


def run_killed_always(plan: str, stage: str, index: int) -> None:
    """Kill this worker at task 3, every time."""
    if index == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    run_toy(plan, stage, index)


def run_user_error(plan: str, stage: str, index: int) -> None:
    """Meet a user's mistake at task 3."""
    if index == 3:
        raise SourceError("x.jsonl: broken")
    run_toy(plan, stage, index)


def run_bug(plan: str, stage: str, index: int) -> None:
    """Meet a defect at task 3."""
    if index == 3:
        raise ZeroDivisionError("division by zero")
    run_toy(plan, stage, index)


def run_told(plan: str, stage: str, index: int) -> None:
    """Run a task where the environment has what its parent was told."""
    assert os.environ["IXIGEN_TOY"] == "told"
    run_toy(plan, stage, index)
