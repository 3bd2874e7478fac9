"""A build that kills itself: `python -m tests.e2e.killed_build RECIPE FOLDER MOMENT`.

MOMENT is the name of a stage, killed at the first work done in it, or "publish": shards are verified, and nothing else
is written.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from ixigen_data.build import build_dataset
from ixigen_data.build_plan import BuildOptions
from ixigen_data.core.progress import Silent
from ixigen_data.recipe import load_recipe
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


class Killer(Silent):
    """Kills this process at a stage's first advance that counts."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def advance(self, stage: str, amount: int) -> None:
        if stage == self.stage and amount:
            os.kill(os.getpid(), signal.SIGKILL)


def main(recipe: str, folder: Path, moment: str, name: str = "out", append: bool = False) -> None:
    """Build in this process, up to the moment."""

    def describe(manifest: Manifest, statistics: Statistics) -> Mapping[str, bytes]:
        if moment == "publish":
            os.kill(os.getpid(), signal.SIGKILL)
        return {}

    options = BuildOptions(str(folder / name), str(folder / "work"), append=append)
    build_dataset(load_recipe(recipe).recipe, options, Killer(moment), describe)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
