"""Commands on a run that is there: watch, report, export."""

import json
from pathlib import Path

import pytest

from tests.conftest import TrainCommand
from tests.unit.train.report.runs import Written


def test_watch_tells_how_a_run_stands(train_command: TrainCommand, tmp_path: Path) -> None:
    run = str(Written(steps=30, planned=45, status="running").write(tmp_path / "run"))
    status, printed, _ = train_command("watch", run, "--json")
    assert status == 0
    assert (json.loads(printed)["step"], json.loads(printed)["status"]) == (30, "running")
    status, printed, _ = train_command("watch", run, "--once")
    assert status == 0
    assert "step 30 of 45, 67 %" in printed


def test_watch_says_where_nobody_trains_any_more(train_command: TrainCommand, tmp_path: Path) -> None:
    run = Written(steps=5, planned=9, status="running").write(tmp_path / "run")
    (run / "logs" / "machine-0.lock").touch()
    status, printed, errors = train_command("watch", str(run), "--json")
    assert (status, json.loads(printed)["status"], json.loads(printed)["seconds_left"]) == (1, "ended", None)
    assert "nobody trains there any more, and no end was written down; `pretrain` with this --out goes on" in errors


def test_watch_ends_with_the_run(train_command: TrainCommand, tmp_path: Path) -> None:
    run = str(Written(steps=45, planned=45).write(tmp_path / "run"))
    status, printed, _ = train_command("watch", run)
    assert status == 0
    assert printed.startswith("step 45/45")


@pytest.mark.parametrize("option", ["--once", "--json"])
def test_a_run_that_failed_is_a_failure(train_command: TrainCommand, tmp_path: Path, option: str) -> None:
    run = str(Written(steps=3, planned=9, status="failed", reason="disk full").write(tmp_path / "run"))
    status, printed, _ = train_command("watch", run, option)
    assert status == 1
    assert "disk full" in printed


def test_report_goes_into_the_run_s_folder(train_command: TrainCommand, tmp_path: Path) -> None:
    run = Written(steps=3, planned=9).write(tmp_path / "run")
    status, printed, _ = train_command("report", str(run))
    assert (status, printed) == (0, f"report: {run}/report.html\n")
    assert train_command("report", str(run), "--html", str(tmp_path / "page.html"))[0] == 0
    assert (run / "report.html").read_bytes() == (tmp_path / "page.html").read_bytes()


@pytest.mark.parametrize("words", [("watch",), ("report",), ("export", "--out", "x")])
def test_what_is_no_run_is_told_in_one_line(
    train_command: TrainCommand, tmp_path: Path, words: tuple[str, ...]
) -> None:
    status, printed, errors = train_command(words[0], str(tmp_path / "none"), *words[1:])
    assert (status, printed) == (1, "")
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert "none" in errors
