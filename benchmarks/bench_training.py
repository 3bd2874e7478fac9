"""Steps: LLM-Foundry with its own text loader and Composer's Hugging Face model, ours without hooks, ours with.

On a GPU a Qwen 2.5 layout of 1.5 B random parameters in bf16, windows of 4,096 and 32,768 tokens; elsewhere a small one
in fp32 that shows no more than that everything runs. The same shards and weights, one process and one device each. Ours
runs once more with flash attention where its package is installed. A contender that fails is told as such, and the
others go on; every row is printed and written as soon as it is there.
"""

import argparse
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.harness import measure, write_results
from benchmarks.training_contenders import CONTENDERS, WARM_UP, Row, Setting, prepare, speed

_TO_START = 60.0  # seconds of imports, of reading weights and of a first step


@dataclass(frozen=True)
class Left:
    """The seconds that are left, and the runs that they are for, the next one among them."""

    seconds: float
    runs: int

    @property
    def steps(self) -> float:
        """The time in which the next run begins steps: an equal part, less what it takes to start."""
        return max(self.seconds / self.runs - _TO_START, 0.0)

    @property
    def limit(self) -> float:
        """The time after which the next run is ended, so that the others can still start."""
        return max(self.seconds / self.runs, self.seconds - (self.runs - 1) * _TO_START)


@dataclass(frozen=True)
class Asked:
    """What of it is run; an empty choice is all."""

    quick: bool
    windows: Sequence[int]
    contenders: Sequence[str]
    steps: int | None  # that count
    seconds: float | None  # for all of it

    @property
    def name(self) -> str:
        """Of the results: a choice does not overwrite all."""
        return "_".join(["training", *map(str, self.windows), *self.contenders])


def main(quick: bool, options: Sequence[str] = ()) -> None:
    """Measure every contender at every size, print a table, write the figures."""
    import torch

    asked, rows = asked_for(quick, options), list[Row]()
    chosen = asked.contenders or _installed()
    settings = settings_of(asked, torch.cuda.is_available())
    end = None if asked.seconds is None else time.monotonic() + asked.seconds
    with tempfile.TemporaryDirectory(prefix="ixigen-training-") as folder:
        for number, setting in enumerate(settings):
            measure(prepare, folder, setting.model_dump())
            for position, contender in enumerate(chosen):
                runs = (len(settings) - number) * len(chosen) - position
                left = None if end is None else Left(end - time.monotonic(), runs)
                rows.append(row_of(contender, setting, folder, left))
                print(rows[-1].model_dump_json(), flush=True)
                path = write_results(asked.name, _plain(rows))
            show(setting, rows[-len(chosen) :])
    print(path.read_text())
    print(f"figures: {path}")


def asked_for(quick: bool, options: Sequence[str]) -> Asked:
    """Read the options of this benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks training --", description=__doc__)
    parser.add_argument("--window", type=int, action="append", default=[], help="tokens of a window; otherwise all")
    parser.add_argument("--contender", choices=CONTENDERS, action="append", default=[], help="otherwise all")
    parser.add_argument("--steps", type=int, help=f"steps that count, after {WARM_UP} that do not")
    parser.add_argument("--seconds", type=float, help="for all of it; contenders get equal parts of what is left")
    found = parser.parse_args(list(options))
    return Asked(quick, found.window, found.contender, found.steps, found.seconds)


def settings_of(asked: Asked, gpu: bool) -> list[Setting]:
    """Return the sizes: what fits 80 GiB, but for the peer at windows of 32,768 tokens: it makes all logits at once.

    Peaks by `MemTracker` over fake tensors, with layers computed again: at 4 windows of 4,096 tokens 34 GB of ours and
    58 GB of the peer's, at one of 32,768 tokens 37 GB and 91 GB.
    """
    sizes = [(4096, 16, 4), (32_768, 2, 1)] if gpu else [(512, 2, 1)]
    counted = asked.steps or ((3 if asked.quick else 10) if gpu else (2 if asked.quick else 12))
    found = [
        Setting(seq_len=seq_len, batch=batch, microbatch=microbatch, steps=WARM_UP + counted, gpu=gpu)
        for seq_len, batch, microbatch in sizes
        if seq_len in (asked.windows or [seq_len])
    ]
    if not found:
        sys.exit(f"--window: there is none of {asked.windows}; use one of {[seq_len for seq_len, *_ in sizes]}")
    return found


def row_of(contender: str, setting: Setting, folder: str, left: Left | None) -> Row:
    """Run a contender in a process of its own, and return its figures, or why there are none."""
    row = Row.of(contender, setting)
    if left is not None and left.limit <= _TO_START / 2:
        return row.model_copy(update={"failed": f"time limit: not started, with {left.seconds:.0f} s left"})
    steps, limit = (None, None) if left is None else (left.steps, left.limit)
    try:
        found = measure(speed, contender, folder, setting.model_dump(), steps, seconds=limit)
    except TimeoutError:
        return row.model_copy(update={"failed": f"time limit: not done after {limit:.0f} s"})
    except RuntimeError as error:  # the process itself ended, as by a signal
        return row.model_copy(update={"failed": str(error)[-2000:]})
    return Row.model_validate(found.result)


def show(setting: Setting, rows: Sequence[Row]) -> None:
    """Print the figures of one size."""
    size = f"{setting.batch} × {setting.seq_len:,} tokens a step, {setting.microbatch} × at a time"
    one = max(rows, key=lambda row: row.parameters)
    columns = ("contender", "step", "tokens/s", "MFU", "peak memory", "attention")
    table = Table(*columns, title=f"{one.parameters / 1e6:,.0f} M parameters on {one.device or 'no device'}, {size}")
    for row in rows:
        mfu = "" if row.mfu is None else f"{row.mfu:.1%}"
        peak = "" if row.peak_memory_bytes is None else f"{row.peak_memory_bytes / 1e9:.1f} GB"
        step = (row.failed or "")[:60] if row.step_seconds is None else f"{row.step_seconds:.3f} s"
        rate = "" if row.tokens_per_second is None else f"{row.tokens_per_second:,.0f}"
        table.add_row(row.contender, step, rate, mfu, peak, row.attention)
    Console().print(table)


def _installed() -> list[str]:
    flash = importlib.util.find_spec("flash_attn") is not None
    return [name for name in CONTENDERS if flash or name != "ixigen_flash"]


def _plain(rows: Sequence[Row]) -> JsonValue:
    plain: JsonValue = json.loads(json.dumps([row.model_dump() for row in rows]))
    return plain
