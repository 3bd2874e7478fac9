import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain import launch
from ixigen_train.pretrain.fault import Fault, faults_in
from ixigen_train.pretrain.launch import Ranks, command, environment, launcher_log, started
from ixigen_train.pretrain.machines import Machines
from ixigen_train.runs.folder import RunFolder

pytestmark = pytest.mark.train

# A rank that does nothing, but says who it is.
SLEEPER = """
import os, pathlib, signal, sys, time
from ixigen_train.pretrain.parent import end_with_parent
end_with_parent(signal.SIGKILL)
folder = pathlib.Path(sys.argv[1])
(folder / f".{os.environ['RANK']}").write_text(str(os.getpid()))
(folder / f".{os.environ['RANK']}").rename(folder / f"pid-{os.environ['RANK']}")
time.sleep(600)
"""
# A command that starts two of them and waits.
STARTER = """
import sys, time
from pathlib import Path
from ixigen_train.pretrain import launch
from ixigen_train.pretrain.machines import Machines
from ixigen_train.runs.folder import RunFolder
script, root = sys.argv[1], Path(sys.argv[2])
ours = launch.command
launch.command = lambda folder, machines: [*ours(folder, machines)[:-3], script, str(folder)]
with launch.started(RunFolder(root), Machines(2)) as ranks:
    ranks.wait()
"""
SECONDS = 60


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    made.make()
    return made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    return tmp_path / "sleeper.py"


def pids(folder: RunFolder) -> list[int]:
    """Wait until both ranks run; return their process ids."""
    files = [folder.root / f"pid-{rank}" for rank in range(2)]
    until = time.monotonic() + SECONDS
    while not all(file.exists() for file in files):
        assert time.monotonic() < until, launcher_log(folder, Machines(2)).read_text()
        time.sleep(0.1)
    return [int(file.read_text()) for file in files]


def assert_gone(numbers: list[int]) -> None:
    until = time.monotonic() + SECONDS
    while any(runs(number) for number in numbers):
        assert time.monotonic() < until, "a rank outlived its command"
        time.sleep(0.1)


def runs(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ranks_end_with_their_command_however_it_ends(number: signal.Signals, folder: RunFolder, script: Path) -> None:
    words = [sys.executable, "-c", STARTER, str(script), str(folder.root)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.getcwd()}) as process:
        numbers = pids(folder)
        process.send_signal(number)
        status = process.wait(SECONDS)
    assert_gone(numbers)
    assert status == {signal.SIGTERM: 128 + signal.SIGTERM}.get(number, -number)


def test_a_rank_that_is_killed_ends_all_and_is_named(
    folder: RunFolder, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = command
    monkeypatch.setattr(launch, "command", lambda root, machines: [*ours(root, machines)[:-3], str(script), str(root)])
    with started(folder, Machines(2)) as ranks:
        numbers = pids(folder)
        assert ranks.alive()
        os.kill(numbers[1], signal.SIGKILL)
        told = (
            r"^rank 1 ended by SIGKILL without a word; the system may have run out of memory \(see .*launcher\.log\)$"
        )
        with pytest.raises(IxigenError, match=told):
            ranks.wait()
    assert_gone(numbers)


def test_what_a_rank_has_left_is_what_is_told(folder: RunFolder) -> None:
    Fault.of(1, IxigenError("the dataset is another one")).write(folder)
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(IxigenError, match=r"^the dataset is another one$"):
        Ranks(folder, process, Machines(1)).wait()


def test_ranks_that_never_began_are_told_with_the_log(folder: RunFolder) -> None:
    launcher_log(folder, Machines(1)).write_text("no module named torch\n")
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(IxigenError, match=r"^the ranks ended with status 3 without a word \(see .*launcher\.log\)$"):
        Ranks(folder, process, Machines(1)).wait()


def test_the_command_names_machines_and_ranks(folder: RunFolder) -> None:
    alone = " ".join(command(folder.root, Machines(2)))
    assert "--nnodes 1 --node-rank 0 --standalone --nproc-per-node 2 --max-restarts 0 --shutdown-timeout 30" in alone
    many = " ".join(command(folder.root, Machines(8, 4, 3, "host:29500")))
    assert "--nnodes 4 --node-rank 3 --rdzv-backend static --rdzv-endpoint host:29500 --nproc-per-node 8" in many


def test_the_environment_leaves_what_is_set() -> None:
    ours = environment(Machines(4, 2, 1, "host:1"), {"OMP_NUM_THREADS": "3", "HOME": "/h"})
    assert (ours["NODE_RANK"], ours["FSDP_VERSION"], ours["OMP_NUM_THREADS"], ours["HOME"]) == ("1", "2", "3", "/h")
    assert int(environment(Machines(10**6), {})["OMP_NUM_THREADS"]) == 1


def test_machines_that_share_a_folder_keep_their_logs_apart_and_leave_each_others_faults(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may be started again before the other has read why the last start ended; machine 0 clears up for all."""
    monkeypatch.setattr(launch, "command", lambda *_: [sys.executable, "-c", "print('here')"])
    for rank in range(4):
        Fault.of(rank, ValueError("of the last start")).write(folder)
    for number, left in ((1, [0, 1]), (0, [])):
        with started(folder, Machines(2, 2, number, "host:1")) as ranks:
            ranks.wait()
        assert (folder.logs / f"launcher-{number}.log").read_text() == "here\n"
        assert sorted(fault.rank for fault in faults_in(folder)) == left
