"""Commands run in this process, from the repository's root, where the recipes' paths begin."""

import sys
from pathlib import Path

import pytest

from ixigen_data.cli.main import main
from tests.e2e.builds import ROOT, Finished, Run


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run `ixigen-data` with some words, as its entry point does."""

    def run_command(*words: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["ixigen-data", *map(str, words)])
        capfdbinary.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        printed = capfdbinary.readouterr()
        return Finished(code if isinstance(code, int) else 0, printed.out.decode(), printed.err.decode())

    return run_command
