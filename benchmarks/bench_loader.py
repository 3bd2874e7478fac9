"""Loading windows: StreamingDataset with LLM-Foundry's text collator, and ours, from the same shards on the local disk.

Both give batches of torch tensors to one rank, in one process and without workers. The peer gives ids, labels without
those of pad, and the document that each token is of; ours gives ids, labels, positions that restart, and the part of
every token, and has compared each shard with its digest.
"""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Figures, Work, best, measure, write_results
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import Manifest, PartRecord, TokenizerRecord
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.writer import shard_file, tokens_by_part, write_shard

BATCH_TOKENS = 262_144  # of the rank's batch: 128 windows of 2,048, 8 of 32,768
SEQ_LENS = (2048, 32_768)
EOS, VOCABULARY = 0, 151_665
DOCUMENT_TOKENS = 400  # on average
PARTS = ("telco", "replay")
GOAL = 5.0  # × the peer
SAMPLED = 257  # every so many tokens of a window tell whether both gave the same


def foundry(folder: str, seq_len: int) -> Work:
    """The peer, by its own function for text data, as a recipe of LLM-Foundry asks for it."""
    import ixigen_train.foundry.compat  # noqa: F401, I001 -- before any Mosaic package
    from llmfoundry.data.text_data import build_text_dataloader
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel({"<e>": EOS, "<p>": VOCABULARY}, "<e>")), eos_token="<e>", pad_token="<p>"
    )
    dataset = {
        "local": folder,
        "shuffle": False,
        "max_seq_len": seq_len,
        "eos_token_id": EOS,
        "num_canonical_nodes": 1,
    }
    loader = build_text_dataloader(
        tokenizer,
        BATCH_TOKENS // seq_len,
        dataset,
        drop_last=True,
        num_workers=0,
        pin_memory=False,
        prefetch_factor=None,
        persistent_workers=False,
    ).dataloader

    def work() -> JsonValue:
        return sum(int(batch["input_ids"][:, ::SAMPLED].sum()) for batch in loader)

    return work


