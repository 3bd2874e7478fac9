"""The main job, as a user runs it: the command line's build, verify and report, one after the other."""

import subprocess
import sys
from pathlib import Path

from ixigen_data.core.errors import IxigenError


def build_verify_report(recipe: Path, out: str, work: str) -> None:
    """Run the three commands; what they print is what a user sees. `build` ends with the mixture table.

    Raises:
        IxigenError: a command failed; it has said why.
    """
    _ixigen_data("build", str(recipe), "--out", out, "--work", work)
    _ixigen_data("verify", out)
    _ixigen_data("report", out)


def _ixigen_data(*arguments: str) -> None:
    shown = " ".join(arguments)
    print(f"$ ixigen-data {shown}", flush=True)
    done = subprocess.run([sys.executable, "-m", "ixigen_data.cli.main", *arguments], check=False)
    if done.returncode != 0:
        raise IxigenError(f"ixigen-data {shown} ended with status {done.returncode}")
