"""The order of windows: planning, state, `at`, and how far prefixes stray; beside it the greedy rule of Megatron-LM.

The marks (DESIGN §5): 10^9 windows of 64 parts planned in 4 minutes, `at` in 0.1 s and 100 MB.
"""

import random
import time
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, measure, write_results
from ixigen_data.mixture.order import Order, Tree, tree_of
from ixigen_data.mixture.segments import divide, plan_order
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import branches, schedule_of, targets
from ixigen_data.mixture.windows import window_counts

PARTS = 64
SCHEDULED = "4,096 segments"
SHAPES = ("flat", "4 × 4 × 4", SCHEDULED)
PLAN_SECONDS = 240.0
SCHEDULE_SECONDS = 4.0  # for the segments, whatever the windows
AT_SECONDS = 0.1
AT_BYTES = 100_000_000

Int64s = npt.NDArray[np.int64]
UInt16s = npt.NDArray[np.uint16]


def shares_of(windows: int, parts: int, seed: int) -> list[int]:
    """Return random shares, from a thousandth of the mean to several times it, none empty."""
    chance = random.Random(seed)
    weights = [chance.uniform(0.001, 1) ** 3 for _ in range(parts)]
    shares = [1 + int((windows - parts) * weight / sum(weights)) for weight in weights]
    shares[0] += windows - sum(shares)
    return shares


def tree(shape: str, windows: int) -> Tree:
    """Return a mixture of 64 parts: flat, or 4 × 4 × 4."""
    shares = shares_of(windows, PARTS, seed=17)
    if shape == "flat":
        return tree_of([[-1 - part for part in range(PARTS)]], [shares])
    fours = [sum(shares[first : first + 4]) for first in range(0, 64, 4)]
    children = [list(range(first, first + 4)) for first in range(1, 21, 4)]
    children += [[-1 - part for part in range(first, first + 4)] for first in range(0, 64, 4)]
    below = [fours[first : first + 4] for first in range(0, 16, 4)]
    leaves = [shares[first : first + 4] for first in range(0, 64, 4)]
    return tree_of(children, [[sum(four) for four in below], *below, *leaves])


