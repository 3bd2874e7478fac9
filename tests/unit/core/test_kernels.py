"""Deferred kernels: compiled at the first call, whoever makes it, and known to one another."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

Int64s = npt.NDArray[np.int64]


@kernel
def total(values: Int64s) -> int:
    """Sum up the doubles."""
    found = 0
    for value in values:
        found += doubled(value)
    return found


@inlined
def doubled(value: int) -> int:
    return once(value) + once(value)


@kernel
def once(value: int) -> int:
    return value


@kernel
def is_even(value: int) -> bool:
    if value == 0:
        return True
    return not is_even(value - 1)


def test_kernels_call_kernels() -> None:
    deferred = total
    assert deferred(np.arange(5)) == 20
    assert deferred(np.arange(6)) == 30
    module = sys.modules[__name__]
    assert {type(getattr(module, name)).__name__ for name in ("total", "doubled", "once")} == {"CPUDispatcher"}


def test_a_kernel_may_call_itself() -> None:
    assert is_even(4)
    assert not is_even(7)


def test_a_kernel_keeps_its_docstring_and_signature() -> None:
    from ixigen_data.tokens.gather_kernel import gather_runs

    assert (inspect.getdoc(gather_runs) or "").startswith("Write runs")
    assert next(iter(inspect.signature(gather_runs).parameters)) == "source"


def test_a_kernel_is_compiled_anew_when_what_it_calls_changes(tmp_path: Path) -> None:
    """numba looks at the file of the caller alone; a number of another file is built in as well."""
    caller = "from ixigen_data.core.kernels import kernel\nfrom {0} import STEP, step\n\n\n@kernel\ndef twice(x):\n"
    (tmp_path / "calling.py").write_text(caller.format("called") + "    return step(step(x)) + STEP\n")
    called = (
        "from ixigen_data.core.kernels import kernel\n\nSTEP = {0}\n\n\n@kernel\ndef step(x):\n    return x + {1}\n"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    found = []
    for constant, added in ((0, 1), (0, 20), (500, 20)):
        (tmp_path / "called.py").write_text(called.format(constant, added))
        run = [sys.executable, "-c", "from calling import twice; print(twice(1))"]
        found.append(int(subprocess.check_output(run, cwd=tmp_path, env=environment)))
    assert found == [3, 41, 541]
