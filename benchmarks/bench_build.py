"""Raw JSON lines to shards: LLM-Foundry's conversion and ours, on statutes (long documents) and reviews (short ones).

The peer is timed without its start-up and on small samples: its rate does not depend on the size. Ours is the whole
command with all its processes and its start-up, and it does more: cleaning, exact deduplication, the audit of the
tokenizer, the token store, the shuffled order, lineage, and the recount from bytes. Beside it stands the rate of what
the larger input adds. A megabyte is 10^6 bytes of text in UTF-8, without the JSON around it. Where an input is larger
than its corpus, the corpus begins anew with a number behind every text, so that none is the copy of another.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import orjson
import yaml
import zstandard
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, best, measure, measure_command, write_results
from benchmarks.tokenizers_for import qwen_folder

EOS = "<|endoftext|>"
SEQ_LEN = 2048
GOAL, AIM = 10.0, 20.0  # × the peer
GROWTH_GOAL = 0.10  # of peak memory, when the input grows four times
PEER, OURS = "LLM-Foundry", "ixigen"


@dataclass(frozen=True)
class Corpus:
    """A corpus and the sizes at which contenders see it: megabytes of text, from the start of its files."""

    name: str
    files: tuple[str, ...]
    peer_sizes: tuple[float, ...]
    our_sizes: tuple[float, ...]  # each four times the one before


CORPUS_LIST = (
    Corpus("statutes", ("law-00", "law-01", "law-02", "law-03"), (3.5, 14), (14, 56, 224)),
    Corpus("reviews", ("nsmc_reviews",), (1, 4), (15, 60, 240)),
)


@dataclass(frozen=True)
class Run:
    """What one contender took for one input."""

    contender: str
    corpus: str
    text_bytes: int
    figures: Figures

    @property
    def rate(self) -> float:
        """Megabytes of text a CPU-second."""
        return self.text_bytes / 1e6 / self.figures.cpu_seconds


@dataclass(frozen=True)
class Verdict:
    """The comparison on one corpus, each contender on its largest input."""

    corpus: str
    times_peer: float
    times_peer_marginal: float  # with our rate on what the largest input adds to the one before
    peer_rate_ratio: float  # the peer's rate on its larger sample by that on its smaller one
    peak_growth: float  # of our peak memory, from the input before to the largest


def foundry(path: str, tokenizer_folder: str) -> Work:
    """The peer: LLM-Foundry's `convert_dataset_json`, its writer set to hash as ours does."""
    out = tempfile.mkdtemp()
    os.environ["HF_DATASETS_CACHE"] = f"{out}/cache"
    import ixigen_train.foundry.compat  # noqa: F401, I001 -- before any Mosaic package
    from llmfoundry.command_utils.data_prep.convert_dataset_json import ConcatMode, build_hf_dataset
    from streaming import MDSWriter
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{tokenizer_folder}/tokenizer.json", eos_token=EOS)
    tokenizer.model_max_length = int(1e30)  # as the conversion sets it

    def work() -> JsonValue:
        mode = ConcatMode.CONCAT_TOKENS
        dataset = build_hf_dataset(path, "train", mode, SEQ_LEN, eos_text=EOS, tokenizer=tokenizer)
        windows = 0
        with MDSWriter(columns={"tokens": "ndarray:int32"}, out=f"{out}/shards", hashes=["xxh3_128"]) as writer:
            for sample in dataset:
                writer.write(sample)
                windows += 1
        return {"tokens": windows * SEQ_LEN}

    return work


def ixigen(path: str, tokenizer_folder: str) -> Figures:
    """Ours: the command line with one worker, from an empty work folder."""
    recipe = {
        "name": "bench",
        "tokenizer": {"path": tokenizer_folder, "eos": EOS},
        "sources": {"raw": {"path": path, "id": "id", "language": "ko"}},
        "mixture": {"total_tokens": {"part": "all", "epochs": 1}, "parts": {"all": {"weight": 1, "from": ["raw"]}}},
        "packing": {"method": "concat", "seq_len": SEQ_LEN},
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "recipe.yaml")
        file.write_text(yaml.safe_dump(recipe))
        flags = ["--out", f"{folder}/out", "--work", f"{folder}/work", "--workers", "1", "--json"]
        run = measure_command([sys.executable, "-m", "ixigen_data.cli.main", "build", str(file), *flags])
    assert isinstance(run.result, str)
    return run.model_copy(update={"result": {"tokens": orjson.loads(run.result)["tokens"]}})


