"""The report of datasets with 10^4 and 10^5 shards: reading the manifest, then the page, the card, JSON and tables.

The mark: the page of 10^5 shards in 10 s, below 1 MB.
"""

import random
import tempfile
import time
from pathlib import Path

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, measure, write_results
from ixigen_data.core.lengths import EDGES
from ixigen_data.core.samples import Sample
from ixigen_data.report.card import data_card
from ixigen_data.report.json_view import report_json
from ixigen_data.report.page import html_page
from ixigen_data.report.table import funnel_table, mixture_table, summary_lines, text_table
from ixigen_data.shards.manifest import (
    LineageRecord,
    Manifest,
    NodeRecord,
    PartRecord,
    ShardRecord,
    SourceRecord,
    StageRecord,
    TokenizerRecord,
)
from ixigen_data.shards.statistics import NodeTrace, Statistics, TextRecord, TraceRecord

PARTS = 24
SEQ_LEN = 4096
WINDOWS_PER_SHARD = 4_000
SECONDS = 10.0
PAGE_BYTES = 1_000_000


def paths() -> list[str]:
    """Return the parts of a mixture on two levels."""
    return [f"domain-{part}" if part < 4 else f"replay/한국어-{part}" for part in range(PARTS)]


def manifest_of(shards: int) -> Manifest:
    """Return the manifest of a dataset with lineage, 24 parts and as many sources."""
    chance = random.Random(17)
    windows = shards * WINDOWS_PER_SHARD // PARTS
    tokens = windows * SEQ_LEN
    digests = [{"xxh3_128": f"{chance.getrandbits(128):032x}"} for _ in range(shards)]
    share = dict.fromkeys(paths(), tokens // shards)
    return Manifest(
        name="bench",
        seed=17,
        seq_len=SEQ_LEN,
        total_tokens=tokens * PARTS,
        total_windows=windows * PARTS,
        tokenizer=TokenizerRecord(
            fingerprint="f" * 32, vocab_size=151_665, eos="<eos>", eos_id=1, pad="<eos>", pad_id=1
        ),
        parts=tuple(part_of(path, tokens, windows) for path in paths()),
        nodes=(NodeRecord(path="", weight="1", target_tokens=tokens * PARTS, tokens=tokens * PARTS),),
        documents={f"source-{part}": stages() for part in range(PARTS)},
        unused_documents=dict.fromkeys(paths(), 1),
        unused_tokens=dict.fromkeys(paths(), 1),
        sources={
            f"source-{part}": SourceRecord(
                language="ko", license="CC-BY-4.0", content_digest="c" * 32, files=9, bytes=10**9
            )
            for part in range(PARTS)
        },
        shards=tuple(
            ShardRecord(
                file=f"shard.{n:05}.mds", bytes=64 << 20, digests=digest, windows=WINDOWS_PER_SHARD, tokens=share
            )
            for n, digest in enumerate(digests)
        ),
        lineage=tuple(
            LineageRecord(file=f"lineage/{n:05}.parquet", bytes=1 << 20, digests=digest, rows=9_000)
            for n, digest in enumerate(digests)
        ),
        recipe={"name": "bench", "mixture": {"parts": paths()}},
    ).sealed()


def part_of(path: str, tokens: int, windows: int) -> PartRecord:
    """Return the record of a part that used nearly all of its supply."""
    return PartRecord(
        path=path,
        weight="1",
        sources=(f"source-{paths().index(path)}",),
        target_tokens=tokens,
        tokens=tokens,
        content_tokens=tokens - 10**6,
        eos_tokens=10**6,
        unique_tokens=tokens,
        repeated_tokens=0,
        supply_tokens=tokens + 1,
        supply_documents=10**6 + 1,
        documents=10**6,
        epochs=1.0,
        max_epochs=1.0,
        windows=windows,
    )


def stages() -> dict[str, StageRecord]:
    """Return what became of a source's documents."""
    dropped = {f"reason_{number}": 10 for number in range(12)}
    return {
        "clean": StageRecord(documents_in=10**6 + 121, documents_out=10**6 + 1, dropped=dropped),
        "tokenize": StageRecord(documents_in=10**6 + 1, documents_out=10**6 + 1),
    }


def statistics_of(manifest: Manifest) -> Statistics:
    """Return statistics with a full trace, a full histogram of each source, and 600 samples."""
    sources, spans = list(manifest.sources), 120
    step = manifest.total_windows // spans
    text = TextRecord(
        documents=10**6, text_bytes=10**9, words=10**8, tokens=3 * 10**8, content_tokens=3 * 10**8,
        lengths=dict.fromkeys(EDGES[:40], 25_000),
    )  # fmt: skip
    return Statistics(
        text_bytes={source: {"clean": 10**9, "tokenize": 10**9} for source in sources},
        edited={source: {f"rule_{number}": 1_000 * number for number in range(12)} for source in sources},
        texts=dict.fromkeys(sources, text),
        trace=TraceRecord(
            borders=tuple(step * place for place in range(spans + 1)),
            nodes=tuple(
                NodeTrace(
                    path=path,
                    bound=0.9783,
                    windows=(step // PARTS,) * spans,
                    lowest=(-0.9,) * spans,
                    highest=(0.9,) * spans,
                )
                for path in paths()
            ),
        ),
        samples=tuple(
            Sample(source=source, key=f"{number:032x}", id=f"document {number}", chars=9_999, text="한국어 " * 150)
            for source in sources
            for number in range(25)
        ),
    )


def report(folder: str) -> Work:
    """Read a dataset's manifest and statistics and make everything that people and machines see of it."""

    def work() -> JsonValue:
        seconds: dict[str, JsonValue] = {}
        begin = time.process_time()
        manifest = Manifest.load(folder)
        statistics = Statistics.load(folder, manifest)
        assert statistics is not None
        seconds["load"], begin = time.process_time() - begin, time.process_time()
        page = html_page(manifest, statistics).encode()
        seconds["page"], begin = time.process_time() - begin, time.process_time()
        data_card(manifest, statistics)
        report_json(manifest, statistics)
        summary_lines(manifest, statistics)
        for table in (mixture_table(manifest), funnel_table(manifest), text_table(manifest, statistics)):
            Console(quiet=True).print(table)
        seconds["rest"] = time.process_time() - begin
        return {**seconds, "page_bytes": len(page), "manifest_bytes": Path(folder, "manifest.json").stat().st_size}

    return work


def main(quick: bool) -> bool:
    """Measure two sizes, print a table, write the figures; return whether the mark is met."""
    runs: dict[int, Figures] = {}
    for shards in (1_000, 10_000) if quick else (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            manifest = manifest_of(shards)
            statistics = statistics_of(manifest)
            Path(folder, statistics.stored().file).write_bytes(statistics.data())
            manifest.model_copy(update={"statistics": statistics.stored()}).write(folder)
            runs[shards] = measure(report, folder)
    Console().print(table_of(runs))
    met = all(run.cpu_seconds <= SECONDS and figures_of(run)["page_bytes"] <= PAGE_BYTES for run in runs.values())
    print(f"mark met, {SECONDS:.0f} s and a page below 1 MB: {'yes' if met else 'NO'}")
    results: list[JsonValue] = [{"shards": shards, **run.model_dump()} for shards, run in runs.items()]
    print(f"figures: {write_results('report', {'runs': results, 'mark_met': met})}")
    return met


def figures_of(run: Figures) -> dict[str, float]:
    """Return what a run told of itself."""
    assert isinstance(run.result, dict)
    return {name: float(str(value)) for name, value in run.result.items()}


def table_of(runs: dict[int, Figures]) -> Table:
    """Return the figures for a reader."""
    shown = Table("shards", "manifest, MB", "load, s", "page, s", "card, JSON, tables, s", "page, kB", "peak, MB")
    for shards, run in runs.items():
        found = figures_of(run)
        shown.add_row(
            f"{shards:,}",
            f"{found['manifest_bytes'] / 1e6:.1f}",
            f"{found['load']:.2f}",
            f"{found['page']:.2f}",
            f"{found['rest']:.2f}",
            f"{found['page_bytes'] / 1e3:.0f}",
            f"{run.peak_bytes / 1e6:.0f}",
        )
    return shown
