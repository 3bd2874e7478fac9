"""Runs of the reference loop on one rank or several, each rank a process of its own.

The ranks are forked from a server that has imported torch and transformers once; nothing of pytest's own process, where
other tests import the Mosaic packages, is in them.
"""

import json
import multiprocessing
import socket
from collections.abc import Mapping
from pathlib import Path

import yaml
from transformers import LlamaConfig

from tests.e2e.builds import ROOT, Finished
from tests.e2e.reference_rank import run_rank

VOCABULARY = 296  # 291 ids of the golden tokenizer, and some to spare
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.e2e.reference_rank"])


def write_recipe(folder: Path, changes: Mapping[str, object]) -> Path:
    """Write a model of random weights and a recipe that trains it; return the recipe's path."""
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=288,
        eos_token_id=288,
        initializer_range=0.2,
    )
    config.save_pretrained(folder / "model")
    (folder / "model" / "tokenizer.json").write_bytes((ROOT / "tests/golden/tokenizer.json").read_bytes())
    value: dict[str, object] = {
        "name": "reference",
        "model": {"path": str(folder / "model"), "weights": "random"},
        "precision": "fp32",
        "batch": {"windows": 4, "microbatch": 1},
        "optimizer": {"lr": 0.01},
        "schedule": {"warmup": 2},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(value | changes, sort_keys=False))
    return path


def train(ranks: int, recipe: Path | list[Path], shards: str | Path, out: Path) -> Finished:
    """Run the command on so many ranks, all on one recipe or each on its own; return what rank 0 left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    recipes = recipe if isinstance(recipe, list) else [recipe] * ranks
    out.mkdir(parents=True, exist_ok=True)
    logs = [out.with_name(f"{out.name}-{rank}") for rank in range(ranks)]
    started = []
    for rank in range(ranks):
        words = [str(recipes[rank]), "--shards", str(shards), "--out", str(out)]
        started.append(_processes.Process(target=run_rank, args=((rank, ranks, port), words, str(logs[rank]))))
        started[-1].start()
    for process in started:
        process.join(120)
    codes = {process.exitcode for process in started}
    told = [(log.with_suffix(".out").read_text(), log.with_suffix(".err").read_text()) for log in logs]
    assert len(codes) == 1, (codes, told)  # all ranks end alike
    return Finished(codes.pop() or 0, *told[0])


def metrics(out: Path) -> list[dict[str, object]]:
    """Return the lines of a run."""
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
