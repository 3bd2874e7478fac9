"""A build over hostile documents that may kill itself: `python -m tests.e2e.hostile_build RECIPE FOLDER WORKERS WORD`.

It is killed at the first note that holds WORD; with an empty WORD never.
"""

import functools
import os
import signal
import sys
from pathlib import Path

from ixigen_data import build
from ixigen_data.build_plan import BuildOptions
from ixigen_data.clean import stage
from ixigen_data.core.progress import Silent
from ixigen_data.recipe import load_recipe
from ixigen_data.report.files import dataset_files
from ixigen_data.shards.manifest import Manifest
from ixigen_data.sources.spans import plan_spans
from tests.e2e import hostile

TASK_BYTES = 200_000


class Notes(Silent):
    """Keeps what it is told, and kills this process when it is told `last`."""

    def __init__(self, last: str = "") -> None:
        self.told: list[str] = []
        self._last = last

    def note(self, message: str) -> None:
        self.told.append(message)
        if self._last and self._last in message:
            os.kill(os.getpid(), signal.SIGKILL)


def hostile_build(recipe: Path, folder: Path, workers: int, notes: Notes, strict: bool = False) -> Manifest:
    """Build with the faults of `hostile` in every worker, in tasks of some thousand documents."""
    where = BuildOptions(str(folder / "out"), str(folder / "work"), workers=workers, strict=strict)
    kept = build.run_task, stage.plan_spans
    build.run_task = hostile.run_task  # type: ignore[assignment]
    stage.plan_spans = functools.partial(plan_spans, task_bytes=TASK_BYTES)  # type: ignore[assignment]
    try:
        return build.build_dataset(load_recipe(str(recipe)).recipe, where, notes, dataset_files)
    finally:
        build.run_task, stage.plan_spans = kept


if __name__ == "__main__":
    hostile_build(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Notes(sys.argv[4]))
