"""A rank that kills itself: `python -m tests.e2e.killed_training MOMENT MODULE WORDS…` runs a module up to the moment.

MOMENT is "never", or what happens to the checkpoint of a step: "writing:8" (torch's files stand), "sealed:8" (so does
place.json), "published:8" (it has its name, the older ones stand), "removing:8" (it is being removed itself).
"""

import os
import runpy
import signal
import sys
from pathlib import Path

from ixigen_train.checkpoints import store

FUNCTIONS = {"writing": "write_state", "sealed": "_seal", "published": "_publish", "removing": "_remove"}


def arm(moment: str, step: int) -> None:
    """Kill this process behind the function that the moment is named after."""
    act = getattr(store, FUNCTIONS[moment])

    def acted(folder: Path, *others: object) -> None:
        is_moment = folder.name.removesuffix(store.PARTIAL) == f"step-{step:06d}"
        if is_moment and moment == "removing":
            folder.rename(folder.with_name(folder.name + store.PARTIAL))
        else:
            act(folder, *others)
        if is_moment:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(store, FUNCTIONS[moment], acted)


if __name__ == "__main__":
    _, told, module, *words = sys.argv
    if told != "never":
        moment, step = told.split(":")
        arm(moment, int(step))
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__")
