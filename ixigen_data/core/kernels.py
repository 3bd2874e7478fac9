"""Kernels: functions that numba compiles at their first call, and keeps on the disk.

numba takes 0.25 s to import, and most commands call no kernel: so nothing else of ixigen imports it.
"""

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeVar, cast

_COMPILING = threading.RLock()
_Function = TypeVar("_Function", bound=Callable[..., object])


def kernel(function: _Function) -> _Function:
    """Mark a function as a kernel: arrays and numbers in, by position, arrays and numbers out; it holds no lock."""
    return cast(_Function, _Deferred(function, inline=False))


def inlined(function: _Function) -> _Function:
    """Mark a function as a piece of kernels, which is compiled into each that calls it."""
    return cast(_Function, _Deferred(function, inline=True))


class _Deferred:
    """A function that is not compiled yet."""

    def __init__(self, function: Callable[..., object], inline: bool) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._inline: Literal["always", "never"] = "always" if inline else "never"
        self._compiled: Callable[..., object] | None = None

    def __call__(self, *args: object) -> object:
        return (self._compiled or self.compile())(*args)

    def compile(self) -> Callable[..., object]:
        """Return the function as numba has it, in whose code it stands too: numba knows no deferred functions."""
        with _COMPILING:
            if self._compiled is None:
                compiled = _jitted(self._function, self._inline)
                scope = self._function.__globals__
                scope[self._function.__name__] = compiled  # before what it calls, which may call it
                met: list[object] = []
                for name in self._function.__code__.co_names:
                    if isinstance(called := scope.get(name), _Deferred):
                        scope[name] = called.compile()
                    met.append(scope.get(name))
                _stamp(compiled, met)
                self._compiled = compiled
            return self._compiled


def _stamp(compiled: Callable[..., object], met: Sequence[object]) -> None:
    """Have numba compile a kernel anew when a kernel that it calls has changed, or a number that it names.

    By itself numba looks only at the file in which a kernel stands, and goes on calling what stood in others before.
    """
    file = _cache_file(compiled)
    assert file is not None
    called = [other._source_stamp for each in met if (other := _cache_file(each)) not in (None, file)]  # noqa: SLF001
    named = [repr(each) for each in met if isinstance(each, int | float)]
    file._source_stamp = (file._source_stamp, tuple(called), tuple(named))  # noqa: SLF001


def _cache_file(met: object) -> "_CacheFile | None":
    """Return what numba keeps a kernel's code in; None for what is no kernel."""
    cache = getattr(met, "_cache", None)
    return cast("_CacheFile | None", getattr(cache, "_cache_file", None))


class _CacheFile(Protocol):
    _source_stamp: tuple[object, ...]  # of what the code was compiled from; there is no public way to it


def _jitted(function: Callable[..., object], inline: Literal["always", "never"]) -> Callable[..., object]:
    import numba  # noqa: PLC0415 - start-up: see above
    from numba.core import entrypoints  # noqa: PLC0415

    # Else numba imports every package that offers it types of its own: awkward, 0.25 s.
    entrypoints._already_initialized = True  # noqa: SLF001 - there is no public way
    jitted: Callable[..., object] = numba.njit(cache=True, nogil=True, inline=inline)(function)
    return jitted
