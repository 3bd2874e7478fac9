"""Fixtures that several rooms share, and the rule that CI skips nothing."""

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

Report = pytest.TestReport | pytest.CollectReport
TrainCommand = Callable[..., tuple[int, str, str]]
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real corpora beside the checkout; under `CI=true` it must be there."""
    if not CORPORA.is_dir():
        pytest.skip("needs ../shared/corpora")
    return CORPORA


@pytest.fixture
def train_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainCommand:
    """Run a command of `ixigen-train` in this process; return its status and what it printed."""
    from ixigen_train.cli.main import main

    def act(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ixigen-train", *words])
        with pytest.raises(SystemExit, match=r"^\d$") as ended:
            main()
        printed = capsys.readouterr()
        return int(str(ended.value)), printed.out, printed.err

    return act


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Report, Report]:
    """Fail a file of tests that is skipped under `CI=true`."""
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    """Fail a test that is skipped under `CI=true`."""
    return _not_skipped((yield))


def _not_skipped(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"CI=true skips no test, and this one was: {report.longrepr}"
    return report
