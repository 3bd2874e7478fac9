from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_train.pretrain.fault import Fault, clear_faults, faults_in
from ixigen_train.runs.folder import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path)
    made.make()
    return made


def test_an_error_of_ours_is_told_as_it_is(folder: RunFolder) -> None:
    fault = Fault.of(1, ShardError("shard.00001.mds: damaged"))
    assert fault.told
    assert fault.sentence(folder) == "shard.00001.mds: damaged"


def test_an_error_of_ours_is_found_within_others(folder: RunFolder) -> None:
    # Composer and LLM-Foundry wrap what their callbacks raise.
    outer = RuntimeError("could not build the dataloader")
    outer.__cause__ = IxigenError("batch.windows: 4")
    assert Fault.of(0, outer).sentence(folder) == "batch.windows: 4"


def test_another_exception_is_named_with_its_first_line_and_the_log(folder: RunFolder) -> None:
    told = Fault.of(2, ValueError("shapes differ\nC++ stack …")).sentence(folder)
    assert told == f"rank 2: ValueError: shapes differ (see {folder.log(2)})"
    assert Fault.of(2, KeyError()).sentence(folder) == f"rank 2: KeyError:  (see {folder.log(2)})"


def test_a_device_without_memory_is_told_what_helps(folder: RunFolder) -> None:
    error = type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried to allocate 20.00 MiB.")
    told = Fault.of(0, error).sentence(folder)
    assert told.startswith("rank 0 has no memory left on its device; use a smaller batch.microbatch")


def test_the_fault_that_says_all_comes_first_then_the_earliest(folder: RunFolder) -> None:
    Fault.of(0, RuntimeError("connection closed by peer")).write(folder)
    Fault.of(2, ValueError("later")).write(folder)
    Fault.of(1, IxigenError("a shard is damaged")).write(folder)
    assert [fault.rank for fault in faults_in(folder)] == [1, 0, 2]
    clear_faults(folder, range(2))
    assert [fault.rank for fault in faults_in(folder)] == [2]
    clear_faults(folder)
    assert faults_in(folder) == []
