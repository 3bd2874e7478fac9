import subprocess
import sys
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.claim import claimed, is_worked_in
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


def test_whoever_waits_is_told_so(folder: RunFolder, caplog: pytest.LogCaptureFixture) -> None:
    with claimed(folder, 0, 1.0) as handle:
        rank = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"], pass_fds=(handle,))
    with claimed(folder, 0, patience=9.0):
        assert f"{folder.root}: another command works there; waiting 9 s for it to end" in caplog.text
    rank.wait()


def test_a_folder_is_worked_in_while_it_is_held(folder: RunFolder) -> None:
    assert is_worked_in(folder)  # nobody can tell: it was never held
    with claimed(folder, 0, 1.0), claimed(folder, 1, 1.0):
        assert is_worked_in(folder)
    assert not is_worked_in(folder)
    with claimed(folder, 1, 1.0):
        assert is_worked_in(folder)


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