def main(quick: bool) -> bool:
    """Measure, print a table, write the figures; return whether the marks are met. A quick run has smaller inputs."""
    tokenizer_folder = str(qwen_folder())
    with tempfile.TemporaryDirectory() as folder:
        first = cut(folder, CORPUS_LIST[-1].files, 1.0)
        ixigen(str(first), tokenizer_folder)  # compiles the kernels, which later builds find on the disk
        runs = [run for corpus in CORPUS_LIST for run in compare(corpus, folder, tokenizer_folder, quick)]
    verdicts = [verdict(*(runs_of(runs, corpus.name, name) for name in (PEER, OURS))) for corpus in CORPUS_LIST]
    show(runs, verdicts)
    results = {
        "runs": TypeAdapter(list[Run]).dump_python(runs, mode="json"),
        "verdicts": TypeAdapter(list[Verdict]).dump_python(verdicts, mode="json"),
    }
    print(f"figures: {write_results('build', results)}")
    return all(found.times_peer >= GOAL and found.peak_growth < GROWTH_GOAL for found in verdicts)


def compare(corpus: Corpus, folder: str, tokenizer_folder: str, quick: bool) -> Iterator[Run]:
    """Yield every contender at each of its sizes; a quick run has a quarter of each size and one repeat."""
    scale, repeats = (0.25, 1) if quick else (1.0, 2)
    for contender, sizes in ((PEER, corpus.peer_sizes), (OURS, corpus.our_sizes)):
        for size in sizes:
            path = cut(folder, corpus.files, size * scale)
            inputs = (str(path), tokenizer_folder)
            figures = [measure(foundry, *inputs) if contender == PEER else ixigen(*inputs) for _ in range(repeats)]
            yield Run(contender, corpus.name, text_bytes_of(path), best(figures))
            path.unlink()


def runs_of(runs: Sequence[Run], corpus: str, contender: str) -> list[Run]:
    """Return a contender's runs on one corpus, in order of their sizes."""
    return [run for run in runs if (run.corpus, run.contender) == (corpus, contender)]


def verdict(peer: Sequence[Run], ours: Sequence[Run]) -> Verdict:
    """Return what the runs of both contenders on one corpus come to."""
    before, last = ours[-2:]
    added_bytes = last.text_bytes - before.text_bytes
    added_seconds = last.figures.cpu_seconds - before.figures.cpu_seconds
    return Verdict(
        corpus=last.corpus,
        times_peer=last.rate / peer[-1].rate,
        times_peer_marginal=added_bytes / 1e6 / added_seconds / peer[-1].rate,
        peer_rate_ratio=peer[-1].rate / peer[0].rate,
        peak_growth=last.figures.peak_bytes / before.figures.peak_bytes - 1,
    )


def show(runs: Sequence[Run], verdicts: Sequence[Verdict]) -> None:
    """Print the figures."""
    table = Table(
        "corpus", "contender", "text", "CPU s", "MB/s", "× peer", "peak RSS", title="Raw JSON lines to shards"
    )
    for run in runs:
        peer = [other for other in runs if other.corpus == run.corpus and other.contender == PEER][-1]
        rates = [f"{run.figures.cpu_seconds:.2f}", f"{run.rate:.2f}", f"{run.rate / peer.rate:.1f}"]
        peak = f"{run.figures.peak_bytes / 1e6:.0f} MB"
        table.add_row(run.corpus, run.contender, f"{run.text_bytes / 1e6:.1f} MB", *rates, peak)
    Console().print(table)
    for found in verdicts:
        goal = "missed" if found.times_peer < GOAL else f"reached, aim {AIM:g}"
        growth = "kept" if found.peak_growth < GROWTH_GOAL else "exceeded"
        print(
            f"{found.corpus}: {found.times_peer:.1f} × {PEER} (goal {GOAL:g}: {goal}), "
            f"{found.times_peer_marginal:.1f} × on what the largest input adds; "
            f"peak memory {found.peak_growth:+.1%} at four times the input (limit {GROWTH_GOAL:.0%}: {growth}); "
            f"the peer's rate at four times the input: × {found.peer_rate_ratio:.2f}"
        )


def cut(folder: str, files: Sequence[str], megabytes: float) -> Path:
    """Write whole lines from the start of a corpus, up to a size of text, as one plain file."""
    path, size = Path(folder, "input.jsonl"), 0
    with path.open("wb") as out:
        for line in _lines(files):
            size += len(orjson.loads(line)["text"].encode())
            if size > megabytes * 1e6:
                break
            out.write(line)
    return path


def text_bytes_of(path: Path) -> int:
    """Return the size of all texts of a file of JSON lines, in UTF-8."""
    with path.open("rb") as lines:
        return sum(len(orjson.loads(line)["text"].encode()) for line in lines)


def _lines(files: Sequence[str]) -> Iterator[bytes]:
    for copy in count():
        for name in files:
            with (CORPORA / "ko_general" / f"{name}.jsonl.zst").open("rb") as stream:
                lines = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream))
                yield from (_numbered(line, copy) for line in lines) if copy else lines


def _numbered(line: bytes, copy: int) -> bytes:
    record = orjson.loads(line)
    record |= {"id": f"{record['id']}-{copy}", "text": f"{record['text']} {copy}"}
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
