"""Every command of the README does what it says, every recipe is right, every help has an example that runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import typer.main

from ixigen_data.cli.main import app
from ixigen_data.core.marked_yaml import load_marked
from ixigen_data.recipe import load_recipe, parse_recipe
from ixigen_data.sweep import load_sweep
from ixigen_train.cli.main import app as train_app
from ixigen_train.recipe.file import parse_recipe as parse_train_recipe

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    "docs/architecture.md",
    "docs/recipe.md",
    "docs/train_recipe.md",
    "docs/training.md",
    "recipes/train/README.md",
)
# What a piece of docs/recipe.md needs to be a recipe.
REST = (
    "name: pieces",
    "tokenizer: {path: tests/golden/tokenizer.json, eos: <|endoftext|>}",
    "mixture: {total_tokens: 8192, parts: {telco: {weight: 1, from: [calls]}}}",
    "packing: {seq_len: 4096}",
)
LINES = [line for block in BLOCKS for line in block.splitlines()]
COMMANDS = [line for line in LINES if "ixigen-data" in line]
TRAINING = [line for line in LINES if "ixigen-train" in line]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the repository's root, to write into."""
    (tmp_path / "shards").mkdir()
    for name in ("recipes", "tests", "shards/tiny"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line as a reader would type it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_commands_of_the_readme_run_one_after_the_other(checkout: Path) -> None:
    assert len(COMMANDS) >= 9
    for command in COMMANDS:
        done = shell(command, checkout)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert (checkout / "report.html").is_file()


@pytest.mark.train
def test_the_training_commands_of_the_readme_run_one_after_the_other(checkout: Path) -> None:
    assert len(TRAINING) >= 5
    for command in TRAINING:
        done = shell(command, checkout)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert (checkout / "training.html").is_file()
    assert (checkout / "models" / "tiny" / "model.safetensors").is_file()


def test_every_help_of_training_shows_an_example_that_the_readme_runs() -> None:
    for name, example in examples_of(train_app):
        assert name in shlex.split(example)
        assert example in TRAINING


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"


def test_the_recipes_in_the_readme_are_right() -> None:
    training, data = re.findall(r"^```yaml\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    parse_recipe(load_marked(data, "README.md"), "README.md")
    parse_train_recipe(load_marked(training, "README.md"), "README.md")


def test_every_piece_of_the_recipe_page_is_right() -> None:
    page = (ROOT / "docs" / "recipe.md").read_text()
    pieces = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    assert len(pieces) >= 7
    sources = "sources:\n" + "".join(
        piece.removeprefix("sources:\n") for piece in pieces if piece.startswith("sources:")
    )
    for piece in [sources, *(piece for piece in pieces if not piece.startswith("sources:"))]:
        sections = {text.partition(":")[0]: text for text in (*REST, sources, piece)}
        text = "\n".join(sections.values())
        parse_recipe(load_marked(text, "docs/recipe.md"), "docs/recipe.md")


@pytest.mark.parametrize("recipe", sorted((ROOT / "recipes" / "data").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_is_right_and_listed(recipe: Path) -> None:
    load_recipe(str(recipe))
    assert recipe.name in (ROOT / "recipes" / "README.md").read_text()


@pytest.mark.parametrize("sweep", sorted((ROOT / "recipes" / "pilots").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_sweep_is_right_and_listed(sweep: Path) -> None:
    recipe = load_recipe(str(ROOT / "recipes" / "data" / sweep.name))
    assert load_sweep(str(sweep), recipe)
    assert f"pilots/{sweep.name}" in (ROOT / "recipes" / "README.md").read_text()


def test_the_starter_recipe_is_right() -> None:
    load_recipe(str(ROOT / "ixigen_data" / "cli" / "starter.yaml"))


def examples_of(program: typer.Typer) -> list[tuple[str, str]]:
    """Return every command with the example that its help shows."""
    group = typer.main.get_command(program)
    commands = group.commands  # type: ignore[attr-defined]
    return [
        (name, (command.help or "").partition("Example: ")[2].strip())
        for name, command in commands.items()
        if not command.hidden
    ]


@pytest.mark.parametrize(("name", "example"), examples_of(app))
def test_every_help_shows_one_example_that_runs(name: str, example: str, checkout: Path) -> None:
    words = shlex.split(example)
    assert name in words, f"the help of {name} shows no example of itself"
    if name == "mix":
        shell("ixigen-data build recipes/data/tiny.yaml --out shards/tiny-before --quiet", checkout)
    done = shell(example, checkout)
    assert done.returncode == 0, f"{example}\n{done.stderr}"
