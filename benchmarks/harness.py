"""Measures one contender in a process of its own.

A contender is a function that prepares (reads its input, opens its tools, compiles its kernels) and returns the work to
be timed: a function without arguments whose result is plain JSON.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from pydantic import BaseModel, JsonValue

REPOSITORY = Path(__file__).resolve().parents[1]
CORPORA = REPOSITORY.parent / "shared" / "corpora"
RESULTS = REPOSITORY / "benchmarks" / "results"

_POOLS = ("RAYON", "OMP", "NUMBA", "OPENBLAS", "MKL", "POLARS", "ARROW")
_ONE_THREAD = {f"{pool}_NUM_THREADS": "1" for pool in _POOLS} | {
    "POLARS_MAX_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}
_MARK = "figures: "
Work = Callable[[], JsonValue]


class Figures(BaseModel):
    """What a contender's work cost; `peak_bytes` is the largest resident size of its process, preparation included."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    result: JsonValue = None


def measure(contender: Callable[..., Work], *args: JsonValue) -> Figures:
    """Prepare and run a contender, a function at the top of its module, in a fresh process with one thread.

    Raises:
        RuntimeError: the process failed; with what it wrote.
    """
    command = [
        sys.executable,
        "-m",
        "benchmarks.harness",
        contender.__module__,
        contender.__qualname__,
        json.dumps(args),
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=os.environ | _ONE_THREAD, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not lines:
        raise RuntimeError(f"{contender.__qualname__}{args}: exit {done.returncode}\n{done.stderr[-4000:]}")
    return Figures.model_validate_json(lines[-1].removeprefix(_MARK))


def best(figures: Sequence[Figures]) -> Figures:
    """Return the run that took the least CPU time: the one that neighbours on the machine disturbed least."""
    return min(figures, key=lambda run: run.cpu_seconds)


def write_results(name: str, results: JsonValue) -> Path:
    """Write a benchmark's results, with the machine, to benchmarks/results/<name>.json."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    machine = {"cores": os.cpu_count(), "memory_bytes": psutil.virtual_memory().total, "python": sys.version.split()[0]}
    path.write_text(json.dumps({"benchmark": name, "machine": machine, "results": results}, indent=1) + "\n")
    return path


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


def _peak_bytes() -> int:
    """Return the largest resident size so far. `ru_maxrss` would count the parent's pages from before exec."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    print(_MARK + run_contender(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])).model_dump_json())