def scheduled(windows: int) -> Order:
    """Plan a flat mixture in which half of the weights move, each along its own curve."""
    parts = [f"p{number}" for number in range(PARTS)]
    moving = {
        part: {"kind": ("linear", "cosine")[number % 4 // 2], "from": number % 7, "to": 1 + number % 11}
        for number, part in enumerate(parts)
        if number % 2
    }
    section = {
        "total_tokens": windows,
        "parts": {part: {"weight": 1 + number % 5, "from": [part]} for number, part in enumerate(parts)},
        "schedule": moving,
    }
    settings = MixtureSettings.model_validate(section)
    nodes, schedule = branches(settings), schedule_of(settings)
    assert schedule is not None
    counts = window_counts(nodes, targets(nodes, windows), 1)
    return plan_order(nodes, counts, divide(nodes, counts, schedule))


def planned(shape: str, windows: int) -> Order:
    """Return the order of a mixture of 64 parts."""
    return scheduled(windows) if shape == SCHEDULED else Order.plan(tree(shape, windows))


def ours(shape: str, windows: int) -> Work:
    """Plan an order, then ask it for windows here and there; the last one before a checkpoint costs most."""
    planned(shape, 1000).at(500)

    def work() -> JsonValue:
        resident = memory("VmRSS:")
        begin = time.process_time()
        order = planned(shape, windows)
        plan_seconds = time.process_time() - begin
        latencies = []
        for checkpoint in (0, len(order.checkpoints) // 2, max(0, len(order.checkpoints) - 2)):
            begin = time.process_time()
            order.at(min(windows, (checkpoint + 1) << 18) - 1)
            latencies.append(time.process_time() - begin)
        return {
            "plan_seconds": plan_seconds,
            "at_seconds": max(latencies),
            "state_bytes": sum(array.nbytes for array in order.arrays().values()),
            "grown_bytes": memory("VmHWM:") - resident,
        }

    return work


def greedy(windows: int) -> Work:
    """The peer: Megatron-LM's `build_blending_indices`, the largest deficit first, compiled the same way."""
    shares = np.array(shares_of(windows, PARTS, seed=17))
    blend(np.array([1, 1]), np.empty(2, np.uint16), np.empty(2, np.int64))

    def work() -> JsonValue:
        parts, indices = np.empty(windows, np.uint16), np.empty(windows, np.int64)
        blend(shares, parts, indices)
        return None

    return work


@numba.njit(cache=True)
def blend(shares: Int64s, parts: UInt16s, indices: Int64s) -> None:
    """Give each window to the part that lags most behind its share, as Megatron-LM's helpers.cpp does."""
    weights = shares / shares.sum()
    taken = np.zeros(len(shares), np.int64)
    for window in range(len(parts)):
        best, largest = 0, -np.inf
        for part in range(len(shares)):
            deficit = weights[part] * max(window, 1.0) - taken[part]
            if deficit > largest:
                best, largest = part, deficit
        parts[window], indices[window] = best, taken[best]
        taken[best] += 1


@numba.njit(cache=True)
def largest_error(shares: Int64s, parts: UInt16s) -> float:
    """Return by how many windows a part was ever away from its share of a prefix; exact up to 10^9 windows × 10^9."""
    windows = len(parts)
    taken = np.zeros(len(shares), np.int64)
    largest = 0
    for window in range(windows):
        taken[parts[window]] += 1
        for part in range(len(shares)):
            largest = max(largest, abs((window + 1) * shares[part] - taken[part] * windows))
    return largest / windows


def errors(mixtures: int) -> Work:
    """Compare the largest prefix errors of both rules over random mixtures of 2 to 64 parts."""

    def work() -> JsonValue:
        worst = {"ours": 0.0, "greedy": 0.0}
        for seed in range(mixtures):
            shares = shares_of(5000, 2 + seed % 63, seed)
            order = Order.plan(tree_of([[-1 - part for part in range(len(shares))]], [shares]))
            parts, indices = order.slice(0, 5000)
            worst["ours"] = max(worst["ours"], largest_error(np.array(shares), parts))
            blend(np.array(shares), parts, indices)
            worst["greedy"] = max(worst["greedy"], largest_error(np.array(shares), parts))
        return dict(worst)

    return work


def memory(field: str) -> int:
    """Return a line of this process's memory figures, in bytes."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field))


def main(quick: bool) -> None:
    """Measure at two sizes, print a table, write the figures; a quick run has smaller sizes."""
    sizes = (4_000_000, 16_000_000) if quick else (250_000_000, 1_000_000_000)
    runs = {(shape, size): measure(ours, shape, size) for shape in SHAPES for size in sizes}
    peer = measure(greedy, sizes[0] // 10)
    worst = measure(errors, 63 if quick else 315).result
    assert isinstance(worst, dict)
    Console().print(table(runs, peer, sizes[0] // 10))
    Console().print(f"largest prefix error, in windows: ours {worst['ours']:.3f}, greedy {worst['greedy']:.3f}")
    results: list[JsonValue] = [
        {"rule": "ours", "shape": shape, "windows": size, **run.model_dump()} for (shape, size), run in runs.items()
    ]
    results.append({"rule": "greedy", "shape": "flat", "windows": sizes[0] // 10, **peer.model_dump()})
    met = all(within_marks(run, shape, size) for (shape, size), run in runs.items())
    print(f"marks of DESIGN §5 met, in proportion to the windows: {'yes' if met else 'NO'}")
    path = write_results("order", {"runs": results, "largest_error_windows": worst, "marks_met": met})
    print(f"figures: {path}")


def within_marks(run: Figures, shape: str, windows: int) -> bool:
    """Return whether a run keeps to the marks, planning time in proportion to the windows."""
    assert isinstance(run.result, dict)
    plan, at, grown = (float(str(run.result[name])) for name in ("plan_seconds", "at_seconds", "grown_bytes"))
    seconds = PLAN_SECONDS * windows / 1e9 + (SCHEDULE_SECONDS if shape == SCHEDULED else 0.0)
    return plan <= seconds and at <= AT_SECONDS and grown <= AT_BYTES


def table(runs: dict[tuple[str, int], Figures], peer: Figures, peer_windows: int) -> Table:
    """Return the figures for a reader."""
    shown = Table("rule", "mixture", "windows", "plan, s", "ns each", "at, ms", "state, MB", "grown, MB")
    for (shape, windows), run in runs.items():
        assert isinstance(run.result, dict)
        plan, at, state, grown = (float(str(value)) for value in run.result.values())
        cells = [
            f"{plan:.2f}",
            f"{plan / windows * 1e9:.0f}",
            f"{at * 1e3:.1f}",
            f"{state / 1e6:.2f}",
            f"{grown / 1e6:.1f}",
        ]
        shown.add_row("ours", shape, f"{windows / 1e6:.0f} M", *cells)
    seconds = peer.cpu_seconds
    shown.add_row(
        "greedy",
        "flat",
        f"{peer_windows / 1e6:.1f} M",
        f"{seconds:.2f}",
        f"{seconds / peer_windows * 1e9:.0f}",
        "–",
        "–",
        "–",
    )
    return shown


if __name__ == "__main__":
    main(quick=False)