def ixigen(folder: str, seq_len: int) -> Work:
    """Ours, reading ahead as in training."""
    import torch

    from ixigen_train.windows.course import Course, CoursePlan, Stretch
    from ixigen_train.windows.reader import Reader, Seat

    manifest, batch = Manifest.load(folder), BATCH_TOKENS // seq_len
    assert manifest.digest is not None
    stretch = Stretch(shards=folder, digest=manifest.digest, steps=manifest.total_windows // batch)
    course = Course.open(CoursePlan(stretches=(stretch,), batch_windows=batch), None, None)
    course.batch(0, 0, batch)  # compiles the kernel

    def work() -> JsonValue:
        total = 0
        with Reader(course, Seat(0, 1)) as reader:
            for made in reader:
                ids, *_ = (
                    torch.from_numpy(array) for array in (made.input_ids, made.labels, made.position_ids, made.part)
                )
                total += int(ids[:, ::SAMPLED].sum())
        return total

    return work


CONTENDERS = (foundry, ixigen)


@dataclass(frozen=True)
class Comparison:
    """Both contenders on so many tokens."""

    seq_len: int
    tokens: int
    same_tokens: bool
    times_foundry: float  # of CPU-seconds
    contenders: dict[str, Figures]


def main(quick: bool) -> bool:
    """Measure at two sizes, print a table, write the figures; a quick run has smaller sizes and one repeat."""
    sizes = (1, 2) if quick else (2, 8)
    results = [compare(seq_len, size, 1 if quick else 3) for seq_len in SEQ_LENS for size in sizes]
    show(results)
    path = write_results("loader", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return all(result.same_tokens and result.times_foundry >= GOAL for result in results)


def compare(seq_len: int, shards: int, repeats: int) -> Comparison:
    """Return the figures of both at one size."""
    folder = str(scratch() / f"{seq_len}-{shards}")
    windows = write_dataset(folder, seq_len, shards)
    runs = {one.__name__: best([measure(one, folder, seq_len) for _ in range(repeats)]) for one in CONTENDERS}
    same = runs["foundry"].result == runs["ixigen"].result
    times = runs["foundry"].cpu_seconds / runs["ixigen"].cpu_seconds
    shutil.rmtree(folder)
    return Comparison(seq_len, windows * seq_len, same, times, runs)


def show(results: Sequence[Comparison]) -> None:
    """Print the figures."""
    columns = ("tokens", "window", "contender", "CPU s", "Mtok/s of CPU", "peak RSS")
    table = Table(*columns, title=f"Batches of {BATCH_TOKENS:,} tokens, from the local disk")
    for result in results:
        for name, run in result.contenders.items():
            rate, peak = f"{result.tokens / 1e6 / run.cpu_seconds:.1f}", f"{run.peak_bytes / 1e6:.0f} MB"
            table.add_row(
                f"{result.tokens / 1e6:.0f} M", f"{result.seq_len:,}", name, f"{run.cpu_seconds:.2f}", rate, peak
            )
    Console().print(table)
    for result in results:
        same = "the same tokens" if result.same_tokens else "TOKENS DIFFER"
        goal = "reached" if result.times_foundry >= GOAL else "missed"
        print(f"{result.seq_len:,} × {result.tokens / 1e6:.0f} M: {same}, {result.times_foundry:.1f} ×; {goal}")


def write_dataset(folder: str, seq_len: int, shards: int) -> int:
    """Write a dataset of so many shards of 64 MiB, one batch more or less, and return its windows."""
    layout = Layout(seq_len, ShardSettings())
    # Whole batches, as the peer leaves out what fills none, or serves windows twice.
    per_shard = layout.windows_per_shard // (BATCH_TOKENS // seq_len) * (BATCH_TOKENS // seq_len)
    windows = made_windows(per_shard, seq_len)
    tokens = tokens_by_part(windows, 0, PARTS, [])
    records = [write_shard(folder, shard_file(number), windows, layout, tokens) for number in range(shards)]
    write_index(folder, "", records, layout)
    total = per_shard * shards
    Manifest(
        name="loader",
        seed=7,
        seq_len=seq_len,
        total_tokens=total * seq_len,
        total_windows=total,
        tokenizer=TokenizerRecord(
            fingerprint="none", vocab_size=VOCABULARY, eos="<e>", eos_id=EOS, pad="<e>", pad_id=EOS
        ),
        parts=tuple(part(path, total * seq_len // 2, total // 2) for path in PARTS),
        sources={},
        shards=tuple(records),
    ).write(folder)
    return total


def part(path: str, tokens: int, windows: int) -> PartRecord:
    """Return the record of half of the dataset."""
    counts = dict.fromkeys(("target_tokens", "tokens", "content_tokens", "unique_tokens", "supply_tokens"), tokens)
    none = dict.fromkeys(("eos_tokens", "repeated_tokens", "supply_documents", "documents"), 0)
    told = {"path": path, "weight": "1", "sources": [path], "epochs": 1, "max_epochs": 1, "windows": windows}
    return PartRecord.model_validate(counts | none | told)


@cache
def made_windows(count: int, seq_len: int) -> Windows:
    """Return windows of two parts in turn, tokens from a seeded generator."""
    generator = np.random.default_rng(7)
    tokens = generator.integers(1, VOCABULARY, (count, seq_len), dtype=np.int32)
    tokens[generator.random((count, seq_len), np.float32) < 1 / DOCUMENT_TOKENS] = EOS
    ends = np.packbits(tokens == EOS, axis=1, bitorder="little")
    ends[:, -1] |= 0x80
    return Windows(tokens, ends, np.full(count, seq_len, np.uint32), np.arange(count, dtype=np.uint16) % 2)


@cache
def scratch() -> Path:
    """Return a folder that goes with this process."""
    folder = tempfile.mkdtemp(prefix="ixigen-loader-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
