"""The machines of a run, and the accelerators of this one; without torch, whose CUDA would take memory of its own."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_train.sizing.devices import Precision

_DRIVER = Path("/proc/driver/nvidia/gpus")
_MODEL = re.compile(r"^Model:\s*(.*\S)", re.MULTILINE)


@dataclass(frozen=True)
class Machines:
    """Ranks on each machine, and which of the machines this is."""

    ranks_here: int
    count: int = 1
    number: int = 0  # of this machine, from 0
    endpoint: str | None = None  # host:port of machine 0; None on one machine
    grace_seconds: int = 30  # that ranks have to end their step and save, when they are told to end

    def __post_init__(self) -> None:
        """Check that the machines can find each other.

        Raises:
            IxigenError: they cannot.
        """
        if self.count > 1 and self.endpoint is None:
            raise IxigenError("--rdzv-endpoint: is missing; with --nnodes 2 or more give host:port of machine 0")
        if self.number >= self.count:
            raise IxigenError(f"--node-rank: {self.number} of {self.count} machines; use 0 to {self.count - 1}")

    @property
    def ranks(self) -> int:
        """Over all machines."""
        return self.ranks_here * self.count

    @property
    def own_ranks(self) -> range:
        """The numbers of those here."""
        return range(self.number * self.ranks_here, (self.number + 1) * self.ranks_here)


def check_devices(machines: Machines, found: tuple[str, ...], precision: Precision) -> None:
    """Check that this machine has what its ranks compute on. found: its GPUs.

    Raises:
        IxigenError: it has not.
    """
    if not found and precision == "bf16":
        raise IxigenError("precision: bf16 needs a GPU, and there is none here; use fp32")
    if found and machines.ranks_here > len(found):
        raise IxigenError(
            f"--ranks: {machines.ranks_here} on {len(found)} GPUs; each rank has its own: use {len(found)} or fewer"
        )


def gpus() -> tuple[str, ...]:
    """Return the names of the GPUs that processes started here will see, as the driver tells them; none without one."""
    tool = shutil.which("nvidia-smi")
    return visible(_listed() if tool is None else _asked(tool), os.environ.get("CUDA_VISIBLE_DEVICES"))


def _asked(tool: str) -> tuple[str, ...]:
    query = [tool, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return tuple(line.strip() for line in done.stdout.splitlines() if line.strip()) if done.returncode == 0 else ()


def _listed() -> tuple[str, ...]:
    """Return what the driver lists of itself: containers may come without its tool."""
    models = (_MODEL.search(file.read_text()) for file in sorted(_DRIVER.glob("*/information")))
    return tuple(found[1] for found in models if found)


def visible(names: tuple[str, ...], chosen: str | None) -> tuple[str, ...]:
    """Return the GPUs that CUDA_VISIBLE_DEVICES leaves: numbers up to the first that is none, or identifiers.

    >>> visible(("a", "b", "c"), "2,0"), visible(("a", "b"), ""), visible(("a", "b"), None)
    (('c', 'a'), (), ('a', 'b'))
    """
    if chosen is None:
        return names
    left = []
    for word in (word.strip() for word in chosen.split(",")):
        if word.isdecimal() and int(word) < len(names):
            left.append(names[int(word)])
        elif word.startswith(("GPU-", "MIG-")) and names:
            left.append(names[0])
        else:
            break
    return tuple(left)
