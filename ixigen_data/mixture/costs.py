"""What the stages of a build take: seconds of a processor, disk, and the time on machines of several sizes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ixigen_data.dedup.settings import NearSettings
from ixigen_data.mixture.estimate import SourceEstimate
from ixigen_data.mixture.plan import MixPlan

# Seconds of one processor of the machine that was measured, over seven corpora of 18 to 230 MB built whole, above what
# reading, rules and encoding take, which a sample tells: (a MB of cleaned text, a million documents, a million tokens).
_CLEAN = (0.004, 0.75, 0.0)  # hash, compress and write
_DEDUP = (0.0, 0.06, 0.0)
# With near-duplicates: signatures beside cleaning, pairs and keepers, by benchmarks/results/{signatures,clusters}.json.
_SIGN, _NEAR = (0.0035, 2.0, 0.0), (0.0, 4.3, 0.0)
_TOKENIZE = (0.0063, 0.75, 0.0)  # read, count, sort and write
_STORE = (0.0, 0.25, 0.007)
_SHARDS = (0.0, 0.7, 0.013)
_RECOUNT = (0.0, 0.1, 0.0053)
_ORDER = 0.24  # of a million windows
_FIT = 0.3  # of a million documents, where windows are fitted
_AUDIT_MB, _AUDITED_DOCUMENTS, _AUDITED_BYTES = 0.8, 4, 4 << 20  # a chunk: its thousandth, but at least and at most
# Imports, kernels, tokenizer: of this process and the fork server, of each worker, of each that audits.
_PARENT, _WORKER, _AUDITOR = 3.4, 1.6, 1.5
# Sorting numbers is memory and arithmetic in about the measure of the stages; this is what the machine took.
_YARDSTICK_SECONDS, _YARDSTICK_NUMBERS = 0.020, 1 << 19

_CHUNK_BYTES, _DEDUP_KEYS, _STORE_TOKENS, _SHARD_TASK_BYTES = 64 << 20, 4 << 20, 12 << 20, 256 << 20  # of one task
_CHUNK_ROW, _INDEX_ROW, _LINEAGE_ROW = 62, 55, 12  # bytes of a document beside its text, its tokens, its windows
_SLOT, _BAND, _PAIRS = 2, 12, 30  # bytes of a signature's slot, of a band's hash, of a document's pairs and drops
_NEAR_BANDS = 8 << 20  # of one task
WORKER_BYTES, PARENT_BYTES = 700 << 20, 350 << 20  # memory: 520 to 760 MB by benchmarks/results/build.json


@dataclass(frozen=True)
class StageCost:
    """What a stage takes, of all sources. Its tasks share the work; the longest takes so much of it alone."""

    stage: str
    cpu_seconds: float
    disk_bytes: int
    tasks: int
    longest_seconds: float

    def wall_seconds(self, workers: int) -> float:
        """Return how long the stage takes on so many processors."""
        return max(self.cpu_seconds / max(1, min(workers, self.tasks)), self.longest_seconds)


@dataclass(frozen=True)
class MachineCost:
    """A build on a machine of so many processors like this one, one worker on each."""

    cores: int
    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    write_bytes_second: int  # on average; the disk must give it


@dataclass(frozen=True)
class Demand:
    """What a build has to do beside what its sources are."""

    plan: MixPlan
    token_bytes: int  # in the token store
    held_out_tokens: int
    near: NearSettings | None = None
    pace: float = 1.0  # this machine's seconds for one of the machine that was measured


def measure_pace() -> float:
    """Return how many seconds this machine takes for one of the machine that was measured."""
    values = np.arange(_YARDSTICK_NUMBERS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    taken = []
    for _ in range(3):
        began = time.process_time()
        np.argsort(values, kind="stable")
        taken.append(time.process_time() - began)
    return min(taken) / _YARDSTICK_SECONDS


def stage_costs(estimates: Sequence[SourceEstimate], demand: Demand) -> tuple[StageCost, ...]:
    """Return what each stage takes, in the order in which bytes flow."""
    text = sum(source.text_bytes for source in estimates)
    documents = sum(source.documents for source in estimates)
    tokens = sum(source.tokens for source in estimates)
    plan, pace = demand.plan, demand.pace
    written = plan.total_windows * plan.seq_len + demand.held_out_tokens
    # Documents are written over and over where a part has several epochs, and not all where it has less than one.
    pieces = round(documents * written / max(1, tokens)) + plan.total_windows
    encoded = tokens * demand.token_bytes + documents * _INDEX_ROW
    windows = written // plan.seq_len
    dataset = windows * (4 * plan.seq_len + plan.seq_len // 8 + 6) + pieces * _LINEAGE_ROW
    fitted = _FIT * documents / 1e6 if plan.method == "best_fit" else 0.0
    planned = pace * (0.01 + _ORDER * plan.total_windows / 1e6 + fitted)
    shards, recount = (pace * _seconds(rates, 0, pieces, written) for rates in (_SHARDS, _RECOUNT))
    shard_tasks = _tasks(dataset, _SHARD_TASK_BYTES)
    return (
        _clean(estimates, demand),
        _even(
            "dedup", pace * _seconds(_DEDUP, text, documents, 0), 20 * documents // 64, _tasks(documents, _DEDUP_KEYS)
        ),
        *([] if demand.near is None else [_near(documents, demand.near, pace)]),
        _audit(estimates, pace),
        _tokenize(estimates, encoded, pace),
        _even("store", pace * _seconds(_STORE, text, documents, tokens), encoded, _tasks(tokens, _STORE_TOKENS)),
        _even("mix", planned, plan.total_windows // 1000, 1),
        _even("shards", shards, dataset, shard_tasks),
        _even("recount", recount, 0, _tasks(dataset, _SHARD_TASK_BYTES // 4)),
    )


def on_machine(stages: Sequence[StageCost], cores: int, pace: float = 1.0) -> MachineCost:
    """Return what a build takes on a machine of so many processors."""
    ready = pace * (_PARENT + _WORKER + _AUDITOR)  # workers get ready side by side
    wall = ready + sum(stage.wall_seconds(cores) for stage in stages)
    busy = min(cores, max(stage.tasks for stage in stages if stage.stage != "recount"))
    audits = min(cores, next(stage.tasks for stage in stages if stage.stage == "audit"))
    start = pace * (_PARENT + busy * _WORKER + audits * _AUDITOR)
    disk = sum(stage.disk_bytes for stage in stages)
    return MachineCost(
        cores=cores,
        wall_seconds=wall,
        cpu_seconds=start + sum(stage.cpu_seconds for stage in stages),
        memory_bytes=PARENT_BYTES + cores * WORKER_BYTES,
        write_bytes_second=round(disk / wall),
    )


def scaled(stages: Sequence[StageCost], factor: float) -> tuple[StageCost, ...]:
    """Return the stages of a build from so many times the text, in more files of the same sizes."""
    return tuple(
        replace(
            stage,
            cpu_seconds=stage.cpu_seconds * factor,
            disk_bytes=round(stage.disk_bytes * factor),
            tasks=1 if stage.stage == "mix" else max(1, round(stage.tasks * factor)),
            longest_seconds=stage.longest_seconds * (factor if stage.stage == "mix" else 1),
        )
        for stage in stages
    )


def _near(documents: int, settings: NearSettings, pace: float) -> StageCost:
    tasks = _tasks(documents * settings.bands, _NEAR_BANDS)
    return _even("near", pace * _seconds(_NEAR, 0, documents, 0), documents * _PAIRS, tasks)


def _clean(estimates: Sequence[SourceEstimate], demand: Demand) -> StageCost:
    near, row = demand.near, _CHUNK_ROW
    rates = [_CLEAN] if near is None else [_CLEAN, _SIGN]
    if near is not None:
        row += near.slots * _SLOT + near.bands * _BAND
    seconds = [
        source.read_seconds
        + source.clean_seconds
        + demand.pace * sum(_seconds(each, source.text_bytes, source.documents + source.copies, 0) for each in rates)
        for source in estimates
    ]
    disk = sum(source.packed_bytes + (source.documents + source.copies) * row for source in estimates)
    longest = max((taken * source.longest_task for taken, source in zip(seconds, estimates, strict=True)), default=0.0)
    return StageCost("clean", sum(seconds), disk, sum(source.tasks for source in estimates), longest)


def _audit(estimates: Sequence[SourceEstimate], pace: float) -> StageCost:
    seconds = []
    for source in estimates:
        chunks = _tasks(source.text_bytes, _CHUNK_BYTES)
        looked_at = max(source.documents / chunks / 1000, _AUDITED_DOCUMENTS)
        size = source.text_bytes / max(1, source.documents)
        seconds.append(pace * _AUDIT_MB * chunks * min(looked_at * size, _AUDITED_BYTES, source.text_bytes) / 1e6)
    return StageCost("audit", sum(seconds), 0, max(1, len(seconds)), max(seconds, default=0.0))


def _tokenize(estimates: Sequence[SourceEstimate], disk_bytes: int, pace: float) -> StageCost:
    total, tasks, longest = 0.0, 0, 0.0
    for source in estimates:
        seconds = source.encode_seconds + pace * _seconds(_TOKENIZE, source.text_bytes, source.documents, 0)
        # A task of the clean stage begins a chunk of its own.
        chunks = max(source.tasks, _tasks(source.text_bytes, _CHUNK_BYTES))
        total, tasks, longest = total + seconds, tasks + chunks, max(longest, seconds / chunks)
    return StageCost("tokenize", total, disk_bytes, max(1, tasks), longest)


def _even(stage: str, cpu_seconds: float, disk_bytes: int, tasks: int) -> StageCost:
    return StageCost(stage, cpu_seconds, disk_bytes, tasks, cpu_seconds / tasks)


def _tasks(amount: int, of_one: int) -> int:
    return max(1, -(-amount // of_one))


def _seconds(rates: tuple[float, float, float], text_bytes: int, documents: int, tokens: int) -> float:
    return (rates[0] * text_bytes + rates[1] * documents + rates[2] * tokens) / 1e6
