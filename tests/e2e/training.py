"""Small training runs in processes of their own, which may be killed: a dataset, a model's layout, a recipe, ranks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain.machines import Machines
from ixigen_train.pretrain.prepare import prepare
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.metrics import Line, read_metrics
from tests.dataset import ORDER, write_dataset
from tests.unit.train.models.layouts import layout

_PATIENCE = 180  # seconds for any of it
_POLL = 0.005


@dataclass(frozen=True)
class Setting:
    """What runs are about: a dataset of three parts, a layout with tied embeddings, a recipe in fp32."""

    folder: Path
    recipe: TrainRecipe

    @classmethod
    def written(cls, folder: Path, steps: int, every: int, windows: int = 4) -> "Setting":
        """Write all of it: `steps` steps of `windows` windows, a checkpoint every so many."""
        order = (ORDER * (steps * windows // len(ORDER) + 1))[: steps * windows]
        write_dataset(str(folder / "set"), order=order)
        layout("qwen2").save_pretrained(folder / "model")
        told = {
            "name": "small",
            "model": {"path": str(folder / "model"), "weights": "random"},
            "precision": "fp32",
            "batch": {"windows": windows, "microbatch": 2},
            "optimizer": {"lr": 1e-3},
            "schedule": {"warmup": 2},
            "checkpoints": {"every": every, "keep": 2},
            "evaluation": {"parts": []},
        }
        (folder / "recipe.yaml").write_text(yaml.safe_dump(told))
        return cls(folder, TrainRecipe.model_validate(told))

    @property
    def shards(self) -> str:
        return str(self.folder / "set")

    def reference(self, out: Path) -> list[str]:
        """Return the words of the reference loop."""
        return ["ixigen_train.reference", str(self.folder / "recipe.yaml"), "--shards", self.shards, "--out", str(out)]

    def foundry(self, out: Path, ranks: int) -> list[str]:
        """Write the folder of a Composer run, new or one that goes on, and return the words of its ranks."""
        prepare(self.recipe, self.shards, str(out), Machines(ranks)).write("cpu")
        return ["ixigen_train.pretrain.rank", str(out)]


@dataclass(frozen=True)
class Ranks:
    """The ranks of a run. What a launcher does: one that dies takes the others along."""

    processes: tuple[subprocess.Popen[bytes], ...]
    log: Path

    @classmethod
    def start(cls, words: list[str], ranks: int, log: Path, moment: str = "never") -> "Ranks":
        """Start `python -m` words on so many ranks; the last one dies at the moment (see killed_training.py)."""
        port = _free_port()
        processes = []
        for rank in range(ranks):
            environment = {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(ranks),
                "LOCAL_WORLD_SIZE": str(ranks),
                "NODE_RANK": "0",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "OMP_NUM_THREADS": "1",
            }
            armed = moment if rank == 0 else "never"
            command = [sys.executable, "-m", "tests.e2e.killed_training", armed, *words]
            with log.open("ab") as stream:
                process = subprocess.Popen(command, env=os.environ | environment, stdout=stream, stderr=stream)
            processes.append(process)
        return cls(tuple(processes), log)

    def kill(self) -> None:
        """Send SIGKILL to all of them, and wait until they are gone."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def terminate(self) -> None:
        """Send SIGTERM to all of them."""
        for process in self.processes:
            process.terminate()

    def wait(self) -> list[int]:
        """Return the exit codes, when all have ended or one has failed and the others were killed."""
        try:
            self.until(lambda: any(process.poll() for process in self.processes) or self._ended())
        finally:
            codes = [process.poll() for process in self.processes]
            self.kill()
        return [process.returncode if code is None else code for process, code in zip(self.processes, codes, strict=True)]

    def until(self, happened: Callable[[], object]) -> None:
        """Wait until something has happened, or all ranks have ended.

        Raises:
            AssertionError: it has not, in three minutes; with the end of the log.
        """
        ends = time.monotonic() + _PATIENCE
        while not happened() and not self._ended():
            if time.monotonic() > ends:
                self.kill()
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(_POLL)

    def _ended(self) -> bool:
        return all(process.poll() is not None for process in self.processes)


def finished(words: list[str], ranks: int, log: Path, moment: str = "never") -> list[int]:
    """Run ranks to their end and return their exit codes."""
    return Ranks.start(words, ranks, log, moment).wait()


def has_step(metrics: Path, step: int) -> Callable[[], bool]:
    """Return whether a run has told of a step, as a question to ask again and again."""

    def has() -> bool:
        lines: tuple[Line, ...] = ()
        try:
            lines = read_metrics(metrics)
        except (IxigenError, OSError):
            pass
        return bool(lines) and int(str(lines[-1]["step"])) >= step

    return has


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
