"""Deferred kernels: compiled at the first call, whoever makes it, and known to one another."""

import inspect
import sys

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
