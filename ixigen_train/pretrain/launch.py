"""The ranks of a run on this machine: started, asked whether they live, ended."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain.fault import clear_faults, faults_in
from ixigen_train.pretrain.machines import Machines
from ixigen_train.runs.folder import RunFolder

_LEEWAY_SECONDS = 10  # for torch.distributed.run to end, beyond what it gives its ranks
_EXIT_CODE = re.compile(r"rank\s*:\s*(\d+).*?exitcode\s*:\s*(-?\d+)", re.DOTALL)


class Ranks:
    """The processes of a run. They write into its folder alone; see `fault.py`."""

    def __init__(self, folder: RunFolder, process: subprocess.Popen[bytes], machines: Machines) -> None:
        self._folder = folder
        self._machines = machines
        self._process = process

    def alive(self) -> bool:
        """Return whether any of them still runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Return when all have ended.

        Raises:
            IxigenError: one of them failed; what it said, in one line.
        """
        status = self._process.wait()
        if status:
            raise IxigenError(self._reason(status))

    def end(self) -> None:
        """End them all, as kindly as the time allows."""
        if not self.alive():
            return
        self._process.terminate()
        try:
            self._process.wait(self._machines.grace_seconds + _LEEWAY_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _reason(self, status: int) -> str:
        faults = faults_in(self._folder)
        if faults:
            return faults[0].sentence(self._folder)
        log = launcher_log(self._folder, self._machines)
        # "Root Cause (first observed failure)" stands behind the ranks that were ended because of it.
        text = log.read_text(encoding="utf-8", errors="replace").rpartition("Root Cause")[2]
        match = _EXIT_CODE.search(text)
        rank, code = (int(match[1]), int(match[2])) if match else (None, status)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        advice = "; the system may have run out of memory" if code == -signal.SIGKILL else ""
        return f"{'the ranks' if rank is None else f'rank {rank}'} ended {how} without a word{advice} (see {log})"


@contextlib.contextmanager
def started(folder: RunFolder, machines: Machines, claim: int | None = None) -> Iterator[Ranks]:
    """Start the ranks of a run whose configuration stands in its folder; at the block's end none is left.

    SIGTERM ends the block like Ctrl-C does, and the command with the status that a shell gives it.

    `claim`: the handle of a lock that is held as long as they run (`claim.py`).
    """
    # Those of another machine may not have been read yet; but machine 0 tells what is left, of whatever machine.
    clear_faults(folder, machines.own_ranks if machines.number else None)
    with launcher_log(folder, machines).open("wb") as log:
        process = subprocess.Popen(
            command(folder.root, machines),
            env=environment(machines, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=() if claim is None else (claim,),
            start_new_session=True,  # Ctrl-C reaches this process, which ends them in order
        )
    ranks = Ranks(folder, process, machines)
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield ranks
    finally:
        ranks.end()
        signal.signal(signal.SIGTERM, before)


def command(folder: Path, machines: Machines) -> list[str]:
    """Return the command that starts the ranks of this machine."""
    where = ["--standalone"]
    if machines.endpoint is not None:
        where = ["--rdzv-backend", "static", "--rdzv-endpoint", machines.endpoint]
    return [
        *(sys.executable, "-m", "ixigen_train.pretrain.agent"),
        *("--nnodes", str(machines.count), "--node-rank", str(machines.number), *where),
        *("--nproc-per-node", str(machines.ranks_here), "--max-restarts", "0"),
        *("--shutdown-timeout", str(machines.grace_seconds)),
        *("-m", "ixigen_train.pretrain.rank", str(folder)),
    ]


def environment(machines: Machines, outer: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the ranks; what is set already stays."""
    cores = len(os.sched_getaffinity(0))
    ours = {
        "FSDP_VERSION": "2",
        "NODE_RANK": str(machines.number),  # torch.distributed.run calls it GROUP_RANK, and Composer wants this one
        "OMP_NUM_THREADS": str(max(1, cores // machines.ranks_here)),
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    return {**ours, **outer}


def launcher_log(folder: RunFolder, machines: Machines) -> Path:
    """Return the file of what torch.distributed.run says on this machine; a folder may be that of several."""
    return folder.logs / ("launcher.log" if machines.count == 1 else f"launcher-{machines.number}.log")


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + number)
