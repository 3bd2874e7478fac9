"""The main job, as a user runs it: the command line's build, verify and report, one after the other."""

import subprocess
import sys
from pathlib import Path

from ixigen_data.core.errors import IxigenError


def build_verify_report(recipe: Path, out: str, work: str) -> None:
    """Run the three commands. The first shows the progress, the last ends with the mixture table.

    Raises:
        IxigenError: a command failed; it has said why.
    """
    _ixigen_data("build", str(recipe), "--out", out, "--work", work, silent=True)  # `report` prints the same table
    _ixigen_data("verify", out, "--quiet")
    _ixigen_data("report", out)
    print(f"the report as a page: {out}/report.html", flush=True)


def _ixigen_data(*arguments: str, silent: bool = False) -> None:
    """Run a command; `silent` hides its result, not its progress and its errors."""
    shown = " ".join(arguments)
    print(f"$ ixigen-data {shown}", flush=True)
    command = [sys.executable, "-m", "ixigen_data.cli.main", *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL if silent else None, check=False)
    if done.returncode != 0:
        raise IxigenError(f"ixigen-data {shown} ended with status {done.returncode}")
