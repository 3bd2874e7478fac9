"""From signatures to drop lists: pairs and keepers; beside them datatrove's MinhashDedupBuckets and -Cluster.

Signatures are made up: a fifth of the documents are in clusters of heavy-tailed sizes, whose members are alike by 0.5
to 1. Against blow-up there are two more kinds: all identical, and unlike ones whose bands collide. Both sides start
from what their signature stages leave on the disk; datatrove verifies no pair. The marks: 10 M signatures in less than
2 GB, in time that is linear in their number.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster
from datatrove.utils.logging import logger
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, measure, write_results
from ixigen_data.dedup.near.keepers_stage import KeepersStage
from ixigen_data.dedup.near.pairs_stage import PairsStage, PairsSummary
from ixigen_data.dedup.near.signed_corpus import slots_for
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from tests.signed_chunks import SignedDocuments, finish, finish_source, write_chunk, write_exact

SETTINGS = NearSettings()
COLLIDING = (slots_for(SETTINGS.threshold, SETTINGS.slots) - 1) // SETTINGS.rows * SETTINGS.rows  # just not alike
CHUNK = 50_000
PEAK_BYTES = 2_000_000_000
LINEAR = 1.25  # times four, at four times as many signatures
KINDS = ("clusters", "identical", "colliding")
RANKS = 4  # files that datatrove merges for each band


def made(kind: str, documents: int, chunk: int = CHUNK) -> Iterator[SignedDocuments]:
    """Yield the documents of a kind, chunk by chunk."""
    chance = np.random.default_rng(17)
    sizes = np.minimum(chance.zipf(1.9, documents // 4 + 1) + 1, documents // 500)
    sizes = sizes[np.cumsum(sizes) <= documents // 5]
    cluster = np.full(documents, -1)
    cluster[chance.permutation(documents)[: sizes.sum()]] = np.repeat(np.arange(len(sizes)), sizes)
    for first in range(0, documents, chunk):
        count = min(chunk, documents - first)
        signatures = chance.integers(0, 1 << 16, (count, SETTINGS.slots), dtype=np.uint16)
        if kind == "identical":
            signatures[:] = 7
        elif kind == "colliding":
            signatures[:, :COLLIDING] = 7
        else:
            rows = np.flatnonzero(cluster[first : first + count] >= 0)
            taken = chance.random((len(rows), SETTINGS.slots)) < np.sqrt(chance.uniform(0.5, 1, (len(rows), 1)))
            signatures[rows] = np.where(taken, bases(cluster[first + rows]), signatures[rows])
        ids = [f"document-{number}" for number in range(first, first + count)]
        yield SignedDocuments(signatures, chance.integers(20, 3000, count, dtype=np.uint32), ids)


def bases(clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
    """Return a (clusters, slots) signature of each cluster, always the same."""
    slots = np.arange(SETTINGS.slots, dtype=np.uint64)
    state: npt.NDArray[np.uint64] = clusters.astype(np.uint64)[:, None] * np.uint64(SETTINGS.slots) + slots
    state = (state + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found: npt.NDArray[np.uint16] = (state >> np.uint64(48)).astype(np.uint16)
    return found


def write_ours(folder: Path, kind: str, documents: int) -> None:
    """Write what our signature stage leaves."""
    chunks = [write_chunk(folder / "clean", n, each, SETTINGS.bands) for n, each in enumerate(made(kind, documents))]
    finish_source(folder / "clean", "made", chunks)
    write_exact(folder / "exact", {"made": documents})


def write_peers(folder: Path, kind: str, documents: int) -> None:
    """Write what datatrove's signature step leaves: RANKS files a band, sorted, of 64-bit hashes."""
    fields = [(f"f{row}", "<u8") for row in range(SETTINGS.rows)]
    for rank, each in enumerate(made(kind, documents, -(-documents // RANKS))):
        for band in range(SETTINGS.bands):
            records = np.zeros(len(each), np.dtype([*fields, ("document", "<u4")]))
            for row in range(SETTINGS.rows):
                records[f"f{row}"] = each.signatures[:, band * SETTINGS.rows + row]
            records["document"] = np.arange(len(each))
            path = folder / f"bucket_{band:03d}" / f"{rank:05d}.minhash.sig"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.sort(records, order=[name for name, _ in fields]).tofile(path)


def ours(folder: str) -> Work:
    """Run both stages in this process."""
    with tempfile.TemporaryDirectory() as small:
        write_ours(Path(small), "clusters", 1000)
        _stages(Path(small))

    def work() -> JsonValue:
        return _stages(Path(folder))

    return work


def _stages(folder: Path) -> JsonValue:
    corpus = Corpus({"made": str(folder / "clean")})
    seconds = [time.process_time()]
    pairs = finish(PairsStage(SETTINGS, corpus, str(folder / "exact"), []), folder / "pairs")
    seconds.append(time.process_time())
    keepers = finish(KeepersStage(SETTINGS, corpus, str(pairs), []), folder / "keepers")
    seconds.append(time.process_time())
    summaries = [PairsSummary.model_validate(outcome.summary) for outcome in read_outcomes(str(pairs))]
    (outcome,) = read_outcomes(str(keepers))
    assert isinstance(outcome.summary, dict)
    counts = {name: sum(getattr(each, name) for each in summaries) for name in ("records", "members", "compared")}
    return {
        "pairs_seconds": seconds[1] - seconds[0],
        "keepers_seconds": seconds[2] - seconds[1],
        "written_bytes": sum(path.stat().st_size for each in (pairs, keepers) for path in each.iterdir()),
        **counts,
        **{name: outcome.summary[name] for name in ("pairs", "clusters", "clustered", "dropped")},
    }


def datatrove(folder: str) -> Work:
    """The peer: pairs band by band, then clusters, in this process."""
    logger.remove()
    config = MinhashConfig(num_buckets=SETTINGS.bands, hashes_per_bucket=SETTINGS.rows)

    def work() -> JsonValue:
        begin = time.process_time()
        for rank in range(SETTINGS.bands):
            MinhashDedupBuckets(folder, f"{folder}/pairs", config=config, lines_to_buffer=1000).run(
                None, rank, SETTINGS.bands
            )
        middle = time.process_time()
        MinhashDedupCluster(f"{folder}/pairs", f"{folder}/remove", config=config, lines_to_buffer=1000).run(None, 0, 1)
        removed = sum(path.stat().st_size // 4 for path in (Path(folder) / "remove").glob("*.remove"))
        return {
            "pairs_seconds": middle - begin,
            "keepers_seconds": time.process_time() - middle,
            "dropped": removed,
        }

    return work


def main(quick: bool) -> bool:
    """Measure, print a table, write the figures; a quick run has smaller sizes. Return whether the marks are met."""
    sizes = (100_000, 400_000) if quick else (2_500_000, 10_000_000)
    other = sizes[1] // 10
    shared = (sizes[0] // 10, sizes[1] // 10)
    asked = [("ours", "clusters", size) for size in sizes] + [("ours", kind, other) for kind in KINDS[1:]]
    asked += [(name, "clusters", size) for size in shared for name in ("ours", "datatrove")]
    runs = {each: prepared(*each) for each in asked}
    Console().print(table(runs))
    seconds = {each: run.cpu_seconds for each, run in runs.items()}
    ratio = seconds["ours", "clusters", sizes[1]] / seconds["ours", "clusters", sizes[0]]
    times = [seconds["datatrove", "clusters", size] / seconds["ours", "clusters", size] for size in shared]
    met = ratio <= 4 * LINEAR and all(run.peak_bytes < PEAK_BYTES for each, run in runs.items() if each[0] == "ours")
    print(f"four times as many signatures take {ratio:.2f} times as long; marks met: {'yes' if met else 'NO'}")
    print(f"datatrove takes {times[0]:.1f} and {times[1]:.1f} times as long as ours on the same signatures")
    shown: list[JsonValue] = [
        {"contender": name, "kind": kind, "documents": documents, **run.model_dump()}
        for (name, kind, documents), run in runs.items()
    ]
    results: JsonValue = {"runs": shown, "ratio_at_four_times": ratio, "peer_times": list(times), "marks_met": met}
    print(f"figures: {write_results('clusters', results)}")
    return met


def prepared(name: str, kind: str, documents: int) -> Figures:
    """Write a contender's input, which is not measured, and measure it."""
    folder = Path(tempfile.mkdtemp(prefix="ixigen-clusters-"))
    try:
        (write_ours if name == "ours" else write_peers)(folder, kind, documents)
        return measure(ours if name == "ours" else datatrove, str(folder))
    finally:
        shutil.rmtree(folder)


def table(runs: dict[tuple[str, str, int], Figures]) -> Table:
    """Return the figures for a reader."""
    shown = Table("", "signatures", "number", "pairs, s", "keepers, s", "µs a document", "peak, MB", "dropped")
    for (name, kind, documents), run in runs.items():
        assert isinstance(run.result, dict)
        pairs, keepers, dropped = (float(str(run.result[f])) for f in ("pairs_seconds", "keepers_seconds", "dropped"))
        shown.add_row(
            name,
            kind,
            f"{documents / 1e6:g} M",
            f"{pairs:.1f}",
            f"{keepers:.1f}",
            f"{run.cpu_seconds / documents * 1e6:.2f}",
            f"{run.peak_bytes / 1e6:.0f}",
            f"{dropped:,.0f}",
        )
    return shown


if __name__ == "__main__":
    main(quick=False)
