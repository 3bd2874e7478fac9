import subprocess
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_data.demo.catalogue import CORPORA
from ixigen_data.demo.corpora import STDLIB_FOLDER
from ixigen_data.demo.run import build_verify_report
from ixigen_data.recipe import load_recipe

RECIPE = Path(__file__).resolve().parents[3] / "recipes" / "data" / "finance-demo.yaml"


class FakeRun:
    """Stands in for `subprocess.run`; the command named `broken` fails."""

    def __init__(self, broken: str | None = None) -> None:
        self.broken, self.commands = broken, list[str]()

    def __call__(self, command: list[str], stdout: int | None, check: bool) -> subprocess.CompletedProcess[str]:
        self.commands.append(command[3])
        return subprocess.CompletedProcess(command, int(command[3] == self.broken))


def test_the_three_commands_run_in_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = FakeRun()
    monkeypatch.setattr(subprocess, "run", run)
    build_verify_report(RECIPE, "out", "work")
    assert run.commands == ["build", "verify", "report"]
    assert capsys.readouterr().out.endswith("the report as a page: out/report.html\n")


def test_a_failed_command_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(broken="verify")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(IxigenError, match="ixigen-data verify out --quiet ended with status 1"):
        build_verify_report(RECIPE, "out", "work")
    assert run.commands == ["build", "verify"]


def test_the_recipe_reads_what_is_fetched() -> None:
    recipe = load_recipe(str(RECIPE)).recipe
    folders = {Path(pattern).parts[2] for source in recipe.sources.values() for pattern in source.patterns}
    assert folders == {corpus.folder for corpus in CORPORA} | {STDLIB_FOLDER}
    assert recipe.tokenizer.path == ".demo/tokenizer/tokenizer.json"
    assert {source.license for source in recipe.sources.values()} >= {corpus.license for corpus in CORPORA}
