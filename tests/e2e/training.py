"""Small training runs in processes of their own, which may be killed: a dataset, a model's layout, a recipe, ranks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ixigen_train.pretrain.machines import Machines
from ixigen_train.pretrain.prepare import prepare
from ixigen_train.recipe.settings import TrainRecipe
from tests.dataset import ORDER, write_dataset
from tests.unit.train.models.layouts import layout

_PATIENCE = 400  # seconds for any of it, beside other tests
_POLL = 0.01


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

    def foundry(self, out: Path | str, ranks: int) -> list[str]:
        """Write the folder of a Composer run, new or one that goes on, and return the words of its ranks."""
        prepared = prepare(self.recipe, self.shards, str(out), Machines(ranks))
        prepared.write("cpu")
        return ["ixigen_train.pretrain.rank", str(prepared.folder.root)]


@dataclass(frozen=True)
class Ranks:
    """The ranks of a run. What a launcher does: one that fails takes the others along."""

    server: "RankServer"
    pids: tuple[int, ...]
    log: Path

    def wait(self) -> list[int | None]:
        """Return the exit codes, when all have ended, or one has failed; the others are killed then.

        Raises:
            AssertionError: it takes too long; with the end of the log.
        """
        ends = time.monotonic() + _PATIENCE
        codes = self._codes()
        while None in codes and not any(codes):
            if time.monotonic() > ends:
                self._kill()
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(_POLL)
            codes = self._codes()
        self._kill()
        return codes

    def _kill(self) -> None:
        for pid in self.pids:
            if self.server.exit_code(pid) is None:
                os.kill(pid, signal.SIGKILL)
        while None in self._codes():
            time.sleep(_POLL)

    def _codes(self) -> list[int | None]:
        return [self.server.exit_code(pid) for pid in self.pids]


class RankServer:
    """Starts ranks; see rank_server.py."""

    def __init__(self, module: str, log: Path) -> None:
        self._log = log
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.rank_server", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=os.environ | environment,
                text=True,
            )

    def start(
        self, words: list[str], ranks: int, moment: str = "", environment: Mapping[str, str] | None = None
    ) -> Ranks:
        """Start a module on so many ranks; the first one kills itself at the moment."""
        port = str(_free_port())
        pids = []
        for rank in range(ranks):
            told = {"RANK": str(rank), "LOCAL_RANK": str(rank), "NODE_RANK": "0"}
            told |= {"WORLD_SIZE": str(ranks), "LOCAL_WORLD_SIZE": str(ranks)}
            told |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, **(environment or {})}
            armed = "" if rank else moment
            pid = self._ask({"told": told, "words": words, "moment": armed, "log": str(self._log)})
            assert pid is not None
            pids.append(pid)
        return Ranks(self, tuple(pids), self._log)

    def exit_code(self, pid: int) -> int | None:
        """Return how a rank has ended; None while it has not."""
        return self._ask({"pid": pid})

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, told: dict[str, object]) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self._log.read_text()[-4000:]
        number: int | None = json.loads(answer)
        return number


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
