import subprocess
import sys
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain.claim import claimed
from ixigen_train.runs.folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    made.make()
    return made


def test_a_second_command_is_refused(folder: RunFolder) -> None:
    told = "another command trains there; wait until it ends"
    with claimed(folder, 0, 1.0), pytest.raises(IxigenError, match=told), claimed(folder, 0, patience=0.3):
        pytest.fail("two commands in one folder")
    with claimed(folder, 0, patience=0.0):
        pass


def test_each_machine_of_a_run_holds_its_own(folder: RunFolder) -> None:
    with claimed(folder, 0, 1.0), claimed(folder, 1, patience=0.0):
        pass


def test_ranks_that_outlive_their_command_hold_the_folder(folder: RunFolder) -> None:
    with claimed(folder, 0, 1.0) as handle:
        rank = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(handle,))
    with pytest.raises(IxigenError, match="another command trains there"), claimed(folder, 0, patience=0.3):
        pytest.fail("the rank still runs")
    rank.communicate(b"\n")
    with claimed(folder, 0, patience=5.0):
        pass
