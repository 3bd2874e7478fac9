"""Raw JSON lines to shards: LLM-Foundry's conversion and ours, on statutes (long documents) and reviews (short ones).

The peer is timed without its start-up, on small samples, because its rate does not depend on the size. Ours is the whole
command with all its processes, start-up included, and does more: cleaning, exact deduplication, the audit of the
tokenizer, the token store, the shuffled order, lineage, and the recount from bytes. Beside it stands the rate of what a
larger input adds. A megabyte is 10^6 bytes of text in UTF-8, without the JSON around it.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import yaml
import zstandard
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, best, measure, measure_command, write_results
from benchmarks.tokenizers_for import qwen_folder

GENERAL = CORPORA / "ko_general"
# Each takes in the input four times larger than the one before.
STATUTES = ("law-00", "law-01", "law-02", "law-03")
REVIEWS = ("nsmc_reviews",)
EOS = "<|endoftext|>"
SEQ_LEN = 2048
GOAL, AIM = 10.0, 20.0  # × the peer
GROWTH_GOAL = 0.10  # of peak memory, when the input grows four times


@dataclass(frozen=True)
class Input:
    """Some whole lines of a corpus, as one plain file of JSON lines."""

    corpus: str
    path: str
    text_bytes: int


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
    """The comparison on one corpus: the largest input of each contender."""

    corpus: str
    times_peer: float  # whole command against the peer's conversion without start-up
    times_peer_marginal: float  # the same of what the largest input adds to the one before
    peak_growth: float  # from the input before to the largest, which is four times larger
    peer_linear: float  # the peer's rate at its larger sample by that at its smaller one


def foundry(path: str, folder: str) -> Work:
    """The peer: LLM-Foundry 0.22's `convert_dataset_json`, its writer set to hash as ours does."""
    cache = tempfile.mkdtemp()
    os.environ["HF_DATASETS_CACHE"] = cache
    from tests.mosaic import install_torchvision_stub

    install_torchvision_stub()
    from llmfoundry.command_utils.data_prep.convert_dataset_json import ConcatMode, build_hf_dataset
    from streaming import MDSWriter
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json", eos_token=EOS)
    tokenizer.model_max_length = int(1e30)  # as the conversion sets it
    columns = {"tokens": "ndarray:int32"}

    def work() -> JsonValue:
        mode = ConcatMode.CONCAT_TOKENS
        dataset = build_hf_dataset(path, "train", mode, SEQ_LEN, eos_text=EOS, tokenizer=tokenizer)
        windows = 0
        with MDSWriter(columns=columns, out=f"{cache}/shards", hashes=["xxh3_128"]) as writer:
            for sample in dataset:
                writer.write(sample)
                windows += 1
        return {"tokens": windows * SEQ_LEN}

    return work


def ixigen(source: Input, tokenizer: str) -> Figures:
    """Ours: the command line, from an empty work folder, with one worker."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "recipe.yaml")
        recipe.write_text(yaml.safe_dump(recipe_for(source, tokenizer)))
        places = ["--out", f"{folder}/out", "--work", f"{folder}/work"]
        command = [sys.executable, "-m", "ixigen_data.cli.main", "build", str(recipe), *places, "--workers", "1", "--json"]
        run = measure_command(command)
    assert isinstance(run.result, str)
    return run.model_copy(update={"result": {"tokens": orjson.loads(run.result)["tokens"]}})


def recipe_for(source: Input, tokenizer: str) -> dict[str, JsonValue]:
    """Return a recipe that takes all of one source, once."""
    return {
        "name": source.corpus,
        "tokenizer": {"path": tokenizer, "eos": EOS},
        "sources": {"raw": {"path": source.path, "id": "id", "language": "ko"}},
        "mixture": {"total_tokens": {"part": "all", "epochs": 1}, "parts": {"all": {"weight": 1, "from": ["raw"]}}},
        "packing": {"method": "concat", "seq_len": SEQ_LEN},
    }


def main(quick: bool) -> bool:
    """Measure, print a table, write the figures; return whether the marks are met. A quick run has smaller inputs."""
    tokenizer, repeats = str(qwen_folder()), 1 if quick else 2
    scale = 16 if quick else 1
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        warm = cut(folder, "statutes", STATUTES[:1], 1 << 20)
        ixigen(warm, tokenizer)  # compiles the kernels, which a second build finds on the disk
        for corpus, names, shares in (("statutes", STATUTES, (4, 1)), ("reviews", REVIEWS, (4, 1))):
            whole = sum(text_bytes_of(names)) // scale
            for share in (64, 16):
                source = cut(folder, corpus, names, whole // share)
                runs.append(Run("LLM-Foundry", corpus, source.text_bytes, measure(foundry, source.path, tokenizer)))
            for share in shares:
                source = cut(folder, corpus, names, whole // share)
                figures = best([ixigen(source, tokenizer) for _ in range(repeats)])
                runs.append(Run("ixigen", corpus, source.text_bytes, figures))
    verdicts = [verdict(corpus, runs) for corpus in ("statutes", "reviews")]
    show(runs, verdicts)
    results = {
        "runs": TypeAdapter(list[Run]).dump_python(runs, mode="json"),
        "verdicts": TypeAdapter(list[Verdict]).dump_python(verdicts, mode="json"),
    }
    print(f"figures: {write_results('build', results)}")
    return all(found.times_peer >= GOAL and found.peak_growth < GROWTH_GOAL for found in verdicts)
