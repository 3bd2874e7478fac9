from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain import machines
from ixigen_train.pretrain.machines import Machines, check_devices, gpus, visible


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver's tool that lists two GPUs, alone on the PATH."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H100 80GB HBM3'\necho 'NVIDIA H200'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tool


def test_gpus_are_those_that_the_driver_lists(driver: Path) -> None:
    assert gpus() == ("NVIDIA H100 80GB HBM3", "NVIDIA H200")


def test_of_them_those_that_are_visible(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert gpus() == ("NVIDIA H200",)


def test_a_driver_that_fails_has_no_gpu(driver: Path) -> None:
    driver.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    assert gpus() == ()


def test_without_its_tool_what_the_driver_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(machines, "_DRIVER", tmp_path / "gpus")
    assert gpus() == ()
    (tmp_path / "gpus" / "0000:0f:00.0").mkdir(parents=True)
    told = "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 24\n"
    (tmp_path / "gpus" / "0000:0f:00.0" / "information").write_text(told)
    assert gpus() == ("NVIDIA H100 80GB HBM3",)


@pytest.mark.parametrize(
    ("chosen", "left"),
    [("0, 2", ("a", "c")), ("1,-1,0", ("b",)), ("NoDevFiles", ()), ("GPU-8932f937,MIG-1", ("a", "a")), ("7", ())],
)
def test_what_the_variable_leaves(chosen: str, left: tuple[str, ...]) -> None:
    assert visible(("a", "b", "c"), chosen) == left


def test_ranks_that_have_no_device_of_their_own() -> None:
    check_devices(Machines(2), ("a", "b"), "bf16")
    check_devices(Machines(4), (), "fp32")
    with pytest.raises(IxigenError, match=r"^precision: bf16 needs a GPU, and there is none here; use fp32$"):
        check_devices(Machines(1), (), "bf16")
    with pytest.raises(IxigenError, match=r"^--ranks: 3 on 2 GPUs; each rank has its own: use 2 or fewer$"):
        check_devices(Machines(3), ("a", "b"), "bf16")


def test_ranks_are_counted_over_all_machines() -> None:
    assert Machines(8).ranks == 8
    assert Machines(8, 4, 3, "host:29500").ranks == 32


def test_machines_that_cannot_find_each_other() -> None:
    with pytest.raises(IxigenError, match="--rdzv-endpoint: is missing; with --nnodes 2 or more give host:port"):
        Machines(8, 2)
    with pytest.raises(IxigenError, match="--node-rank: 2 of 2 machines; use 0 to 1"):
        Machines(8, 2, 2, "host:29500")
