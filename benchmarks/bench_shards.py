"""Writing shards: streaming's `MDSWriter` and ours, from the same windows in memory to the same bytes on disk.

The input is one shard's worth of windows, written again and again, so that memory tells what a writer needs and not
what it is fed. Beside it the recount of what was written, by the verifier.
"""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import xxhash
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, best, measure, write_results
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import ShardRecord
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.writer import shard_file, tokens_by_part, write_shard
from ixigen_data.verify.frame import Frame
from ixigen_data.verify.shard import ShardJob, check_shard

SEQ_LEN = 2048
EOS, VOCABULARY = 0, 151_665
DOCUMENT_TOKENS = 400  # on average
GOAL = 2.5  # × MDSWriter
RECOUNT_GOAL = 500.0  # MB/s
LAYOUT = Layout(SEQ_LEN, ShardSettings())
FRAME = Frame(SEQ_LEN, VOCABULARY, EOS, None, EOS, ("telco", "replay"), {})


def mdswriter(shards: int) -> Work:
    """The peer: mosaicml-streaming 0.13's own writer, sample by sample."""
    return _mdswriter(shards, LAYOUT.columns)


def mdswriter_tokens_alone(shards: int) -> Work:
    """The peer with the one column that LLM-Foundry writes: fewer calls for the same tokens."""
    return _mdswriter(shards, {"tokens": LAYOUT.columns["tokens"]})


def _mdswriter(shards: int, columns: dict[str, str]) -> Work:
    import ixigen_train.foundry.compat  # noqa: F401, I001 -- before any Mosaic package
    from streaming import MDSWriter

    windows, out = made_windows(), scratch()
    rows = [{name: getattr(windows, name)[row] for name in columns} for row in range(len(windows))]

    def work() -> JsonValue:
        with MDSWriter(out=f"{out}/shards", columns=columns, hashes=["xxh3_128"]) as writer:
            for _ in range(shards):
                for row in rows:
                    writer.write(row)
        return described(f"{out}/shards")

    return work


def ixigen(shards: int) -> Work:
    """Ours: each shard written whole, its tokens counted by part."""
    windows, out = made_windows(), scratch()

    def work() -> JsonValue:
        write_all(windows, out, shards)
        return described(out)

    return work


def recount(shards: int) -> Work:
    """The verifier: every shard read, hashed and counted from its bytes."""
    out = scratch()
    records = write_all(made_windows(), out, shards)

    def work() -> JsonValue:
        first = 0
        for record in records:
            check = check_shard(out, ShardJob(record, first), FRAME)
            assert not check.problems, check.problems
            first += record.windows
        return described(out)

    return work


CONTENDERS = (mdswriter, mdswriter_tokens_alone, ixigen, recount)
SAME_BYTES = ("mdswriter", "ixigen", "recount")


@dataclass(frozen=True)
class Comparison:
    """All contenders on so many shards."""

    tokens: int
    size_bytes: int
    identical_bytes: bool
    times_mdswriter: float  # of CPU-seconds, the faster of its two ways
    contenders: dict[str, Figures]


def main(quick: bool) -> None:
    """Measure at two sizes, print a table, write the figures; a quick run has smaller sizes and one repeat."""
    sizes = (1, 4) if quick else (4, 16)
    results = [compare(size, 1 if quick else 3) for size in sizes]
    show(results)
    path = write_results("shards", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")


def compare(shards: int, repeats: int) -> Comparison:
    """Return the figures of every contender at one size."""
    runs = {one.__name__: best([measure(one, shards) for _ in range(repeats)]) for one in CONTENDERS}
    identical = len({str(runs[name].result) for name in SAME_BYTES}) == 1
    peer = min(runs["mdswriter"].cpu_seconds, runs["mdswriter_tokens_alone"].cpu_seconds)
    times = peer / runs["ixigen"].cpu_seconds
    windows = shards * LAYOUT.windows_per_shard
    size_bytes = shards * LAYOUT.shard_bytes(LAYOUT.windows_per_shard)
    return Comparison(windows * SEQ_LEN, size_bytes, identical, times, runs)


def show(results: Sequence[Comparison]) -> None:
    """Print the figures."""
    columns = ("tokens", "contender", "CPU s", "Mtok/s", "MB/s", "× MDSWriter", "peak RSS")
    table = Table(*columns, title=f"Shards of 64 MiB, windows of {SEQ_LEN:,} tokens")
    for result in results:
        peer = result.contenders["mdswriter"].cpu_seconds
        for name, run in result.contenders.items():
            rates = [f"{amount / 1e6 / run.cpu_seconds:.0f}" for amount in (result.tokens, result.size_bytes)]
            times, peak = f"{peer / run.cpu_seconds:.1f}", f"{run.peak_bytes / 1e6:.0f} MB"
            table.add_row(f"{result.tokens / 1e6:.0f} M", name, f"{run.cpu_seconds:.2f}", *rates, times, peak)
    Console().print(table)
    for result in results:
        files = "identical files" if result.identical_bytes else "FILES DIFFER"
        goal = "reached" if result.times_mdswriter >= GOAL else "missed"
        rate = result.size_bytes / 1e6 / result.contenders["recount"].cpu_seconds
        second = "reached" if rate >= RECOUNT_GOAL else "missed"
        print(f"{result.tokens / 1e6:.0f} M tokens: {files}, {result.times_mdswriter:.1f} × MDSWriter's faster way")
        print(f"goal {GOAL:g} ×: {goal}; recount {rate:.0f} MB/s, goal {RECOUNT_GOAL:g}: {second}")


@cache
def made_windows() -> Windows:
    """Return one shard's worth of windows of two parts, tokens from a seeded generator."""
    generator, count = np.random.default_rng(7), LAYOUT.windows_per_shard
    tokens = generator.integers(1, VOCABULARY, (count, SEQ_LEN), dtype=np.int32)
    tokens[generator.random((count, SEQ_LEN), np.float32) < 1 / DOCUMENT_TOKENS] = EOS
    ends = np.packbits(tokens == EOS, axis=1, bitorder="little")
    ends[:, -1] |= 0x80
    part = np.arange(count, dtype=np.uint16) % 2
    return Windows(tokens, ends, np.full(count, SEQ_LEN, np.uint32), part)


def write_all(windows: Windows, out: str, shards: int) -> list[ShardRecord]:
    """Write the windows as so many shards, and their index."""
    records = []
    for number in range(shards):
        tokens = tokens_by_part(windows, number * len(windows), FRAME.paths, [])
        records.append(write_shard(out, shard_file(number), windows, LAYOUT, tokens))
    write_index(out, "", records, LAYOUT)
    return records


def scratch() -> str:
    """Return a folder for shards, some GB of them, that goes with the process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder


def described(folder: str) -> JsonValue:
    """Return a digest of the index, which holds the size and the digest of every shard."""
    return xxhash.xxh3_128_hexdigest(Path(folder, "index.json").read_bytes())
