"""Measures one contender in a process of its own.

A contender is a function that prepares (reads its input, opens its tools, compiles its kernels) and returns the work to
be timed: a function without arguments whose result is plain JSON. Or it is a command, timed from its start to the end
of the last process that it started.
"""

import ctypes
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from pydantic import BaseModel, JsonValue

REPOSITORY = Path(__file__).resolve().parents[1]
CORPORA = REPOSITORY.parent / "shared" / "corpora"
RESULTS = Path(os.environ.get("IXIGEN_RESULTS", REPOSITORY / "benchmarks" / "results"))

_POOLS = ("RAYON", "OMP", "NUMBA", "OPENBLAS", "MKL", "POLARS", "ARROW")
_ONE_THREAD = {f"{pool}_NUM_THREADS": "1" for pool in _POOLS} | {
    "POLARS_MAX_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}
_VERSIONS = (
    "datatrove",
    "flash-attn",
    "gigatoken",
    "llm-foundry",
    "mosaicml-streaming",
    "numba",
    "numpy",
    "pyarrow",
    "tokenizers",
    "torch",
    "transformers",
)
_MARK = "figures: "
_COMMAND = "--command"
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
Work = Callable[[], JsonValue]


class Figures(BaseModel):
    """What a contender's work cost; `peak_bytes` is the largest resident size of its process, preparation included."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    result: JsonValue = None


def measure(contender: Callable[..., Work], *args: JsonValue, seconds: float | None = None) -> Figures:
    """Prepare and run a contender, a function at the top of its module, in a fresh process with one thread.

    Raises:
        RuntimeError: the process failed; with what it wrote.
        TimeoutError: it took longer than so many seconds, and was ended.
    """
    return _figures_of([contender.__module__, contender.__qualname__, json.dumps(args)], seconds)


def measure_command(command: Sequence[str]) -> Figures:
    """Run a command in a fresh process with one thread, and count it with all processes that it starts.

    The peak is that of its largest process. The result is what the command printed.

    Raises:
        RuntimeError: the command failed; with what it wrote.
    """
    return _figures_of([_COMMAND, json.dumps(list(command))])


def _figures_of(args: Sequence[str], seconds: float | None = None) -> Figures:
    # Without bytecode every start would compile every package anew: not what a second run of anything costs.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.harness", *args],
            cwd=REPOSITORY,
            env=environment | _ONE_THREAD,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{' '.join(args)}: not done after {seconds:,.0f} s") from error
    lines = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not lines:
        raise RuntimeError(f"{' '.join(args)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return Figures.model_validate_json(lines[-1].removeprefix(_MARK))


def best(figures: Sequence[Figures]) -> Figures:
    """Return the run that took the least CPU time: the one that neighbours on the machine disturbed least."""
    return min(figures, key=lambda run: run.cpu_seconds)


def write_results(name: str, results: JsonValue) -> Path:
    """Write a benchmark's results, with the machine, to <name>.json in benchmarks/results, or in $IXIGEN_RESULTS."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    machine = {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": sys.version.split()[0],
        **{package: _version_of(package) for package in _VERSIONS},
    }
    path.write_text(json.dumps({"benchmark": name, "machine": machine, "results": results}, indent=1) + "\n")
    return path


def _version_of(package: str) -> str | None:
    """Return the version of a package; None where it is not there, as no benchmark needs all of them."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def run_contender(module: str, name: str, args: Sequence[JsonValue]) -> Figures:
    """Prepare and run a contender in this process."""
    contender: Callable[..., Work] = getattr(importlib.import_module(module), name)
    work = contender(*args)
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Figures(
        cpu_seconds=time.process_time() - cpu,
        wall_seconds=time.perf_counter() - wall,
        peak_bytes=_peak_bytes(),
        result=result,
    )


def run_command(command: Sequence[str]) -> Figures:
    """Run a command and wait for it and for every process below it."""
    # Its processes come to us when their parent ends before they do, as workers behind a fork server may: so that they
    # can be waited for, which is when the kernel adds up what they took.
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("prctl: this machine cannot count the processes of a command")
    wall = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    wall = time.perf_counter() - wall
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Figures(
        cpu_seconds=used.ru_utime + used.ru_stime,
        wall_seconds=wall,
        peak_bytes=used.ru_maxrss * 1024,
        result=done.stdout,
    )


def _peak_bytes() -> int:
    """Return the largest resident size so far. `ru_maxrss` would count the parent's pages from before exec."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    if sys.argv[1] == _COMMAND:
        figures = run_command(json.loads(sys.argv[2]))
    else:
        figures = run_contender(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    print(_MARK + figures.model_dump_json())
