"""An index that kills its writer: `python -m tests.e2e.killed_index RECIPE OUT WORK MOMENT`.

MOMENT is "first", when one chunk is written, or "last", when all are and `index.json` is not.
"""

import os
import signal
import sys

from ixigen_data.build import build_index
from ixigen_data.build_plan import BuildOptions
from ixigen_data.core.progress import Silent
from ixigen_data.recipe import load_recipe


class Killer(Silent):
    """Kills this process while an index is written."""

    def __init__(self, moment: str) -> None:
        self.moment = moment

    def advance(self, stage: str, amount: int) -> None:
        if (stage, self.moment) == ("index", "first") and amount:
            os.kill(os.getpid(), signal.SIGKILL)

    def end(self, stage: str) -> None:
        if (stage, self.moment) == ("index", "last"):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    recipe, out, work, moment = sys.argv[1:]
    build_index(load_recipe(recipe).recipe, BuildOptions(out, work), Killer(moment))
