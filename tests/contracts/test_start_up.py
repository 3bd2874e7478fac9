"""A command loads what it needs and no more: each of these packages costs a command 0.03 to 0.4 s before it begins."""

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = "recipes/data/tiny.yaml"

ARROW = {"pyarrow", "pyarrow.compute", "pyarrow.parquet"}
KERNELS = {"numba", "llvmlite"}
FAST = {"awkward", "gigatoken"}
HUB = {"huggingface_hub", "httpx"}
PAGES = {"datatrove", "trafilatura", "lxml"}
OTHERS = {"aiohttp", "kiwipiepy", "matplotlib", "polars", "s3fs", "torch"}
STAGES = {"ixigen_data.build", "ixigen_data.clean.stage", "ixigen_data.shards.stage"}
ALL = ARROW | KERNELS | FAST | HUB | PAGES | OTHERS | STAGES | {"tokenizers"}

TRAINING = {"composer", "llmfoundry", "omegaconf", "streaming", "torch", "transformers"}

PROGRAM = """
import atexit, importlib, sys
main = importlib.import_module(f"{sys.argv[1]}.cli.main").main
atexit.register(lambda: print("\\nLOADED", *sys.modules))
sys.argv = ["ixigen", *sys.argv[2:]]
main()
"""


def loaded(*words: str, of: Collection[str] = ALL, package: str = "ixigen_data") -> set[str]:
    """Run a command and return which of some packages it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, package, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        input="a  b\n",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "LOADED"
    return set(of) & set(last[1:])


COMMANDS = (
    "init",
    "check",
    "plan",
    "build",
    "mix",
    "verify",
    "report",
    "show",
    "normalize",
    "task",
    "diff",
    "sample",
    "index",
)


@pytest.mark.parametrize("words", [(), *((command,) for command in COMMANDS)], ids=" ".join)
def test_help_loads_nothing(words: tuple[str, ...]) -> None:
    assert loaded(*words, "--help", of=ALL | {"fsspec", "numpy"}) == set()


def test_init_loads_nothing(tmp_path: Path) -> None:
    assert loaded("init", str(tmp_path / "new")) == set()
    assert (tmp_path / "new" / "recipe.yaml").is_file()


@pytest.mark.parametrize("command", ["check", "plan", "build", "mix", "index"])
def test_a_bad_recipe_is_told_before_anything_is_loaded(command: str, tmp_path: Path) -> None:
    recipe = tmp_path / "bad.yaml"
    recipe.write_text("name: bad\n", encoding="utf-8")
    out = ("--out", str(tmp_path / "out")) if command in ("build", "mix", "index") else ()
    assert loaded(command, str(recipe), *out) <= {"tokenizers"}


def test_a_schema_needs_nothing() -> None:
    assert loaded("check", "--schema") == set()


def test_check_opens_the_tokenizer_alone() -> None:
    assert loaded("check", TINY) == {"tokenizers"}


def test_normalize_takes_the_rules_as_they_stand() -> None:
    assert loaded("normalize", "--audit") <= {"pyarrow", "pyarrow.compute"}


def test_report_reads_the_manifest_alone() -> None:
    assert loaded("report", "shards/tiny") == set()


@pytest.mark.parametrize("words", [("verify",), ("verify", "--index-only")], ids=" ".join)
def test_verify_reads_lineage(words: tuple[str, ...]) -> None:
    assert loaded(*words, "shards/tiny") <= ARROW


@pytest.mark.parametrize("words", [("--window", "3"), ("--document", "nowhere")], ids=" ".join)
def test_show_reads_lineage_and_the_tokenizer(words: tuple[str, ...]) -> None:
    assert loaded("show", "shards/tiny", *words) <= ARROW | {"tokenizers"}


def test_plan_loads_what_its_sources_need(tmp_path: Path) -> None:
    assert loaded("plan", TINY, "--work", str(tmp_path)).isdisjoint(HUB | PAGES | OTHERS)


@pytest.mark.parametrize("command", ["", "pretrain", "plan", "watch", "report", "export"])
def test_help_of_training_loads_nothing(command: str) -> None:
    words = (command, "--help") if command else ("--help",)
    assert loaded(*words, of=ALL | TRAINING | {"fsspec", "numpy"}, package="ixigen_train") == set()


@pytest.mark.parametrize("command", ["pretrain", "plan"])
def test_a_bad_training_recipe_is_told_before_anything_is_loaded(command: str, tmp_path: Path) -> None:
    recipe = tmp_path / "bad.yaml"
    recipe.write_text("name: bad\n", encoding="utf-8")
    out = ("--out", str(tmp_path / "out")) if command == "pretrain" else ()
    words = (command, str(recipe), "--shards", "shards/tiny", *out)
    assert loaded(*words, of=ALL | TRAINING | {"numpy"}, package="ixigen_train") == set()


def test_a_training_run_is_planned_and_checked_without_torch(tmp_path: Path) -> None:
    words = ("recipes/train/tiny.yaml", "--shards", "shards/tiny")
    assert loaded("plan", *words, of=TRAINING, package="ixigen_train") == set()
    checked = ("pretrain", *words, "--out", str(tmp_path / "run"), "--dry-run")
    assert loaded(*checked, of=TRAINING, package="ixigen_train") == set()


def test_kernels_load_numba_at_their_first_call_and_nothing_that_extends_it() -> None:
    program = (
        "import sys, ixigen_data.packing.best_fit_kernel as module\n"
        "assert 'numba' not in sys.modules\n"
        "module.shuffled(3, 1)\n"
        "print('numba' in sys.modules, 'awkward' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_numba_is_imported_in_one_place() -> None:
    importing = {path.name for path in (ROOT / "ixigen_data").rglob("*.py") if "import numba" in path.read_text()}
    assert importing == {"kernels.py"}
